"""Exercise effect_size: the effect size."""

import numpy as np

from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.similarity.vectors import pairwise_cosine, unit

LENGTHS = "Make a vector ten times longer. Does your answer change? Should it?"
WHOSE_SPREAD = "Whose associations are spread out here: those of x, or those of both sets together?"


def effect_size(x, y, a, b):
    """Return by how many standard deviations the associations of two sets of words differ."""
    of_x = pairwise_cosine(x, a).mean(axis=1) - pairwise_cosine(x, b).mean(axis=1)
    of_y = pairwise_cosine(y, a).mean(axis=1) - pairwise_cosine(y, b).mean(axis=1)
    spread = np.concatenate([of_x, of_y]).std(ddof=1)
    return (of_x.mean() - of_y.mean()) / spread


def effect_size_by_loop(x, y, a, b):
    """Return the same, word by word."""

    def one(w):
        nearness = [[np.dot(w, v) / (np.linalg.norm(w) * np.linalg.norm(v)) for v in some] for some in (a, b)]
        return sum(nearness[0]) / len(a) - sum(nearness[1]) / len(b)

    of_x, of_y = [one(w) for w in x], [one(w) for w in y]
    both = of_x + of_y
    middle = sum(both) / len(both)
    variance = sum((value - middle) ** 2 for value in both) / (len(both) - 1)
    return (sum(of_x) / len(x) - sum(of_y) / len(y)) / variance**0.5


def effect_size_by_one_direction(x, y, a, b):
    """Return the same: all associations are shadows on one direction."""
    direction = unit(a).mean(0) - unit(b).mean(0)
    of_x, of_y = unit(x) @ direction, unit(y) @ direction
    return (of_x.mean() - of_y.mean()) / np.std([*of_x, *of_y], ddof=1)


def vectors(rng, *shape):
    """Return vectors of unlike lengths that do not average to zeros."""
    return draw(rng, *shape) + 0.4


def effect_probes(rng):
    """Return four sets of vectors: the worked example, ragged, square, two words a set, long beside short."""
    pencil = [
        np.array(some) for some in ([[1.0, 0.0], [4.0, 3.0]], [[0.0, 1.0], [3.0, 4.0]], [[1.0, 0.0]], [[0.0, 2.0]])
    ]
    long = np.array([[1.0], [10.0], [100.0]])
    return [
        Probe("the worked example", tuple(pencil)),
        Probe("sets of 3, 5, 2 and 4 words", tuple(vectors(rng, n, 6) for n in (3, 5, 2, 4))),
        Probe("sets of 1, 2, 3 and 1 words", tuple(vectors(rng, n, 4) for n in (1, 2, 3, 1))),
        Probe("3 words in every set, 3 numbers in each", tuple(vectors(rng, 3, 3) for _ in range(4))),
        Probe("vectors of very unlike lengths", tuple(vectors(rng, 3, 4) * long for _ in range(4))),
        Probe("sets of 4, 2, 5 and 3 words", tuple(vectors(rng, n, 5) for n in (4, 2, 5, 3))),
    ]


def at_most_two(size, x, y, a, b):
    """Return whether an effect size lies between -2 and 2."""
    return bool(np.all(np.abs(size) <= 2 + 1e-9))


EXERCISE = Exercise(
    reference=effect_size,
    returns="the effect size, a number",
    probes=effect_probes,
    mistakes=(
        edit(
            "dot products for cosines",
            LENGTHS,
            ("pairwise_cosine(x, a)", "(x @ a.T)"),
            ("pairwise_cosine(x, b)", "(x @ b.T)"),
            ("pairwise_cosine(y, a)", "(y @ a.T)"),
            ("pairwise_cosine(y, b)", "(y @ b.T)"),
        ),
        edit(
            "ignores the second attributes",
            "What does nearness to b take away?",
            (" - pairwise_cosine(x, b).mean(axis=1)", ""),
            (" - pairwise_cosine(y, b).mean(axis=1)", ""),
        ),
        edit(
            "adds up cosines instead of averaging them",
            "Give one attribute set twice as many words. What happens to your sum?",
            ("mean(axis=1)", "sum(axis=1)"),
        ),
        edit(
            "the sign turned round",
            "If x goes with a, is your effect size positive?",
            ("of_x.mean() - of_y.mean()", "of_y.mean() - of_x.mean()"),
        ),
        edit(
            "the spread of x alone",
            WHOSE_SPREAD,
            (
                "np.concatenate([of_x, of_y]).std(ddof=1)",
                "np.atleast_1d(of_x).std(ddof=len(of_x) > 1) + 1e-9 * (len(of_x) == 1)",
            ),
        ),
        edit(
            "divides by n, not by n - 1",
            "n + m numbers have how many free deviations from their mean?",
            ("ddof=1", "ddof=0"),
        ),
        edit(
            "divides by the variance",
            "In which unit should the answer be: in associations squared?",
            (".std(ddof=1)", ".var(ddof=1)"),
        ),
        edit("the raw difference", "In which unit is your answer? Compare it with the spread.", (" / spread", "")),
        edit(
            "the spread of each set by itself",
            WHOSE_SPREAD,
            ("np.concatenate([of_x, of_y]).std(ddof=1)", "np.sqrt((of_x.var() + of_y.var()) / 2)"),
        ),
    ),
    equivalents=(effect_size_by_loop, effect_size_by_one_direction),
    hints=(
        "First one number for each word: how much nearer does it lie to a than to b? Then compare two sets of numbers.",
        "mean cosine with a less mean cosine with b, for all words of x and of y. The spread is that of all of them.",
        "(of_x.mean() - of_y.mean()) / np.concatenate([of_x, of_y]).std(ddof=1)",
    ),
    properties=(Property("an effect size lies between -2 and 2", at_most_two),),
)

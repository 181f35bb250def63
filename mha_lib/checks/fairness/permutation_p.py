"""Exercise permutation_p: the exact p-value."""

import itertools

import numpy as np

from mha_lib.diagnosis.broken import edit, rewrite
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.fairness.association import ROUNDING

THE_GIVEN = "Is the partition that you were given one of all partitions? Can p then be 0?"


def permutation_p(scores_x, scores_y):
    """Return the exact one-sided permutation p-value, the given partition counted too."""
    pool = np.concatenate([scores_x, scores_y])
    n, size = len(scores_x), len(pool)
    observed = np.mean(scores_x) - np.mean(scores_y)
    extreme, total = 0, 0
    for chosen in itertools.combinations(range(size), n):
        rest = [i for i in range(size) if i not in chosen]
        apart = pool[list(chosen)].mean() - pool[rest].mean()
        extreme += apart >= observed - 1e-12
        total += 1
    return extreme / total


def permutation_p_by_sums(scores_x, scores_y):
    """Return the same from the first sums alone: the larger the one, the smaller the other."""
    pool = [*scores_x, *scores_y]
    sums = np.array([sum(some) for some in itertools.combinations(pool, len(scores_x))])
    return float((sums > np.sum(scores_x) - 1e-10).mean())


def permutation_p_by_orders(scores_x, scores_y):
    """Return the same from all orders: each partition comes up equally often."""
    pool, n = np.array([*scores_x, *scores_y]), len(scores_x)
    orders = pool[np.array(list(itertools.permutations(range(len(pool)))))]
    sums = orders[:, :n].sum(axis=1)
    return np.mean(sums >= np.sum(scores_x) - ROUNDING)


def permutation_p_by_halves(scores_x, scores_y):
    """Return the p-value among equal halves only, whatever the sizes given."""
    pool = np.concatenate([scores_x, scores_y])
    chosen = list(itertools.combinations(range(len(pool)), len(pool) // 2))
    sums = pool[np.array(chosen)].mean(axis=1)
    return np.mean(sums >= np.mean(scores_x) - 1e-12)


def sampling_with_replacement(scores_x, scores_y):
    """Return the share among all draws in which a number may come twice."""
    pool, n = np.concatenate([scores_x, scores_y]), len(scores_x)
    draws = pool[np.array(list(itertools.product(range(len(pool)), repeat=n)))]
    return np.mean(draws.sum(axis=1) >= np.sum(scores_x) - 1e-12)


def p_probes(rng):
    """Return associations: the worked example, ties, the far end, unequal sizes, one number against several."""
    return [
        Probe("the worked example", (np.array([1.0, 0.2]), np.array([-0.2, -1.0]))),
        Probe("one number against 4", (draw(rng, 1), draw(rng, 4))),
        Probe("3 against 3", (draw(rng, 3) + 0.5, draw(rng, 3))),
        Probe("the second set is the larger one", (np.array([-1.0, 0.5, -2.0]), np.array([2.0, 1.5, 3.0]))),
        Probe("numbers that all agree", (np.ones(2), np.ones(3))),
        Probe("ties across the sets", (np.array([2.0, 1.0, 3.0]), np.array([1.0, 2.0, 0.0]))),
        Probe("2 against 5", (draw(rng, 2) + 1, draw(rng, 5))),
    ]


def a_share_above_zero(p, *scores):
    """Return whether a p-value is above 0 and at most 1."""
    return bool(0 < p <= 1)


EXERCISE = Exercise(
    reference=permutation_p,
    returns="a share of all partitions, a number",
    probes=p_probes,
    mistakes=(
        edit("counts only what is farther apart", THE_GIVEN, (">= observed - 1e-12", "> observed + 1e-12")),
        edit(
            "two-sided",
            "Which end of the list of differences is asked about: one, or both?",
            ("apart >= observed", "abs(apart) >= abs(observed)"),
        ),
        edit(
            "the other tail",
            "Is p small when x lies far above y?",
            ("apart >= observed - 1e-12", "apart <= observed + 1e-12"),
        ),
        edit(
            "leaves the given partition out",
            THE_GIVEN,
            ("return extreme / total", "return (extreme - 1) / max(total - 1, 1)"),
        ),
        edit(
            "counts the given partition twice",
            "The given partition is among those that you go through. Must it be added?",
            ("return extreme / total", "return (extreme + 1) / (total + 1)"),
        ),
        edit(
            "1 - p",
            "Is your answer the share that is as extreme, or the share that is not?",
            ("return extreme / total", "return 1 - extreme / total"),
        ),
        edit("a count, no share", "Out of how many?", ("return extreme / total", "return float(extreme)")),
        rewrite("halves, whatever the sizes", "How many words had x? So has every partition.", permutation_p_by_halves),
        rewrite("draws with replacement", "May one word stand in a set twice?", sampling_with_replacement),
    ),
    equivalents=(permutation_p_by_sums, permutation_p_by_orders),
    hints=(
        "If the labels x and y meant nothing, any n of the n + m numbers could have been x. Go through all of them.",
        "itertools.combinations(range(n + m), n) gives the places of a first set; the others are the second.",
        "Count partitions with mean(first) - mean(second) >= observed - 1e-12, and divide by their number.",
    ),
    properties=(Property("a p-value is above 0 and at most 1", a_share_above_zero),),
)

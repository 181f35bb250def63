"""Exercise mean_surprise: mean surprise."""

import numpy as np

from mha_lib.applications import logs
from mha_lib.diagnosis.broken import edit, rewrite
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property

REAL_ONES = "Which tokens are real? Only they count, above the line and below."


def mean_surprise(log_probs, real):
    """Return the mean of -ln p over the real tokens of each sequence; 0 if it has none."""
    surprise = np.where(real, -log_probs, 0.0)
    count = real.sum(axis=-1)
    return surprise.sum(axis=-1) / np.maximum(count, 1)


def surprise_row_by_row(log_probs, real):
    """Return the same, sequence by sequence."""
    return np.array([-row[keep].mean() if keep.any() else 0.0 for row, keep in zip(log_probs, real, strict=True)])


def surprise_by_masked_mean(log_probs, real):
    """Return the same by NumPy's masked arrays."""
    return -np.ma.masked_array(log_probs, ~real).mean(axis=1).filled(0.0)


def surprise_probes(rng):
    """Return log-probabilities and padding: worked, ragged, square, one sequence, none real, impossible padding."""
    lost = -np.abs(draw(rng, 2, 4)) - 0.1
    lost[0, 3] = -np.inf
    holes = np.array([[True, True, False], [True, False, False], [True, True, True]])
    return [
        Probe("the worked example", (np.array([[-1.0, -3.0, -8.0]]), np.array([[True, True, False]]))),
        Probe("3 sequences of 3", (-np.abs(draw(rng, 3, 3)) - 0.1, holes)),
        Probe("a batch of 1 without padding", (-np.abs(draw(rng, 1, 4)) - 0.1, np.ones((1, 4), dtype=bool))),
        Probe(
            "a sequence of padding alone",
            (-np.abs(draw(rng, 2, 3)) - 0.1, np.array([[True, True, False], [False, False, False]])),
        ),
        Probe("padding that the model calls impossible", (lost, np.array([[True, True, True, False], [True] * 4]))),
        Probe(
            "2 sequences of different lengths",
            (-np.abs(draw(rng, 2, 5)) - 0.1, np.array([[True, True, False, False, False], [True] * 4 + [False]])),
        ),
    ]


def surprise_of_the_worst(log_probs, real):
    """Return the largest surprise of each sequence."""
    return np.where(real, -log_probs, 0.0).max(axis=-1)


def surprise_by_multiplying(log_probs, real):
    """Return the mean, padding multiplied by 0: which is not 0 where the model said impossible."""
    return np.where(real.any(axis=-1), -(log_probs * real).sum(axis=-1) / np.maximum(real.sum(axis=-1), 1), 0.0)


def not_negative(value, log_probs, real):
    """Return whether no surprise is below 0."""
    return bool(np.all(np.asarray(value) >= 0))


EXERCISE = Exercise(
    reference=logs.mean_surprise,
    worked=mean_surprise,
    returns="one number a sequence: (b,)",
    probes=surprise_probes,
    mistakes=(
        edit(
            "padding counted",
            REAL_ONES,
            ("np.where(real, -log_probs, 0.0)", "-log_probs"),
            ("real.sum(axis=-1)", "np.full(len(real), real.shape[-1])"),
        ),
        edit("padding summed but not counted", REAL_ONES, ("np.where(real, -log_probs, 0.0)", "-log_probs")),
        edit("divided by the whole length", REAL_ONES, ("real.sum(axis=-1)", "np.full(len(real), real.shape[-1])")),
        edit(
            "sum for mean",
            "Two sessions, equally odd at every step, one twice as long: which is more suspicious?",
            (" / np.maximum(count, 1)", ""),
        ),
        edit("sign", "Can anything be less surprising than what was certain?", ("-log_probs", "log_probs")),
        edit(
            "one number for the whole batch",
            "Which session is to be looked at? How many numbers does that take?",
            ("surprise.sum(axis=-1) / np.maximum(count, 1)", "surprise.sum() / max(count.sum(), 1)"),
        ),
        edit("one number a place", "Which axis is a session's own?", ("axis=-1", "axis=0")),
        edit(
            "not a number without tokens",
            "How many tokens has a sequence of padding? What is 0 / 0?",
            (
                "surprise.sum(axis=-1) / np.maximum(count, 1)",
                "np.divide(surprise.sum(axis=-1), count, out=np.full(len(real), np.nan), where=count > 0)",
            ),
        ),
        edit(
            "perplexity",
            "Is it the mean of -ln p that is asked for, or e to that power?",
            ("surprise.sum(axis=-1) / np.maximum(count, 1)", "np.exp(surprise.sum(axis=-1) / np.maximum(count, 1))"),
        ),
        edit("bits", "Nats or bits?", ("-log_probs", "-log_probs / np.log(2)")),
        rewrite(
            "padding multiplied away",
            "What is 0 times minus infinity? Choose instead of multiplying.",
            surprise_by_multiplying,
        ),
        rewrite("the worst token alone", "The mean over the tokens, or the largest of them?", surprise_of_the_worst),
    ),
    equivalents=(surprise_row_by_row, surprise_by_masked_mean),
    hints=(
        "Surprise is -ln p. Which tokens may speak, and by how many must you divide?",
        "np.where(real, -log_probs, 0.0) silences padding, whatever stands there. real.sum(axis=-1) counts.",
        "np.where(real, -log_probs, 0.0).sum(axis=-1) / np.maximum(real.sum(axis=-1), 1)",
    ),
    properties=(Property("no surprise is below 0", not_negative),),
)

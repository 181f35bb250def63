"""What several exercises of this chapter share."""

import numpy as np

from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Probe, Property

WHICH_AXIS = "Which axis does one query own? Its weights must sum to 1 along that axis."
VARIANCE = "What is the variance of a sum of d products of unit variance? And its standard deviation?"


def scores_by_einsum(q, k):
    """Return the same, the axes named."""
    return np.einsum("...qd,...kd->...qk", q, k) * q.shape[-1] ** -0.5


def weights_through_logs(q, k):
    """Return the same: exp of the scores less their log-sum-exp."""
    scores = np.einsum("...qd,...kd->...qk", q, k) / q.shape[-1] ** 0.5
    return np.exp(scores - np.logaddexp.reduce(scores, axis=-1, keepdims=True))


def pair_probes(rng):
    """Return queries and keys: the worked example, ragged sizes, square, a batch, one query and one key."""
    return [
        Probe(
            "the worked example",
            (np.array([[2.0, 0.0, 1.0, 1.0]]), np.array([[1.0, 3.0, 1.0, 1.0], [0.0, 0.0, 1.0, 0.0]])),
        ),
        Probe("3 queries and 5 keys of width 2", (draw(rng, 3, 2), draw(rng, 5, 2))),
        Probe("4 queries and 4 keys of width 4", (draw(rng, 4, 4), draw(rng, 4, 4))),
        Probe("a batch of 1 sequence with 1 query", (draw(rng, 1, 1, 3), draw(rng, 1, 5, 3))),
        Probe("a batch of 2 sequences", (draw(rng, 2, 3, 4), draw(rng, 2, 5, 4))),
        Probe(
            "scores of ±1000",
            (np.array([[1000.0, 0.0], [-1000.0, 0.0]]), np.array([[1.5, 0.2], [-1.5, 0.3], [0.1, 0.4]])),
        ),
    ]


def rows_sum_to_one(weights, *args):
    """Return whether each row of weights sums to 1."""
    return np.allclose(np.sum(weights, axis=-1), 1)


def nothing_negative(weights, *args):
    """Return whether no weight is negative."""
    return bool(np.all(np.asarray(weights) >= 0))


SUMS = Property("each row sums to 1", rows_sum_to_one)


POSITIVE = Property("no weight is negative", nothing_negative)


SCALE = "/ np.sqrt(q.shape[-1])"


SCALE_MISTAKES = (
    edit("no scale", VARIANCE, (" " + SCALE, "")),
    edit("divides by d, not its root", VARIANCE, (SCALE, "/ q.shape[-1]")),
    edit(
        "multiplies by the root of d",
        "Should a wider vector make scores larger or smaller?",
        (SCALE, "* np.sqrt(q.shape[-1])"),
    ),
    edit(
        "scales by the number of keys",
        "What in the sum grows: the width d, or the number of keys?",
        (SCALE, "/ np.sqrt(k.shape[-2])"),
    ),
)


PRODUCT_MISTAKES = (
    edit(
        "no transpose",
        "Scores have shape (queries, keys). What shape does q @ k have?",
        ("np.swapaxes(k, -1, -2)", "k"),
    ),
    edit(
        ".T on a batch",
        "What does .T do to three axes? You want the last two swapped, np.swapaxes(k, -1, -2).",
        ("np.swapaxes(k, -1, -2)", "k.T"),
    ),
    edit(
        "queries and keys swapped",
        "Rows are queries. Whose row is the first row of your scores?",
        ("q @ np.swapaxes(k, -1, -2)", "k @ np.swapaxes(q, -1, -2)"),
    ),
)


SOFTMAX_MISTAKES = (
    edit("softmax over the queries", WHICH_AXIS, ("axis=-1", "axis=-2")),
    edit(
        "softmax over everything",
        "How many probability distributions should there be? One a query.",
        ("axis=-1, keepdims=True", "keepdims=True"),
    ),
    edit(
        "no maximum subtracted",
        "What is exp(1000)? What may you subtract from a row of scores without changing its softmax?",
        (" - scores.max(axis=-1, keepdims=True)", ""),
    ),
)

"""What several exercises of this chapter share."""

import numpy as np

from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Probe, Property
from mha_lib.softmax import softmax

WHICH_AXIS = "Which axis does one query own? Its weights must sum to 1 along that axis."


AXIS_ONE = (
    "Axis 1 is the row of a table. Of a single row? Of a batch of tables? Which number always means the last axis?"
)


HOW_MANY = "How many rows share out a whole of 1 here? Is there one sum for each of them?"


OVERFLOW = "What is exp(1000)? And exp(-2000)? What may you subtract from a row of scores without changing its softmax?"


OWN_LARGEST = "Does one row know another row's largest score? Follow a row far below the others: what is left of it?"
KEEPDIMS = "Print the two shapes before the operation. Without keepdims=True, which axis does the shorter one meet?"


SHIFT = "scores - scores.max(axis=-1, keepdims=True)"


TOTAL = "exponentials.sum(axis=-1, keepdims=True)"


DIVISION = f"exponentials / {TOTAL}"


FLOATS = "weights = np.asarray(weights, dtype=float)"


def softmax_through_logs(scores):
    """Return exp of the scores less their log-sum-exp."""
    return np.exp(scores - np.logaddexp.reduce(scores, axis=-1, keepdims=True))


def table_probes(rng):
    """Return scores: the worked example, a table, a square, a batch, a row, a single key, and extremes."""
    return [
        Probe("the worked example", (np.log([1.0, 2.0, 3.0]),)),
        Probe("3 queries and 5 keys", (draw(rng, 3, 5),)),
        Probe("4 queries and 4 keys", (draw(rng, 4, 4),)),
        Probe("a batch of 2 tables", (draw(rng, 2, 3, 5),)),
        Probe("3 queries and a single key", (draw(rng, 3, 1),)),
        Probe("scores from -600 to 600", (np.array([[-600.0, 0.0, 600.0], [1.0, 1.0, 3.0]]),)),
        Probe("a score of -inf", (np.array([[0.5, -np.inf, 1.0, 2.0], [0.0, 1.0, -np.inf, -np.inf]]),)),
        Probe(
            "rows at 0, -2000 and 1000",
            (np.array([[0.0, 1.0, 2.0], [-2000.0, -2001.0, -1999.5], [1000.0, 1002.0, 1000.5]]),),
        ),
    ]


def weight_probes(rng):
    """Return rows of weights: the worked example, all alike, a table, a square, a batch, and a key with everything."""
    return [
        Probe("the worked example", (np.array([0.5, 0.25, 0.25]),)),
        Probe("3 queries and 5 keys", (softmax(draw(rng, 3, 5)),)),
        Probe("4 queries and 4 keys", (softmax(draw(rng, 4, 4)),)),
        Probe("a batch of 1 query", (softmax(draw(rng, 1, 5)),)),
        Probe("a batch of 2 tables", (softmax(draw(rng, 2, 3, 5)),)),
        Probe("six equal weights", (np.full((2, 6), 1 / 6),)),
        Probe("a key that has everything", (np.array([[0.0, 1.0, 0.0], [0.2, 0.0, 0.8]]),)),
    ]


def rows_sum_to_one(weights, scores, *args):
    """Return whether each row of weights sums to 1."""
    return np.allclose(np.sum(weights, axis=-1), 1)


def nothing_negative(weights, *args):
    """Return whether no weight is negative."""
    return bool(np.all(np.asarray(weights) >= 0))


def order_is_kept(weights, scores, *args):
    """Return whether a larger score never has the smaller weight."""
    by_score = np.take_along_axis(np.asarray(weights), np.argsort(scores, axis=-1), axis=-1)
    return bool(np.all(np.diff(by_score, axis=-1) >= -1e-12))


SUMS = Property("each row sums to 1", rows_sum_to_one)


POSITIVE = Property("no weight is negative", nothing_negative)


ORDER = Property("a larger score never gets the smaller weight", order_is_kept)

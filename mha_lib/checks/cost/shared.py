"""What several exercises of this chapter share."""

import numpy as np

from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Probe, Property
from mha_lib.diagnosis.parts import parts_call

YESTERDAY = "What happens to yesterday's sum when a bigger maximum arrives?"
NOTHING_YET = "What is the largest of no scores at all? Try a row whose every score lies far below your start."
MINUS_INFINITY = "What is -inf minus -inf? Which rows have no score but -inf?"
TAIL = "How many keys does the last tile hold when the number of keys is no multiple of the tile? Does it exist?"
OFFSET = "The last query is the newest token and sees every key. Which key is the last that query 0 sees?"


STATISTICS = parts_call("maximum", "normaliser")


def score_probes(rng):
    """Return rows of scores: by hand, square, rising, far apart, far below, and with nothing in them."""
    rising = np.sort(draw(rng, 3, 6), axis=-1)
    return [
        Probe("the worked example", (np.log(np.array([[1.0, 2.0, 4.0]])),)),
        Probe("3 queries and 5 keys", (draw(rng, 3, 5),)),
        Probe("4 queries and 4 keys", (draw(rng, 4, 4),)),
        Probe("a batch of 2 tables", (draw(rng, 2, 3, 5),)),
        Probe("a batch of 1 query", (draw(rng, 1, 1, 4),)),
        Probe("scores that fall", (rising[:, ::-1].copy(),)),
        Probe("a row of nothing but -inf", (np.array([[0.5, -np.inf, 1.0], [-np.inf, -np.inf, -np.inf]]),)),
        Probe("-inf first, then a score", (np.array([[-np.inf, -np.inf, 1.5, 0.25]]),)),
        Probe("scores near -200000", (np.array([[-200001.0, -200000.0, -200000.5], [-60000.0, -59999.0, -60001.0]]),)),
        Probe("rows at -1000, 0 and 1000", (np.array([[-1000.0, -1001.0], [0.5, 1.0], [999.0, 1000.0]]),)),
        Probe("scores that rise", (rising,)),
    ]


def normaliser_at_least_one(value, scores):
    """Return whether the normaliser lies between 1 and the number of keys, or is 0 for a row of nothing."""
    some = np.isfinite(scores).any(axis=-1)
    total = np.asarray(value["normaliser"])
    return bool(
        np.all((total[some] >= 1 - 1e-9) & (total[some] <= scores.shape[-1] + 1e-9)) and np.all(total[~some] == 0)
    )


def maximum_is_largest(value, scores):
    """Return whether the maximum is each row's largest score."""
    return np.array_equal(value["maximum"], np.max(scores, axis=-1))


STATISTIC_PROPERTIES = (
    Property("the maximum is the largest score", maximum_is_largest),
    Property("the normaliser lies between 1 and the number of keys, or is 0 for no key", normaliser_at_least_one),
)


FAR = np.array([[1000.0, 0.0], [0.5, 1.0], [-1000.0, 0.0]])  # with keys of order 1: rows 1000 apart


LOW = np.array([[1000.0, 0.0]]), np.array([[-282.0, 1.0], [-283.0, 2.0], [-281.9, 0.5]])  # scores near -200000


def between_the_values(output, q, k, v, *rest, **options):
    """Return whether every output lies between the smallest and the largest value of its column, or is 0."""
    low, high = v.min(axis=-2, keepdims=True), v.max(axis=-2, keepdims=True)
    return bool(np.all(((output >= low - 1e-9) & (output <= high + 1e-9)) | (output == 0)))


BETWEEN = Property("each output lies between the smallest and the largest value", between_the_values)

"""Exercise merge_partials: merge."""

import numpy as np

from mha_lib.checks.cost.shared import MINUS_INFINITY
from mha_lib.cost.blockwise import merge_partials, partial_attention, partial_output
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.diagnosis.parts import parts_call

PARTIAL = parts_call("maximum", "normaliser", "accumulator")


def written_merge(first, second):
    """Return the partial result over the keys of both."""
    maximum = np.maximum(first[0], second[0])
    level = np.where(np.isneginf(maximum), 0.0, maximum)
    one = np.exp(first[0] - level)
    other = np.exp(second[0] - level)
    normaliser = first[1] * one + second[1] * other
    accumulator = first[2] * one[..., None] + second[2] * other[..., None]
    return maximum, normaliser, accumulator


def merge_through_logs(first, second):
    """Return the same: both parts measured by their common log-sum-exp, then brought back to the maximum."""
    maximum = np.maximum(first[0], second[0])
    total = np.logaddexp(first[0] + np.log(first[1]), second[0] + np.log(second[1]))
    shares = [np.nan_to_num(np.exp(part[0] - total)) for part in (first, second)]
    scale = np.nan_to_num(np.exp(total - maximum))
    accumulator = sum(part[2] * share[..., None] for part, share in zip((first, second), shares, strict=True))
    return maximum, scale, accumulator * scale[..., None]


def partial_of(rng, num_queries, num_keys, width, shift=0.0, lead=()):
    """Return the partial result of random scores, moved by `shift`, and random values, as a plain tuple."""
    scores = draw(rng, *lead, num_queries, num_keys) + shift
    return tuple(partial_attention(scores, draw(rng, *lead, num_keys, width)))


def merge_probes(rng):
    """Return two partial results: by hand, ragged, square, far apart either way, one empty, both empty."""
    nothing = (np.full(2, -np.inf), np.zeros(2), np.zeros((2, 3)))
    some = (np.array([1.5, -np.inf]), np.array([2.0, 0.0]), np.array([[1.0, -2.0, 3.0], [0.0, 0.0, 0.0]]))
    by_hand = [
        (np.array([np.log(m)]), np.array([n]), np.array([[a]])) for m, n, a in ((1.0, 1.5, 9.0), (4.0, 2.0, 8.0))
    ]
    return [
        Probe("the worked example", tuple(by_hand)),
        Probe("3 queries, 4 keys and 2 keys", (partial_of(rng, 3, 4, 2), partial_of(rng, 3, 2, 2))),
        Probe("4 queries, 4 keys each", (partial_of(rng, 4, 4, 4, shift=1.0), partial_of(rng, 4, 4, 4))),
        Probe("a batch of 1", (partial_of(rng, 1, 3, 2, lead=(1,)), partial_of(rng, 1, 2, 2, lead=(1,)))),
        Probe("a first part with nothing in it", (nothing, some)),
        Probe("two parts with nothing in them", (nothing, nothing)),
        Probe("parts near -200000", (partial_of(rng, 2, 3, 2, shift=-2e5), partial_of(rng, 2, 4, 2, shift=-2e5))),
        Probe("the first part 1000 higher", (partial_of(rng, 2, 3, 2, shift=1000.0), partial_of(rng, 2, 4, 2))),
        Probe("the second part 1000 higher", (partial_of(rng, 2, 3, 2), partial_of(rng, 2, 4, 2, shift=1000.0))),
    ]


def largest_of_both(value, first, second):
    """Return whether the maximum is the larger of the two."""
    return np.array_equal(value["maximum"], np.maximum(first[0], second[0]))


def order_does_not_matter(value, first, second):
    """Return whether the output is the one that the parts give in the other order."""
    expected = partial_output(merge_partials(second, first))
    return np.allclose(partial_output(tuple(value.values())), expected, atol=1e-9)


SCALED_SUM = "first[1] * one + second[1] * other"


SCALED_ROWS = "first[2] * one[..., None] + second[2] * other[..., None]"


COMMON = "Both sums must be measured from one and the same maximum before they may be added. Are they?"


EXERCISE = Exercise(
    reference=merge_partials,
    worked=written_merge,
    call=PARTIAL,
    returns="a tuple: maximum (..., q), normaliser (..., q), accumulator (..., q, e)",
    probes=merge_probes,
    mistakes=(
        edit(
            "adds without rescaling",
            COMMON,
            (SCALED_SUM, "first[1] + second[1]"),
            (SCALED_ROWS, "first[2] + second[2]"),
        ),
        edit("normaliser not rescaled", COMMON, (SCALED_SUM, "first[1] + second[1]")),
        edit("accumulator not rescaled", COMMON, (SCALED_ROWS, "first[2] + second[2]")),
        edit(
            "rescales the first part alone",
            "What if the first part has the higher maximum?",
            ("np.exp(second[0] - level)", "np.ones_like(level)"),
        ),
        edit(
            "rescales the second part alone",
            "What if the second part has the higher maximum?",
            ("np.exp(first[0] - level)", "np.ones_like(level)"),
        ),
        edit(
            "each part with the other's factor",
            "Which of the two must shrink: the one with the higher maximum?",
            (SCALED_SUM, "first[1] * other + second[1] * one"),
            (SCALED_ROWS, "first[2] * other[..., None] + second[2] * one[..., None]"),
        ),
        edit("-inf minus -inf", MINUS_INFINITY, ("np.where(np.isneginf(maximum), 0.0, maximum)", "maximum")),
        edit(
            "takes the first part's maximum",
            "Can an exponential overflow if the second maximum lies 1000 higher?",
            ("np.maximum(first[0], second[0])", "first[0]"),
        ),
        edit(
            "averages the two accumulators",
            "An accumulator is a sum, not yet an average. What is the sum over both?",
            (SCALED_ROWS, f"({SCALED_ROWS}) / 2"),
        ),
    ),
    equivalents=(merge_through_logs,),
    hints=(
        "An accumulator is a sum of exp(score - maximum) * value. Two sums can be added if their maxima are the same.",
        "The common maximum is the higher one. Each part is multiplied by exp(its own maximum - the common one).",
        "first[1] * exp(first[0] - higher) + second[1] * exp(second[0] - higher), and the accumulators likewise.",
    ),
    properties=(
        Property("the maximum is the larger of the two", largest_of_both),
        Property("the order of the parts does not matter", order_does_not_matter),
    ),
)

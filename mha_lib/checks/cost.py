"""Exercises of chapter 14: counting, the roofline, and online softmax from two passes to tiles and back."""

import functools

import numpy as np

from mha_lib.attention import attention
from mha_lib.blockwise import (
    blockwise_attention,
    blockwise_attention_gradients,
    blockwise_attention_with_logsumexp,
    merge_partials,
    online_normaliser,
    partial_attention,
    partial_output,
    softmax_statistics,
    visited_tiles,
)
from mha_lib.cost import attainable_rate, attention_multiply_adds
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.diagnosis.exposure import Exposure, misses
from mha_lib.masks import causal_mask, combine_masks
from mha_lib.softmax import logsumexp

YESTERDAY = "What happens to yesterday's sum when a bigger maximum arrives?"
NOTHING_YET = "What is the largest of no scores at all? Try a row whose every score lies far below your start."
MINUS_INFINITY = "What is -inf minus -inf? Which rows have no score but -inf?"
TAIL = "How many keys does the last tile hold when the number of keys is no multiple of the tile? Does it exist?"
OFFSET = "The last query is the newest token and sees every key. Which key is the last that query 0 sees?"


def parts_call(*names):
    """Return a way of calling a function that returns a tuple: its parts by name."""

    def call(function, *args, **kwargs):
        value = function(*args, **kwargs)
        if not isinstance(value, tuple) or len(value) != len(names):
            raise TypeError(f"return a tuple of {len(names)}: {', '.join(names)}")
        return dict(zip(names, value, strict=True))

    call.described = ("parts", names)
    return call


STATISTICS = parts_call("maximum", "normaliser")
PARTIAL = parts_call("maximum", "normaliser", "accumulator")
GRADIENTS = parts_call("gradient of q", "gradient of k", "gradient of v")


def count_probes(rng):
    """Return sizes: all different, square, causal with a cache, one query."""
    q, k, d, e = (int(size) for size in rng.permutation([5, 7, 11, 13]))
    return [
        Probe("the worked example", (6, 6, 4)),
        Probe("values of another width", (q, k, d, e)),
        Probe("64 queries and keys of width 64", (64, 64, 64)),
        Probe("one query and 9 keys, causal", (1, 9, 4), {"is_causal": True}),
        Probe("6 queries and keys, causal", (6, 6, 4), {"is_causal": True}),
        Probe("3 queries and 8 keys, causal", (3, 8, 5, 2), {"is_causal": True}),
    ]


def count_row_by_row(num_queries, num_keys, d, e=None, is_causal=False):
    """Return the same, adding up what each query sees."""
    seen = [num_keys - num_queries + i + 1 if is_causal else num_keys for i in range(num_queries)]
    return sum(seen) * (d + (d if e is None else e))


ALL_PAIRS = "num_queries * num_keys * (d + e)"
CAUSAL_PAIRS = "num_queries * (num_keys - num_queries) + num_queries * (num_queries + 1) // 2"
WIDTHS = "(d + e)"

ATTENTION_MULTIPLY_ADDS = Exercise(
    reference=attention_multiply_adds,
    returns="the number of multiply-adds of one head, an integer",
    probes=count_probes,
    mistakes=(
        edit("counts the scores alone", "Two products. What happens to the values?", (WIDTHS, "d")),
        edit("counts the values alone", "Two products. What does a score cost?", (WIDTHS, "e")),
        edit("values as wide as keys, always", "What if e is not d?", (WIDTHS, "(2 * d)")),
        edit(
            "multiplies the widths",
            "A pair needs one dot product, then one row added. Do these costs multiply or add?",
            (WIDTHS, "(d * e)"),
        ),
        edit(
            "counts operations, two a multiply-add",
            "One multiplication and one addition: how many multiply-adds?",
            (WIDTHS, "2 * (d + e)"),
        ),
        edit("causal counted in full", "Does a causal query see every key?", (CAUSAL_PAIRS, "num_queries * num_keys")),
        edit(
            "half of all pairs",
            "Half the square leaves out half of something. Count the dark cells of a 2 by 2 causal mask.",
            (CAUSAL_PAIRS, "num_queries * num_keys // 2"),
        ),
        edit("causal counted from the top left", OFFSET, ("num_queries * (num_keys - num_queries) + ", "")),
        edit(
            "a query does not see itself",
            "May a token attend to itself? Is the diagonal dark?",
            ("(num_queries + 1) // 2", "(num_queries - 1) // 2"),
        ),
    ),
    equivalents=(count_row_by_row,),
    hints=(
        "Count pairs of query and key first. Then ask what one pair costs in each of the two products.",
        "A score is d multiply-adds; adding weight * value to an output is e more. Causal: what does query i see?",
        "pairs * (d + e). Causal pairs: a rectangle q * (k - q) and a triangle q * (q + 1) // 2.",
    ),
)


def roofline_probes(rng):
    """Return intensities and machines: under the slope, on the ridge, under the flat roof."""
    return [
        Probe("the worked example", (np.array([1.0, 4.0, 8.0]), 100.0, 20.0)),
        Probe("an intensity of 0.5 alone", (0.5, 90.0, 20.0)),
        Probe("four intensities", (np.abs(draw(rng, 4, scale=20.0)) + 0.1, 1000.0, 80.0)),
        Probe("both sides of the ridge", (np.array([3.0, 200.0]), 990.0, 4.0)),
    ]


def rate_from_time(intensity, peak, bandwidth):
    """Return the same: for a byte, the longer of the time to move it and the time to compute with it."""
    return intensity / np.maximum(1 / bandwidth, intensity / peak)


def never_above_a_roof(rate, intensity, peak, bandwidth):
    """Return whether no rate exceeds the peak or what the bandwidth feeds."""
    return bool(np.all((rate <= peak * (1 + 1e-9)) & (rate <= bandwidth * np.asarray(intensity) * (1 + 1e-9))))


ROOF = "np.minimum(peak, bandwidth * np.asarray(intensity))"
BOTH_LIMITS = "Two limits at once. If one pipe lets 20 through and the next 100, how much arrives?"

ATTAINABLE_RATE = Exercise(
    reference=attainable_rate,
    returns="operations a second, as many as there are intensities",
    probes=roofline_probes,
    mistakes=(
        edit("the higher of the two limits", BOTH_LIMITS, ("np.minimum", "np.maximum")),
        edit("ignores the bandwidth", BOTH_LIMITS, (ROOF, "peak + 0.0 * np.asarray(intensity)")),
        edit(
            "ignores the peak",
            "Can a processor compute faster than it computes?",
            (ROOF, "bandwidth * np.asarray(intensity)"),
        ),
        edit(
            "divides the bandwidth by the intensity",
            "Twice as many operations for each byte: do you need the memory more or less?",
            ("bandwidth * np.asarray(intensity)", "bandwidth / np.asarray(intensity)"),
        ),
        edit("adds the two limits", BOTH_LIMITS, (ROOF, "peak + bandwidth * np.asarray(intensity)")),
        edit(
            "adds the two times",
            "Moving and computing can overlap. Which of the two times is waited for?",
            (ROOF, "1 / (1 / peak + 1 / (bandwidth * np.asarray(intensity)))"),
        ),
    ),
    equivalents=(rate_from_time,),
    hints=(
        "Two things can run out: bytes a second, or operations a second.",
        "bandwidth bytes a second, each good for `intensity` operations: how many operations a second is that?",
        "np.minimum(peak, bandwidth * intensity)",
    ),
    properties=(Property("no rate is above either limit", never_above_a_roof),),
)


def written_statistics(scores):
    """Return each row's maximum, and the sum of its exponentials below it."""
    maximum = scores.max(axis=-1)
    level = np.where(np.isneginf(maximum), 0.0, maximum)
    exponentials = np.exp(scores - level[..., None])
    return maximum, exponentials.sum(axis=-1)


def statistics_by_rows(scores):
    """Return the same, a row at a time."""
    rows = scores.reshape(-1, scores.shape[-1])
    maxima = [max(row) for row in rows]
    sums = [sum(np.exp(s - m) for s in row if s > -np.inf) for row, m in zip(rows, maxima, strict=True)]
    return np.reshape(maxima, scores.shape[:-1]), np.reshape(np.array(sums, float), scores.shape[:-1])


def statistics_through_logs(scores):
    """Return the same by way of log-sum-exp, with no sum for a row of nothing."""
    maximum = np.max(scores, axis=-1)
    with np.errstate(invalid="ignore"):
        return maximum, np.nan_to_num(np.exp(logsumexp(scores) - maximum), nan=0.0)


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
BELOW = "np.exp(scores - level[..., None])"

SOFTMAX_STATISTICS = Exercise(
    reference=softmax_statistics,
    worked=written_statistics,
    call=STATISTICS,
    returns="a tuple: maximum (...), normaliser (...)",
    probes=score_probes,
    mistakes=(
        edit("no maximum subtracted", "What is exp(1000)? And exp(-200000)?", (BELOW, "np.exp(scores)")),
        edit(
            "subtracts the largest of all rows",
            "Does one row know another's largest score?",
            (BELOW, "np.exp(scores - scores.max())"),
        ),
        edit(
            "-inf minus -inf",
            MINUS_INFINITY,
            ("np.where(np.isneginf(maximum), 0.0, maximum)", "maximum"),
        ),
        edit(
            "down the columns",
            "Which axis does one query own?",
            ("axis=-1", "axis=-2"),
            ("level[..., None]", "level[..., None, :]"),
        ),
        edit(
            "the largest exponential, not their sum",
            "One number must stand for all the keys of a row.",
            ("exponentials.sum", "exponentials.max"),
        ),
        edit(
            "the mean, not the sum",
            "What do weights of 1/normaliser sum to?",
            ("exponentials.sum", "exponentials.mean"),
        ),
        edit(
            "the exponential of the maximum",
            "The maximum itself is wanted: a score, not an exponential.",
            ("return maximum,", "return np.exp(maximum),"),
        ),
    ),
    equivalents=(statistics_by_rows, statistics_through_logs),
    hints=(
        "Pass one finds the largest score of each row, pass two adds up exponentials. Chapter 2 had both.",
        "Subtract the maximum before exp. A row whose maximum is -inf must end at 0, and -inf minus -inf is NaN.",
        "level = np.where(np.isneginf(maximum), 0.0, maximum), then np.exp(scores - level[..., None]).sum(axis=-1).",
    ),
    properties=STATISTIC_PROPERTIES,
)


def written_online(scores):
    """Return each row's maximum and normaliser, reading the scores once."""
    maximum = np.full(scores.shape[:-1], -np.inf)
    normaliser = np.zeros(scores.shape[:-1])
    for j in range(scores.shape[-1]):
        score = scores[..., j]
        higher = np.maximum(maximum, score)
        level = np.where(np.isneginf(higher), 0.0, higher)
        normaliser = normaliser * np.exp(maximum - level) + np.exp(score - level)
        maximum = higher
    return maximum, normaliser


def online_in_two_cases(scores):
    """Return the same: rescale if the new score is higher, else only add."""
    rows = scores.reshape(-1, scores.shape[-1])
    kept = []
    for row in rows:
        maximum, normaliser = -np.inf, 0.0
        for score in row:
            if score > maximum:
                maximum, normaliser = score, normaliser * np.exp(maximum - score) + 1.0
            elif score > -np.inf:
                normaliser += np.exp(score - maximum)
        kept.append((maximum, normaliser))
    maxima, sums = np.array(kept).T
    return maxima.reshape(scores.shape[:-1]), sums.reshape(scores.shape[:-1])


def online_from_the_lowest_float(scores):
    """Return the same, from a start so low that no score lies below it."""
    maximum, normaliser = np.full(scores.shape[:-1], np.finfo(float).min), np.zeros(scores.shape[:-1])
    for score in np.moveaxis(scores, -1, 0):
        higher = np.maximum(maximum, score)
        normaliser = normaliser * np.exp(maximum - higher) + np.exp(score - higher)
        maximum = higher
    return np.max(scores, axis=-1), normaliser


OLD_SUM = "normaliser * np.exp(maximum - level)"

ONLINE_NORMALISER = Exercise(
    reference=online_normaliser,
    worked=written_online,
    call=STATISTICS,
    returns="a tuple: maximum (...), normaliser (...)",
    probes=score_probes,
    mistakes=(
        edit("normaliser not rescaled", YESTERDAY, (OLD_SUM, "normaliser")),
        edit(
            "rescaled the wrong way round",
            "The maximum has risen. Must the old sum shrink or grow?",
            (OLD_SUM, "normaliser * np.exp(level - maximum)"),
        ),
        edit(
            "starts over when the maximum rises",
            "A new maximum makes the old keys small. Does it make them nothing?",
            (OLD_SUM, "np.where(score > maximum, 0.0, normaliser)"),
        ),
        edit(
            "measures the new score by the old maximum",
            "Old sum and new term must have the same zero point. Which maximum does each use?",
            ("np.exp(score - level)", "np.exp(score - np.where(np.isneginf(maximum), score, maximum))"),
        ),
        edit(
            "maximum starts at 0", NOTHING_YET, ("np.full(scores.shape[:-1], -np.inf)", "np.zeros(scores.shape[:-1])")
        ),
        edit("maximum starts at -50000", NOTHING_YET, ("-np.inf)\n", "-5e4)\n")),
        edit("-inf minus -inf", MINUS_INFINITY, ("np.where(np.isneginf(higher), 0.0, higher)", "higher")),
        edit(
            "leaves out the last key",
            "Which keys does your loop visit?",
            ("range(scores.shape[-1])", "range(scores.shape[-1] - 1)"),
        ),
    ),
    equivalents=(online_in_two_cases, online_from_the_lowest_float),
    hints=(
        "Keep two numbers a row. For each new score: a new maximum first, then bring the old sum to it, then add.",
        "The old sum is made of exp(s - old). What must it be multiplied by to be made of exp(s - new)?",
        "normaliser * np.exp(maximum - higher) + np.exp(score - higher), with 0 for a `higher` of -inf.",
    ),
    properties=STATISTIC_PROPERTIES,
)


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

MERGE_PARTIALS = Exercise(
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


def attention_in_tiles(q, k, v, block_k):
    """Return attention(q, k, v), visiting block_k keys at a time."""
    q = q / np.sqrt(q.shape[-1])
    maximum = np.full(q.shape[:-1], -np.inf)
    normaliser = np.zeros(q.shape[:-1])
    accumulator = np.zeros((*q.shape[:-1], v.shape[-1]))
    for start in range(0, k.shape[-2], block_k):
        tile = slice(start, start + block_k)
        scores = q @ np.swapaxes(k[..., tile, :], -1, -2)
        higher = np.maximum(maximum, scores.max(axis=-1))
        weights = np.exp(scores - higher[..., None])
        rescale = np.exp(maximum - higher)
        normaliser = normaliser * rescale + weights.sum(axis=-1)
        accumulator = accumulator * rescale[..., None] + weights @ v[..., tile, :]
        maximum = higher
    return accumulator / normaliser[..., None]


def tiles_by_merging(q, k, v, block_k):
    """Return the same: a partial result for each tile, merged at the end."""
    scores = q @ np.swapaxes(k, -1, -2) / np.sqrt(q.shape[-1])
    tiles = [slice(start, start + block_k) for start in range(0, k.shape[-2], block_k)]
    parts = [partial_attention(scores[..., tile], v[..., tile, :]) for tile in tiles]
    return partial_output(functools.reduce(merge_partials, parts))


def tiles_with_a_running_output(q, k, v, block_k):
    """Return the same, the output normalised after every tile and weighed again by the sum before it."""
    maximum, normaliser, output = -np.inf, 0.0, 0.0
    for start in range(0, k.shape[-2], block_k):
        tile = slice(start, start + block_k)
        scores = q @ np.swapaxes(k[..., tile, :], -1, -2) / np.sqrt(q.shape[-1])
        higher = np.maximum(maximum, scores.max(axis=-1, keepdims=True))
        weights = np.exp(scores - higher)
        before = normaliser * np.exp(maximum - higher)
        maximum, normaliser = higher, before + weights.sum(axis=-1, keepdims=True)
        output = (output * before + weights @ v[..., tile, :]) / normaliser
    return output


FAR = np.array([[1000.0, 0.0], [0.5, 1.0], [-1000.0, 0.0]])  # with keys of order 1: rows 1000 apart
LOW = np.array([[1000.0, 0.0]]), np.array([[-282.0, 1.0], [-283.0, 2.0], [-281.9, 0.5]])  # scores near -200000


def tile_probes(rng):
    """Return q, k, v and a tile: by hand, ragged, square, one tile, rising, far apart, far below."""
    by_hand = np.ones((1, 1)), np.log([[1.0], [2.0], [1.0], [4.0]]), np.array([[8.0], [0.0], [16.0], [24.0]])
    rising = np.abs(draw(rng, 2, 1)) + 0.3, np.sort(draw(rng, 7, 1), axis=0)
    rising_fast = np.ones((1, 1)), np.array([[-400.0], [3.0], [0.0], [500.0], [900.0]])
    return [
        Probe("the worked example", (*by_hand, 2)),
        Probe("4 queries and 4 keys of width 4, tiles of 2", (draw(rng, 4, 4), draw(rng, 4, 4), draw(rng, 4, 4), 2)),
        Probe("2 heads, tiles of 3", (draw(rng, 2, 3, 4), draw(rng, 2, 7, 4), draw(rng, 2, 7, 2), 3)),
        Probe("a batch of 1, tiles of 1", (draw(rng, 1, 2, 3), draw(rng, 1, 5, 3), draw(rng, 1, 5, 2), 1)),
        Probe("one tile that holds more than all keys", (draw(rng, 3, 4), draw(rng, 5, 4), draw(rng, 5, 2), 8)),
        Probe("keys in rising order, tiles of 3", (*rising, draw(rng, 7, 3), 3)),
        Probe("scores near -200000", (*LOW, draw(rng, 3, 2), 2)),
        Probe("scores near -1000", (LOW[0] * 0.005, LOW[1], draw(rng, 3, 2), 2)),
        Probe("rows 1000 apart, a ragged last tile", (FAR, draw(rng, 5, 2), draw(rng, 5, 3), 2)),
        Probe("a maximum that rises in every tile", (*rising_fast, draw(rng, 5, 2), 2)),
    ]


def between_the_values(output, q, k, v, *rest, **options):
    """Return whether every output lies between the smallest and the largest value of its column, or is 0."""
    low, high = v.min(axis=-2, keepdims=True), v.max(axis=-2, keepdims=True)
    return bool(np.all(((output >= low - 1e-9) & (output <= high + 1e-9)) | (output == 0)))


def same_as_one_tile(output, q, k, v, block_k):
    """Return whether the size of the tile leaves the result alone."""
    return np.allclose(output, attention(q, k, v), rtol=1e-6, atol=1e-9)


BETWEEN = Property("each output lies between the smallest and the largest value", between_the_values)
SCALED_TOTAL = "normaliser * rescale"
SCALED_OUTPUT = "accumulator * rescale[..., None]"
START = "np.full(q.shape[:-1], -np.inf)"
FINISH = "return accumulator / normaliser[..., None]"

ATTENTION_IN_TILES = Exercise(
    reference=attention_in_tiles,
    returns="outputs, one row a query: (..., q, e)",
    probes=tile_probes,
    mistakes=(
        edit("accumulator not rescaled", YESTERDAY, (SCALED_OUTPUT, "accumulator")),
        edit("normaliser not rescaled", YESTERDAY, (SCALED_TOTAL, "normaliser")),
        edit("nothing rescaled", YESTERDAY, (SCALED_OUTPUT, "accumulator"), (SCALED_TOTAL, "normaliser")),
        edit(
            "divides by the normaliser in every tile",
            "The normaliser of the whole row is known when? How often may you divide by it?",
            ("maximum = higher", "maximum = higher; accumulator = accumulator / normaliser[..., None]"),
            (FINISH, "return accumulator"),
        ),
        edit(
            "ragged tail dropped",
            TAIL,
            ("range(0, k.shape[-2], block_k)", "range(0, k.shape[-2] - block_k + 1, block_k)"),
        ),
        edit("maximum starts at 0", NOTHING_YET, (START, "np.zeros(q.shape[:-1])")),
        edit("maximum starts at -50000", NOTHING_YET, (START, "np.full(q.shape[:-1], -5e4)")),
        edit(
            "rescaled the wrong way round",
            "The maximum has risen. Must the old sums shrink or grow?",
            ("np.exp(maximum - higher)", "np.exp(higher - maximum)"),
        ),
        edit(
            "takes the tile's maximum for the running one",
            "The second tile lies 1000 below the first. What is exp(old maximum - new maximum) then?",
            ("np.maximum(maximum, scores.max(axis=-1))", "scores.max(axis=-1)"),
        ),
        edit(
            "forgets the new maximum",
            "Against which maximum will the next tile be rescaled?",
            ("        maximum = higher\n", ""),
        ),
        edit("never divides", "Do the weights of a query sum to 1?", (FINISH, "return accumulator")),
        edit("no scale", "What divides a dot product of width d?", ("q = q / np.sqrt(q.shape[-1])\n", "q = q + 0\n")),
    ),
    equivalents=(tiles_by_merging, tiles_with_a_running_output),
    hints=(
        "Three running things: maximum, normaliser, accumulator. A tile is online softmax with several keys at once.",
        "In each tile: weights = exp(scores - higher) and rescale = exp(maximum - higher). Which two sums want it?",
        "accumulator = accumulator * rescale[..., None] + weights @ v[..., tile, :], and divide once, after the loop.",
    ),
    properties=(BETWEEN, Property("it equals attention with all keys at once", same_as_one_tile)),
)


def expose_online_softmax():
    """Return an input on which every broken version differs: a rising maximum, three tiles, a tail, low scores."""
    q = np.array([[1.0], [1000.0]])
    k = np.array([[-203.0], [-202.0], [-201.5], [-201.0], [-200.0]])
    v = np.array([[1.0, 2.0], [3.0, 5.0], [8.0, -13.0], [21.0, 34.0], [-55.0, 0.0]])
    return q, k, v, 2


def expose_with_a_batch():
    """Return the same with a batch axis."""
    q, k, v, block_k = expose_online_softmax()
    return q[None], k[None], v[None], block_k


def _highest_first():
    q, k, v, block_k = expose_online_softmax()
    return q, k[::-1].copy(), v, block_k


def _constant_values():
    q, k, v, block_k = expose_online_softmax()
    return q, k, np.ones_like(v), block_k


def _one_tile():
    q, k, v, _ = expose_online_softmax()
    return q, k, v, 5


def _even_tiles():
    q, k, v, _ = expose_online_softmax()
    return q, k[:4], v[:4], 2


def _small_scores():
    q, k, v, block_k = expose_online_softmax()
    return q[:1], k + 200.0, v, block_k


def _scores_of_a_thousand():
    q, k, v, block_k = expose_online_softmax()
    return q / 200.0, k, v, block_k


EXPOSE_ONLINE_SOFTMAX = Exposure(
    reference=expose_online_softmax,
    target=ATTENTION_IN_TILES,
    mistakes=(
        misses("accumulator not rescaled", "When does the maximum never rise?", _highest_first),
        misses("normaliser not rescaled", "When does the maximum never rise?", _highest_first),
        misses("nothing rescaled", "Which values make every average the same?", _constant_values),
        misses("divides by the normaliser in every tile", "With how many tiles does it not matter?", _one_tile),
        misses("ragged tail dropped", "When is there no ragged tile?", _even_tiles),
        misses("maximum starts at 0", "How far below 0 must a row lie for exp to give 0?", _small_scores),
        misses("maximum starts at -50000", "How far below -50000 does a row have to lie?", _scores_of_a_thousand),
    ),
    hints=(
        "Each broken version is right on some inputs. Find out on which, and stay away from all of them.",
        "You need at least two tiles and a ragged one, a maximum that rises, values that differ, and one very low row.",
        "Keys of width 1 in rising order, five of them in tiles of 2; one query of 1 and one of 1000, keys near -200.",
    ),
    equivalents=(expose_with_a_batch,),
    returns="a tuple (q, k, v, block_k)",
)


def written_visits(num_queries, num_keys, block_q, block_k):
    """Return for every tile whether its first key is one that its last query may see."""
    offset = num_keys - num_queries
    shape = -(-num_queries // block_q), -(-num_keys // block_k)
    visited = np.zeros(shape, dtype=bool)
    for i, j in np.ndindex(shape):
        first_key = j * block_k
        last_query = (i + 1) * block_q - 1
        visited[i, j] = first_key <= last_query + offset
    return visited


def visits_from_the_mask(num_queries, num_keys, block_q, block_k):
    """Return the same, from the whole causal mask: a tile is visited if any of it is True."""
    tops, lefts = np.arange(0, num_queries, block_q), np.arange(0, num_keys, block_k)
    mask = causal_mask(num_queries, num_keys).astype(int)
    return np.add.reduceat(np.add.reduceat(mask, tops, axis=0), lefts, axis=1) > 0


def visit_probes(rng):
    """Return lengths and blocks: by hand, square, ragged both ways, with a cache, with blind queries."""
    n = int(rng.integers(20, 30))
    return [
        Probe("the worked example", (6, 6, 3, 2)),
        Probe("8 queries and keys in tiles of 2", (8, 8, 2, 2)),
        Probe(f"{n} queries and keys, tiles of 4 by 3", (n, n, 4, 3)),
        Probe("one tile larger than everything", (3, 4, 5, 6)),
        Probe("one query and 9 keys", (1, 9, 1, 2)),
        Probe("5 queries and 3 keys: two queries see nothing", (5, 3, 1, 1)),
        Probe("ragged tiles both ways", (7, 11, 3, 4)),
        Probe("a last query block of one, 4 keys ahead", (5, 9, 4, 2)),
    ]


def as_many_as_the_mask_needs(visited, *sizes):
    """Return whether the number of visited tiles is the number with a key to see."""
    return np.shape(visited) == np.shape(visited_tiles(*sizes)) and visited.sum() == visited_tiles(*sizes).sum()


SEEN = "first_key <= last_query + offset"
LAST_QUERY = "(i + 1) * block_q - 1"

VISITED_TILES = Exercise(
    reference=visited_tiles,
    worked=written_visits,
    returns="booleans, one row a block of queries, one column a block of keys",
    probes=visit_probes,
    mistakes=(
        edit("causal from the top left", OFFSET, (" + offset", "")),
        edit(
            "skips a tile too many: asks the first query",
            "Which query of a block sees furthest?",
            (LAST_QUERY, "i * block_q"),
        ),
        edit(
            "skips the tiles that are only partly seen",
            "A tile on the diagonal has keys that are seen and keys that are not. Do you need it?",
            ("first_key = j * block_k", "first_key = min((j + 1) * block_k, num_keys) - 1"),
        ),
        edit("a query does not see itself", "May a token attend to itself?", (SEEN, "first_key < last_query + offset")),
        edit(
            "compares numbers of blocks",
            "Is key block j at query block i if their sizes differ? Compare positions.",
            (SEEN, "j <= i"),
        ),
        edit("visits everything", "Which tiles hold nothing but the future?", (SEEN, "True")),
        edit(
            "ragged tail dropped",
            TAIL,
            ("-(-num_queries // block_q), -(-num_keys // block_k)", "num_queries // block_q, num_keys // block_k"),
        ),
    ),
    equivalents=(visits_from_the_mask,),
    hints=(
        "A tile may be skipped if every one of its keys lies in the future of every one of its queries.",
        "Its first key is the easiest to see, its last query sees furthest. And mind the offset.",
        "j * block_k <= (i + 1) * block_q - 1 + num_keys - num_queries",
    ),
    properties=(Property("as many tiles are visited as have a key to see", as_many_as_the_mask_needs),),
)


def written_blockwise(q, k, v, mask=None, is_causal=False, block_q=256, block_k=512):
    """Return attention(q, k, v, mask) tile by tile; causal, tiles of nothing but the future are not visited."""
    num_queries, num_keys = q.shape[-2], k.shape[-2]
    offset = num_keys - num_queries
    output = np.zeros((*q.shape[:-1], v.shape[-1]))
    for top in range(0, num_queries, block_q):
        rows = np.arange(top, min(top + block_q, num_queries))
        stop = min(rows[-1] + offset + 1, num_keys) if is_causal else num_keys
        part = partial_attention(np.zeros((*q.shape[:-2], len(rows), 0)), v[..., :0, :])
        for left in range(0, stop, block_k):
            columns = np.arange(left, min(left + block_k, num_keys))
            scores = q[..., rows, :] @ np.swapaxes(k[..., columns, :], -1, -2) / np.sqrt(q.shape[-1])
            if is_causal:
                scores = np.where(columns <= rows[:, None] + offset, scores, -np.inf)
            if mask is not None:
                allowed = np.broadcast_to(mask, (*q.shape[:-1], num_keys))
                scores = np.where(allowed[..., rows, :][..., columns], scores, -np.inf)
            part = merge_partials(part, partial_attention(scores, v[..., columns, :]))
        output[..., rows, :] = partial_output(part)
    return output


def plain_blockwise(q, k, v, mask=None, is_causal=False, block_q=256, block_k=512):
    """Return the same by the plain formula with both masks, whatever the blocks."""
    future = causal_mask(q.shape[-2], k.shape[-2]) if is_causal else None
    return attention(q, k, v, combine_masks(mask, future))


def blocks_of_queries_alone(q, k, v, mask=None, is_causal=False, block_q=256, block_k=512):
    """Return the same: whole rows of scores for a block of queries at a time."""
    future = causal_mask(q.shape[-2], k.shape[-2]) if is_causal else True
    allowed = np.broadcast_to(future if mask is None else mask & future, (*q.shape[:-1], k.shape[-2]))
    tops = range(0, q.shape[-2], block_q)
    parts = [attention(q[..., i : i + block_q, :], k, v, allowed[..., i : i + block_q, :]) for i in tops]
    return np.concatenate(parts, axis=-2)


def block_probes(rng):
    """Return inputs with blocks: by hand, square, ragged, masked, causal with a cache, empty rows, extremes."""
    q, k, v = draw(rng, 2, 5, 4), draw(rng, 2, 7, 4), draw(rng, 2, 7, 3)
    mask = rng.random((5, 7)) < 0.6
    mask[2], mask[:, 0] = False, [True, True, False, False, True]
    padding = np.arange(7) < np.array([4, 7])[:, None, None]
    causal, small = {"is_causal": True}, {"block_q": 2, "block_k": 3}
    two = np.array([[0.0], [0.0]])
    square = draw(rng, 6, 3), draw(rng, 6, 3), draw(rng, 6, 3)
    return [
        Probe("the worked example", (two, two, np.array([[4.0], [8.0]])), {**causal, "block_q": 1, "block_k": 1}),
        Probe("5 queries, 7 keys, blocks of 2 and 3", (q, k, v), small),
        Probe("blocks larger than everything", (q, k, v)),
        Probe("lengths 4 and 7, blocks of 2 and 3", (q, k, v, padding), small),
        Probe("causal, 6 queries and keys, blocks of 2 and 2", square, {**causal, "block_q": 2, "block_k": 2}),
        Probe("causal, 6 queries and keys, blocks of 4 and 1", square, {**causal, "block_q": 4, "block_k": 1}),
        Probe("causal, 7 queries and 5 keys", (draw(rng, 7, 4), k[0, :5], v[0, :5]), {**causal, **small}),
        Probe("rows 1000 apart", (FAR, draw(rng, 5, 2), draw(rng, 5, 3)), {"block_q": 2, "block_k": 2}),
        Probe("scores near -200000", (*LOW, draw(rng, 3, 2)), {"block_q": 1, "block_k": 2}),
        Probe("a query that may attend to nothing", (q, k, v, mask), small),
        Probe("causal, 5 queries and 7 keys, ragged blocks", (q, k, v), {**causal, **small}),
    ]


STOP = "min(rows[-1] + offset + 1, num_keys)"
PAST = "columns <= rows[:, None] + offset"
TILE_OF_MASK = "allowed[..., rows, :][..., columns]"
LAST_KEYS = "range(0, stop, block_k)"

BLOCKWISE_ATTENTION = Exercise(
    reference=blockwise_attention,
    worked=written_blockwise,
    returns="outputs, one row a query: (..., q, e)",
    probes=block_probes,
    mistakes=(
        edit("no scale", "What divides a dot product of width d?", (" / np.sqrt(q.shape[-1])", "")),
        edit("causal from the top left", OFFSET, ("offset = num_keys - num_queries", "offset = 0")),
        edit(
            "numbers the keys of each tile from 0",
            "Which key of the sequence is column 0 of this tile?",
            (PAST, "columns - left <= rows[:, None] + offset"),
        ),
        edit(
            "numbers the queries of each block from 0",
            "Which query of the sequence is row 0 of this block?",
            (PAST, "columns <= rows[:, None] - top + offset"),
        ),
        edit(
            "numbers both from 0 in each tile",
            "Is every tile a triangle, or only those on the diagonal?",
            (PAST, "columns - left <= rows[:, None] - top + offset"),
        ),
        edit(
            "skips a tile too many",
            "Which query of a block sees furthest: the first?",
            (STOP, "min(rows[0] + offset + 1, num_keys)"),
        ),
        edit(
            "skips tiles, but masks none",
            "A tile on the diagonal is half future. Who hides it?",
            (PAST, "columns <= num_keys"),
        ),
        edit(
            "a query does not see itself", "May a token attend to itself?", (PAST, "columns < rows[:, None] + offset")
        ),
        edit(
            "the mask's first tile for every tile",
            "Which rows and columns of the mask belong to this tile?",
            (TILE_OF_MASK, "allowed[..., : len(rows), : len(columns)]"),
        ),
        edit(
            "the mask's first columns for every tile",
            "Which columns of the mask belong to this tile?",
            (TILE_OF_MASK, "allowed[..., rows, : len(columns)]"),
        ),
        edit(
            "mask the wrong way round",
            "True means may attend. Where does -inf go?",
            (f"np.where({TILE_OF_MASK}, scores, -np.inf)", f"np.where({TILE_OF_MASK}, -np.inf, scores)"),
        ),
        edit("ragged tail of keys dropped", TAIL, (LAST_KEYS, "range(0, stop - block_k + 1, block_k)")),
        edit(
            "ragged tail of queries dropped",
            TAIL,
            ("range(0, num_queries, block_q)", "range(0, num_queries - block_q + 1, block_q)"),
        ),
        edit("hides with -1e9", "A row of nothing but -1e9: what does softmax make of it?", ("-np.inf)", "-1e9)")),
        edit(
            "0/0 for a query that may attend to nothing",
            "What is the normaliser of no keys? What should such a query read?",
            ("partial_output(part)", "part.accumulator / part.normaliser[..., None]"),
        ),
        edit(
            "keeps the last tile alone",
            "What becomes of the tiles before?",
            (
                "merge_partials(part, partial_attention(scores, v[..., columns, :]))",
                "partial_attention(scores, v[..., columns, :])",
            ),
        ),
    ),
    equivalents=(plain_blockwise, blocks_of_queries_alone),
    hints=(
        "Two loops: blocks of queries, and for each the tiles of keys. Inside, a partial result, merged into the last.",
        "Positions count from the start of the sequence. A mask needs this tile's rows and columns. -inf hides.",
        "With np.arange: columns <= rows[:, None] + num_keys - num_queries; stop after the last row's last key.",
    ),
    properties=(BETWEEN,),
)


def gradients_in_tiles(q, k, v, output, log_sum_exp, output_gradient, block_k):
    """Return the gradients of q, k and v; the weights are made again, block_k keys at a time."""
    scale = 1 / np.sqrt(q.shape[-1])
    row_dot = (output_gradient * output).sum(axis=-1)
    q_gradient, k_gradient, v_gradient = np.zeros_like(q), np.zeros_like(k), np.zeros_like(v)
    for start in range(0, len(k), block_k):
        tile = slice(start, start + block_k)
        weights = np.exp(q @ k[tile].T * scale - log_sum_exp[:, None])
        slopes = output_gradient @ v[tile].T
        score_gradient = weights * (slopes - row_dot[:, None])
        q_gradient += score_gradient @ k[tile] * scale
        k_gradient[tile] = score_gradient.T @ q * scale
        v_gradient[tile] = weights.T @ output_gradient
    return q_gradient, k_gradient, v_gradient


def gradients_at_once(q, k, v, output, log_sum_exp, output_gradient, block_k):
    """Return the same from whole tables, each row through the Jacobian of softmax."""
    weights = np.exp(q @ k.T / np.sqrt(q.shape[1]) - log_sum_exp[:, None])
    slopes = output_gradient @ v.T
    score_gradient = (weights * slopes - weights * (weights * slopes).sum(axis=1, keepdims=True)) / np.sqrt(q.shape[1])
    return score_gradient @ k, score_gradient.T @ q, weights.T @ output_gradient


def gradients_of_the_library(q, k, v, output, log_sum_exp, output_gradient, block_k):
    """Return the same from the library."""
    return blockwise_attention_gradients(q, k, v, output, log_sum_exp, output_gradient, block_k=block_k)


def backward_case(q, k, v, output_gradient, block_k):
    """Return the arguments of a backward pass: what went in, what came out, and what comes back."""
    return q, k, v, *blockwise_attention_with_logsumexp(q, k, v), output_gradient, block_k


def gradient_probes(rng):
    """Return backward passes: by hand, square, ragged, one tile, far apart and far below."""

    def case(num_queries, num_keys, d, e, block_k, scale=1.5):
        q, k, v = draw(rng, num_queries, d, scale=scale), draw(rng, num_keys, d), draw(rng, num_keys, e)
        return backward_case(q, k, v, draw(rng, num_queries, e), block_k)

    one = np.ones((1, 1))
    low = np.array([[1000.0, 0.0], [0.5, 1.0]]), np.array([[-282.0, 1.0], [-283.0, 2.0], [-282.0, 0.5]])
    return [
        Probe(
            "the worked example", backward_case(0 * one, np.array([[1.0], [3.0]]), np.array([[10.0], [20.0]]), one, 1)
        ),
        Probe("4 queries and 4 keys of width 4, tiles of 4", case(4, 4, 4, 4, 4)),
        Probe("8 queries and 16 keys, tiles of 8", case(8, 16, 8, 8, 8)),
        Probe("3 queries and 5 keys, one tile", case(3, 5, 2, 4, 9)),
        Probe("a single query, tiles of 2", case(1, 5, 3, 2, 2)),
        Probe("rows 1000 apart, one near -200000", backward_case(*low, draw(rng, 3, 2), draw(rng, 2, 2), 2)),
        Probe("3 queries and 7 keys, tiles of 3 and a ragged one", case(3, 7, 4, 2, 3)),
    ]


def same_sum_for_all_keys(value, q, k, v, output, log_sum_exp, output_gradient, block_k):
    """Return whether the gradient of v sums over the keys to that of the output over the queries."""
    return np.allclose(np.sum(value["gradient of v"], axis=0), output_gradient.sum(axis=0))


ROW_DOT = "(output_gradient * output).sum(axis=-1)"
CENTRED = "(slopes - row_dot[:, None])"
RAISE_ALL = "Raise all scores of a row alike: do its weights move? So what must its score gradients sum to?"

GRADIENTS_IN_TILES = Exercise(
    reference=gradients_in_tiles,
    call=GRADIENTS,
    returns="a tuple: the gradients of q (q, d), of k (k, d) and of v (k, e)",
    probes=gradient_probes,
    mistakes=(
        edit("forgets the row dot", RAISE_ALL, (CENTRED, "slopes")),
        edit(
            "row dot of one tile alone",
            "A row's weights sum to 1 over all its keys. Over those of one tile?",
            (CENTRED, "(slopes - (weights * slopes).sum(axis=-1, keepdims=True))"),
        ),
        edit(
            "row dot without the output",
            "The row dot is the average of the slopes. Which sum equals it?",
            (ROW_DOT, "output_gradient.sum(axis=-1)"),
        ),
        edit(
            "no scale in the gradients of q and k",
            "A score is q . k over the root of d. By what does q change it?",
            (" @ k[tile] * scale", " @ k[tile]"),
            (".T @ q * scale", ".T @ q"),
        ),
        edit(
            "no scale in the gradient of k",
            "q and k stand in the scores in the same way. Do their gradients?",
            (".T @ q * scale", ".T @ q"),
        ),
        edit(
            "no scale in the scores", "Are these the weights of the forward pass?", ("k[tile].T * scale", "k[tile].T")
        ),
        edit(
            "gradient of k from the wrong transpose",
            "Rows are queries, columns are keys. A key collects over which of them?",
            ("score_gradient.T @ q", "score_gradient @ q"),
        ),
        edit(
            "gradient of v from the wrong transpose",
            "A value collects from every query that read it. Which axis is summed over?",
            ("weights.T @ output_gradient", "weights @ output_gradient"),
        ),
        edit(
            "gradient of v through the scores",
            "What did the output multiply the values with?",
            ("weights.T @ output_gradient", "score_gradient.T @ output_gradient"),
        ),
        edit(
            "gradient of k from the keys",
            "A score is a product of q and k. What is left of it when k is varied?",
            ("score_gradient.T @ q", "score_gradient.T @ k[: len(q)]"),
        ),
        edit(
            "keeps the last tile of q's gradient",
            "Every tile of keys changes a query's output. Where do the others go?",
            ("q_gradient += ", "q_gradient = "),
        ),
        edit(
            "weights without their normaliser",
            "Which number turns exp(score) into a weight?",
            (" - log_sum_exp[:, None])", ")"),
        ),
        edit(
            "forgets the weights",
            "A score with no weight changes nothing. Does yours?",
            (f"weights * {CENTRED}", CENTRED),
        ),
        edit("ragged tail dropped", TAIL, ("range(0, len(k), block_k)", "range(0, len(k) - block_k + 1, block_k)")),
    ),
    equivalents=(gradients_at_once, gradients_of_the_library),
    hints=(
        "Make a tile's weights again: exp(score - log_sum_exp). Then go back through weights @ v, softmax, q . k.",
        "slopes = output_gradient @ v.T. Softmax makes them weights * (slopes - row_dot), row_dot from whole rows.",
        "dq += dS @ k * scale, dk = dS.T @ q * scale, dv = weights.T @ output_gradient, each for the tile's keys.",
    ),
    properties=(Property("the gradient of v adds up to that of the output", same_sum_for_all_keys),),
    atol=1e-6,
)

EXERCISES = (
    ATTENTION_MULTIPLY_ADDS,
    ATTAINABLE_RATE,
    SOFTMAX_STATISTICS,
    ONLINE_NORMALISER,
    MERGE_PARTIALS,
    ATTENTION_IN_TILES,
    EXPOSE_ONLINE_SOFTMAX,
    VISITED_TILES,
    BLOCKWISE_ATTENTION,
    GRADIENTS_IN_TILES,
)

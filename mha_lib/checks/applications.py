"""Exercises of chapter 21: feature tokens, windows, a split in time, surprise, hit rate, area under a curve, mutants.

Feature tokens are judged forward and backward, in float64. The rest is NumPy.
"""

import numpy as np
import torch

from mha_lib import applications, logs, series, tables
from mha_lib.checks.cost import parts_call
from mha_lib.diagnosis.broken import edit, rewrite
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.diagnosis.exposure import Exposure, misses
from mha_lib.diagnosis.tensors import tensor_call

OWN_VECTORS = "Pulse 70 and age 70 are the same number. What tells their tokens apart?"
WHERE_FIRST = "Which token will be read out? At which place does the statement put it?"
BOUNDARY = "Write down the first window of 0, 1, 2, 3, 4. At which number does its future begin?"
COUNT = "How many windows of 4 fit into 5 values?"
KNOWN_THEN = "On the day the training ends, which numbers can you know?"
REAL_ONES = "Which tokens are real? Only they count, above the line and below."
PAIRS = "Take one example of each class. Which of the two should score higher, and what if they score alike?"
ALIKE = "A model scores all items alike. How often does it hit?"
AMONG = "How many others may be ahead of an item that is still among the k best?"


def feature_tokens(x, weight, bias, summary):
    """Return a summary token, then one token a feature: its number times its vector, plus its other vector."""
    tokens = x[..., None] * weight + bias
    first = summary.expand(len(x), 1, -1)
    return torch.cat([first, tokens], dim=1)


def tokens_by_einsum(x, weight, bias, summary):
    """Return the same, the axes named and the result filled in place by place."""
    result = x.new_empty(x.shape[0], x.shape[1] + 1, weight.shape[1])
    result[:, 0] = summary
    result[:, 1:] = torch.einsum("bf,fd->bfd", x, weight) + bias
    return result


def tokens_as_one_product(x, weight, bias, summary):
    """Return the same: the summary is a feature that is always 1 and has no second vector."""
    ones = torch.ones(len(x), 1, dtype=x.dtype)
    vectors = torch.cat([summary[None], weight])
    return torch.cat([ones, x], dim=1).unsqueeze(-1) * vectors + torch.nn.functional.pad(bias, (0, 0, 1, 0))


def forecast_windows(values, num_past, num_ahead):
    """Return (past, future), each window one step further on."""
    count = len(values) - num_past - num_ahead + 1
    past = [values[i : i + num_past] for i in range(count)]
    future = [values[i + num_past : i + num_past + num_ahead] for i in range(count)]
    return np.array(past), np.array(future)


def windows_by_index(values, num_past, num_ahead):
    """Return the same: a table of places, then the values at those places."""
    length = num_past + num_ahead
    places = np.arange(len(values) - length + 1)[:, None] + np.arange(length)
    return tuple(np.split(values[places], [num_past], axis=1))


def split_in_time(values, num_past, num_ahead, num_train):
    """Return the training's windows and the test's, scaled by what the training may know."""
    known = values[:num_train]
    scaled = (values - known.mean()) / known.std()
    train = forecast_windows(scaled[:num_train], num_past, num_ahead)
    past, future = forecast_windows(scaled[num_train - num_past :], num_past, num_ahead)
    return *train, past[::num_ahead], future[::num_ahead]


def split_by_choosing(values, num_past, num_ahead, num_train):
    """Return the same: all windows of the whole, of which each part takes its own."""
    mean, spread = np.mean(values[:num_train]), np.std(values[:num_train])
    past, future = forecast_windows((values - mean) / spread, num_past, num_ahead)
    first_future = np.arange(len(past)) + num_past
    train = first_future + num_ahead <= num_train
    test = (first_future >= num_train) & ((first_future - num_train) % num_ahead == 0)
    return past[train], future[train], past[test], future[test]


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


def hit_rate(scores, wanted, k):
    """Return the share of rows in which fewer than k other items score as high as the wanted one."""
    own = scores[np.arange(len(scores)), wanted]
    as_high = (scores >= own[:, None]).sum(axis=1) - 1
    return (as_high < k).mean()


def hits_by_sorting(scores, wanted, k):
    """Return the same: of equals, the wanted item is sorted last."""
    behind = np.arange(scores.shape[1]) == wanted[:, None]
    order = np.lexsort((behind, -scores), axis=1)
    return (order[:, :k] == wanted[:, None]).any(axis=1).mean()


def hits_one_by_one(scores, wanted, k):
    """Return the same, row by row."""
    found = 0
    for row, item in zip(scores, wanted, strict=True):
        rivals = np.delete(row, item)
        found += np.count_nonzero(rivals >= row[item]) < k
    return found / len(scores)


def area_under_curve(scores, labels):
    """Return the share of pairs, one of each class, in which class 1 scores higher; ties are halves."""
    ones, zeros = scores[labels == 1], scores[labels == 0]
    higher = ones[:, None] > zeros
    equal = ones[:, None] == zeros
    return (higher + equal / 2).mean()


def area_by_ranks(scores, labels):
    """Return the same by ranks, equals sharing theirs: sort once instead of comparing all pairs."""
    _, place, count = np.unique(scores, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[place]
    num_ones = (labels == 1).sum()
    return (rank[labels == 1].sum() - num_ones * (num_ones + 1) / 2) / (num_ones * (len(labels) - num_ones))


def area_by_trapezia(scores, labels):
    """Return the same as an area: true alarms against false ones, for every threshold."""
    thresholds = np.unique(scores)[::-1]
    alarms = scores >= thresholds[:, None]
    true = np.r_[0, alarms[:, labels == 1].mean(axis=1)]
    false = np.r_[0, alarms[:, labels == 0].mean(axis=1)]
    return np.trapezoid(true, false)


def area_from_the_signs(scores, labels):
    """Return the same: plus 1 for a pair in order, minus 1 for one that is not, and the mean moved from -1..1."""
    return (1 + np.sign(np.subtract.outer(scores[labels == 1], scores[labels == 0])).mean()) / 2


def token_probes(rng):
    """Return rows and vectors: the worked example, ragged sizes, square, a batch of one."""
    shapes = {"4 rows of 3 features": (4, 3, 5), "3 rows of 3 features of width 3": (3, 3, 3)}
    shapes |= {"a batch of 1 row": (1, 4, 2), "2 rows of 5 features": (2, 5, 3)}
    worked = (
        np.array([[2.0, 3.0]]),
        np.array([[1.0, 0.0], [0.0, 1.0]]),
        np.array([[0.5, 0.5], [-1.0, 0.0]]),
        np.array([7.0, 8.0]),
    )
    return [
        Probe("the worked example", worked),
        *(
            Probe(label, (draw(rng, b, f), draw(rng, f, d), draw(rng, f, d), draw(rng, d)))
            for label, (b, f, d) in shapes.items()
        ),
    ]


def window_probes(rng):
    """Return a series and two lengths: the worked example, ragged, as long ahead as behind, just one window."""
    return [
        Probe("the worked example", (np.array([0.0, 1.0, 2.0, 3.0, 4.0]), 2, 2)),
        Probe("one value ahead", (draw(rng, 6), 2, 1)),
        Probe("3 values ahead of 3", (draw(rng, 9), 3, 3)),
        Probe("a series of 1 window", (draw(rng, 6), 4, 2)),
        Probe("2 values ahead of 4", (draw(rng, 11), 4, 2)),
        Probe("3 values ahead of 2", (draw(rng, 10), 2, 3)),
    ]


def split_probes(rng):
    """Return a series, two lengths and a last day: the worked example, ragged, a series that climbs."""
    return [
        Probe("the worked example", (np.array([1.0, 3.0, 1.0, 3.0, 5.0, 9.0]), 2, 1, 4)),
        Probe("3 values ahead of 3", (draw(rng, 15), 3, 3, 9)),
        Probe("2 values ahead of 4", (draw(rng, 18) + 5, 4, 2, 11)),
        Probe("a series that climbs", (np.arange(16.0) + draw(rng, 16), 3, 2, 9)),
        Probe("3 values ahead of 2", (draw(rng, 17) - 4, 2, 3, 8)),
    ]


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


def hit_probes(rng):
    """Return scores, wanted items and k: worked, ragged, square, one row, constant scores, many rows."""
    worked = np.array([[0.1, 0.7, 0.2], [0.6, 0.5, 0.0]])
    flat = draw(rng, 4, 6)
    flat[1:3] = 0.25
    order = np.argsort(-flat, axis=1)
    many = draw(rng, 9, 7)
    ranked = np.argsort(-many, axis=1)
    return [
        Probe("the worked example", (worked, np.array([2, 0]), 1)),
        Probe("4 rows of 4 items", (draw(rng, 4, 4), np.array([3, 0, 2, 1]), 2)),
        Probe("a batch of 1 row", (np.array([[0.3, 0.9, 0.5, 0.1]]), np.array([2]), 2)),
        Probe("rows in which all items score alike", (flat, np.array([order[0, 0], 5, 0, order[3, 1]]), 3)),
        Probe("9 rows of 7 items", (many, ranked[np.arange(9), [0, 1, 2, 3, 4, 5, 6, 1, 2]], 3)),
    ]


def area_probes(rng):
    """Return scores and labels: worked, ragged, as many of each class, one pair, ties across the classes."""
    tied = np.array([2.0, 2.0, 1.0, 3.0, 2.0, 1.0, 0.5])
    return [
        Probe("the worked example", (np.array([3.0, 1.0, 2.0, 2.0]), np.array([1, 0, 1, 0]))),
        Probe("3 of each class", (draw(rng, 6), np.array([1, 0, 0, 1, 1, 0]))),
        Probe("one example of each class", (np.array([0.9, 0.7]), np.array([0, 1]))),
        Probe("scores that are no probabilities", (draw(rng, 7) + 40, np.array([0, 1, 1, 0, 0, 1, 0]))),
        Probe("ties between the classes", (tied, np.array([1, 0, 0, 0, 1, 1, 1]))),
        Probe("2 of class 1 among 7", (draw(rng, 7), np.array([0, 0, 1, 0, 0, 1, 0]))),
    ]


def surprise_of_the_worst(log_probs, real):
    """Return the largest surprise of each sequence."""
    return np.where(real, -log_probs, 0.0).max(axis=-1)


def surprise_by_multiplying(log_probs, real):
    """Return the mean, padding multiplied by 0: which is not 0 where the model said impossible."""
    return np.where(real.any(axis=-1), -(log_probs * real).sum(axis=-1) / np.maximum(real.sum(axis=-1), 1), 0.0)


def hits_of_the_lowest(scores, wanted, k):
    """Return the share of rows whose wanted item is among the first k that argsort lists: the lowest."""
    return (np.argsort(scores, axis=1)[:, :k] == wanted[:, None]).any(axis=1).mean()


def hits_in_the_whole_table(scores, wanted, k):
    """Return the share of rows whose wanted item is among the k best of all rows together."""
    own = scores[np.arange(len(scores)), wanted]
    return ((scores >= own[:, None, None]).sum(axis=(1, 2)) - 1 < k).mean()


def accuracy_at_one_half(scores, labels):
    """Return the share of examples on the right side of 0.5."""
    return ((scores > 0.5) == labels).mean()


def area_by_ordinal_ranks(scores, labels):
    """Return the area by ranks, of equals the one that comes first in the list ranked lower."""
    rank = np.argsort(np.argsort(scores, kind="stable")) + 1
    num_ones = (labels == 1).sum()
    return (rank[labels == 1].sum() - num_ones * (num_ones + 1) / 2) / (num_ones * (len(labels) - num_ones))


def area_by_ranks_from_zero(scores, labels):
    """Return the area by ranks that begin at 0 in a formula that expects 1."""
    num_ones = (labels == 1).sum()
    return area_by_ranks(scores, labels) - 1 / (len(labels) - num_ones)


def area_side_by_side(scores, labels):
    """Return the share of pairs in which class 1 is ahead, each example paired once, as they come."""
    ones, zeros = scores[labels == 1], scores[labels == 0]
    count = min(len(ones), len(zeros))
    return (np.sign(ones[:count] - zeros[:count]).mean() + 1) / 2


def split_every_other(values, num_past, num_ahead, num_train):
    """Return windows of which every third one is for testing, wherever in time it lies."""
    scaled = (values - values[:num_train].mean()) / values[:num_train].std()
    past, future = forecast_windows(scaled, num_past, num_ahead)
    test = np.arange(len(past)) % 3 == 2
    return past[~test], future[~test], past[test], future[test]


def every_feature_counts(parts, x, weight, bias, summary):
    """Return whether the gradient says that each of a feature's own vectors is used."""
    return all(np.all(np.any(parts[f"gradient of {name}"] != 0, axis=-1)) for name in ("weight", "bias"))


def futures_follow(value, values, num_past, num_ahead):
    """Return whether windows of equal number come out, as many as fit."""
    past, future = value["past"], value["future"]
    return len(past) == len(future) == len(values) - num_past - num_ahead + 1


def parts_are_scaled(value, values, num_past, num_ahead, num_train):
    """Return whether the tests' futures, laid end to end, number what is left behind the last day."""
    return np.size(value["test_future"]) == (len(values) - num_train) // num_ahead * num_ahead


def between_0_and_1(value, *args):
    """Return whether a share is one."""
    return bool(0 <= value <= 1)


def not_negative(value, log_probs, real):
    """Return whether no surprise is below 0."""
    return bool(np.all(np.asarray(value) >= 0))


FEATURE_TOKENS = Exercise(
    reference=tables.feature_tokens,
    worked=feature_tokens,
    returns="the tokens, the summary first, as a tensor: (b, f + 1, d_model)",
    probes=token_probes,
    mistakes=(
        edit("summary token last", WHERE_FIRST, ("[first, tokens]", "[tokens, first]")),
        edit("no summary token", WHERE_FIRST, ("torch.cat([first, tokens], dim=1)", "tokens")),
        edit("no second vector", "A feature is 0. What is left of its token?", (" + bias", "")),
        edit("one vector for all features", OWN_VECTORS, ("* weight", "* weight[0]")),
        edit("one second vector for all features", OWN_VECTORS, ("+ bias", "+ bias[0]")),
        edit(
            "the second vector multiplied by the number too",
            "A feature is 0. What is left of its token?",
            ("x[..., None] * weight + bias", "x[..., None] * (weight + bias)"),
        ),
        edit(
            "the number added, not multiplied", "Is 3 three times as much of a feature as 1?", ("* weight", "+ weight")
        ),
        edit(
            "summary added to every token",
            "How many tokens has a row of f features?",
            ("torch.cat([first, tokens], dim=1)", "torch.cat([first, tokens + first], dim=1)"),
        ),
        edit(
            "the summary's vector cut from the graph",
            "Is the summary's vector learned? What is its gradient?",
            ("summary.expand", "summary.detach().expand"),
        ),
    ),
    equivalents=(tokens_by_einsum, tokens_as_one_product),
    hints=(
        "One number is to become a vector. Which vectors belong to a feature, whatever the row?",
        "x[..., None] is (b, f, 1) and weight is (f, d_model): their product is (b, f, d_model).",
        "torch.cat([summary.expand(len(x), 1, -1), x[..., None] * weight + bias], dim=1)",
    ),
    properties=(Property("every feature's own vectors are used", every_feature_counts),),
    call=tensor_call("x", "weight", "bias", "summary"),
)

WINDOWS = Exercise(
    reference=series.forecast_windows,
    worked=forecast_windows,
    returns="a tuple (past, future): (m, num_past) and (m, num_ahead)",
    call=parts_call("past", "future"),
    probes=window_probes,
    mistakes=(
        edit(
            "the last past value is the first future one",
            BOUNDARY,
            ("values[i + num_past :", "values[i + num_past - 1 :"),
        ),
        edit(
            "the future slid back by one",
            BOUNDARY,
            (
                "values[i + num_past : i + num_past + num_ahead]",
                "values[i + num_past - 1 : i + num_past + num_ahead - 1]",
            ),
        ),
        edit(
            "a gap between past and future",
            BOUNDARY,
            ("num_ahead + 1", "num_ahead"),
            (
                "values[i + num_past : i + num_past + num_ahead]",
                "values[i + num_past + 1 : i + num_past + num_ahead + 1]",
            ),
        ),
        edit("last window lost", COUNT, ("num_ahead + 1", "num_ahead")),
        edit("windows side by side", COUNT, ("range(count)", "range(0, count, num_past + num_ahead)")),
        edit("windows a future apart", COUNT, ("range(count)", "range(0, count, num_ahead)")),
        edit(
            "only the last value ahead",
            "How many values ahead were asked for?",
            ("values[i + num_past : i + num_past + num_ahead]", "values[i + num_past + num_ahead - 1 :][:1]"),
        ),
        edit(
            "the past reversed",
            "Which value of the past stands right before the future?",
            ("values[i : i + num_past]", "values[i : i + num_past][::-1]"),
        ),
        edit(
            "past and future swapped",
            "Which of the two comes first in the tuple?",
            ("np.array(past), np.array(future)", "np.array(future), np.array(past)"),
        ),
    ),
    equivalents=(windows_by_index,),
    hints=(
        "Cut the first window by hand, then the last one. Which index does each begin at?",
        "A window needs num_past + num_ahead values, so there are n - num_past - num_ahead + 1 of them.",
        "past: values[i : i + num_past], future: values[i + num_past : i + num_past + num_ahead], for each i",
    ),
    properties=(Property("there are as many windows as fit, each with a past and a future", futures_follow),),
)

SPLIT = Exercise(
    reference=series.split_in_time,
    worked=split_in_time,
    returns="a tuple (past, future, test_past, test_future)",
    call=parts_call("past", "future", "test_past", "test_future"),
    probes=split_probes,
    mistakes=(
        edit("scaled by the whole series", KNOWN_THEN, ("known = values[:num_train]", "known = values")),
        edit("scaled by the test", KNOWN_THEN, ("known = values[:num_train]", "known = values[num_train:]")),
        edit(
            "not scaled",
            "What are mean and deviation of the training part of your output?",
            ("(values - known.mean()) / known.std()", "values"),
        ),
        edit(
            "mean not taken off",
            "What is the mean of the training part of your output?",
            ("(values - known.mean())", "values"),
        ),
        edit(
            "unbiased deviation",
            "Divide by n, or by n - 1? The statement says NumPy's std.",
            ("known.std()", "known.std(ddof=1)"),
        ),
        edit(
            "training futures reach into the test",
            "Where does the last training window end?",
            ("scaled[:num_train]", "scaled[: num_train + num_ahead]"),
        ),
        edit(
            "test pasts begin behind the last day",
            "On the first day of the test, is yesterday known?",
            ("scaled[num_train - num_past :]", "scaled[num_train:]"),
        ),
        edit(
            "first test future was trained on",
            "At which index does the first test future begin?",
            ("scaled[num_train - num_past :]", "scaled[num_train - num_past - num_ahead :]"),
        ),
        edit(
            "test futures overlap",
            "Is each day of the test asked for once?",
            ("past[::num_ahead], future[::num_ahead]", "past, future"),
        ),
        rewrite(
            "windows dealt out without regard to time",
            "Which days does a test window share with training?",
            split_every_other,
        ),
    ),
    equivalents=(split_by_choosing,),
    hints=(
        "Draw the series as a line and mark the last day known. What may lie left of it, what right?",
        "Scale by values[:num_train]. The first test window begins num_past before num_train; then step by num_ahead.",
        "windows of scaled[:num_train]; and of scaled[num_train - num_past :], every num_ahead-th of them",
    ),
    properties=(Property("the tests' futures do not overlap", parts_are_scaled),),
)

SURPRISE = Exercise(
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

HIT_RATE = Exercise(
    reference=applications.hit_rate,
    worked=hit_rate,
    returns="a number from 0 to 1",
    probes=hit_probes,
    mistakes=(
        edit(
            "ties count for the item",
            ALIKE,
            ("(scores >= own[:, None]).sum(axis=1) - 1", "(scores > own[:, None]).sum(axis=1)"),
        ),
        edit("one place too many", AMONG, ("as_high < k", "as_high <= k")),
        edit("the item counted as its own rival", AMONG, (".sum(axis=1) - 1", ".sum(axis=1)")),
        edit("only the best", "Is k used?", ("as_high < k", "as_high < 1")),
        edit("worst first", "Is a high score good or bad here?", ("scores >= own", "scores <= own")),
        edit("hits summed", "How many rows are there?", (".mean()", ".sum()")),
        edit(
            "rivals in the other rows",
            "Who competes for a customer's next click: the items of this row, or of this column?",
            ("(scores >= own[:, None]).sum(axis=1) - 1", "(scores[:, wanted] >= own).sum(axis=0) - 1"),
        ),
        rewrite("the first k that argsort lists", "In which order does argsort sort?", hits_of_the_lowest),
        rewrite("the k best of the whole table", "How many lists of k does the shop show?", hits_in_the_whole_table),
    ),
    equivalents=(hits_by_sorting, hits_one_by_one),
    hints=(
        "Do not sort: count. How many items stand before the wanted one?",
        "own = scores[np.arange(b), wanted] is the wanted item's score in each row. Compare the row with it.",
        "((scores >= own[:, None]).sum(axis=1) - 1 < k).mean(): the item itself is taken off",
    ),
    properties=(Property("a share lies between 0 and 1", between_0_and_1),),
)

AREA = Exercise(
    reference=applications.area_under_curve,
    worked=area_under_curve,
    returns="a number from 0 to 1",
    probes=area_probes,
    mistakes=(
        edit("ties count as wins", PAIRS, ("equal / 2", "equal")),
        edit("ties count for nothing", PAIRS, ("(higher + equal / 2)", "higher")),
        edit(
            "classes swapped",
            "Which class should score high?",
            ("scores[labels == 1], scores[labels == 0]", "scores[labels == 0], scores[labels == 1]"),
        ),
        edit("everybody is a rival", PAIRS, ("scores[labels == 0]", "scores")),
        edit(
            "divided by all pairs",
            "How many pairs with one of each class are there?",
            (".mean()", ".sum() / len(scores) ** 2"),
        ),
        edit("pairs summed", "Is it a share or a count?", (".mean()", ".sum()")),
        edit(
            "means compared",
            "One odd score can move a mean. Can it move more than its own pairs?",
            (
                "ones, zeros = scores[labels == 1], scores[labels == 0]",
                "ones, zeros = scores[labels == 1].mean(keepdims=True), scores[labels == 0].mean(keepdims=True)",
            ),
        ),
        rewrite("accuracy at one half", "Add 10 to all scores. Should the area change?", accuracy_at_one_half),
        rewrite(
            "equals ranked as they come",
            "Sort two equal scores. Which one comes first, and why?",
            area_by_ordinal_ranks,
        ),
        rewrite("ranks begin at 0", "What is the smallest possible sum of m ranks?", area_by_ranks_from_zero),
        rewrite("examples paired as they come", "How many rivals has each example of class 1?", area_side_by_side),
    ),
    equivalents=(area_by_ranks, area_by_trapezia, area_from_the_signs),
    hints=(
        "Take every pair of one example of each class, and ask which of the two scores higher.",
        "ones[:, None] > zeros is a table of all pairs; ones[:, None] == zeros is the table of ties.",
        "((ones[:, None] > zeros) + (ones[:, None] == zeros) / 2).mean()",
    ),
    properties=(Property("a share lies between 0 and 1", between_0_and_1),),
)


def expose_area_under_curve():
    """Return (scores, labels) on which every broken version of area_under_curve gives itself away."""
    return np.array([2.0, 1.0, 2.0, 5.0, 0.0, 9.0, 1.5]), np.array([1, 0, 0, 1, 1, 0, 0])


def expose_area_with_fewer():
    """Return the same with five examples."""
    return np.array([4.0, 4.0, 7.0, 3.0, 9.0]), np.array([1, 0, 1, 0, 0])


def _no_ties():
    scores, labels = expose_area_under_curve()
    return scores + 0.01 * np.arange(len(scores)), labels


def _one_against_one():
    return np.array([1.0, 1.0]), np.array([1, 0])


def _perfect():
    return np.array([0.9, 0.8, 0.2, 0.1]), np.array([1, 1, 0, 0])


def _alike():
    return np.full(4, 0.7), np.array([1, 1, 0, 0])


EXPOSE_AREA = Exposure(
    reference=expose_area_under_curve,
    target=AREA,
    mistakes=(
        misses("ties count as wins", "Which scores have no ties?", _no_ties),
        misses("ties count for nothing", "Which scores have no ties?", _no_ties),
        misses("equals ranked as they come", "Which scores have no ties?", _no_ties),
        misses("classes swapped", "Which area is its own mirror image?", _alike),
        misses("means compared", "When are all pairs decided like the means?", _perfect),
        misses("accuracy at one half", "Which scores lie on the right sides of 0.5 already?", _perfect),
        misses("examples paired as they come", "When is there only one way to make pairs?", _one_against_one),
    ),
    hints=(
        "A broken version survives where its mistake makes no difference. What if no scores are equal?",
        "Choose scores that are no probabilities, two equal ones in different classes, and one that is far too high.",
        "Scores like 2, 1, 2, 5, 0, 9, 1.5, the two 2s in different classes, the 9 in class 0.",
    ),
    equivalents=(expose_area_with_fewer,),
    returns="a tuple (scores, labels)",
)

EXERCISES = (FEATURE_TOKENS, WINDOWS, SPLIT, SURPRISE, HIT_RATE, AREA, EXPOSE_AREA)

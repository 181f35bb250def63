"""Exercises of chapter 3: one query by loop, scores, weights, attention, the article's formula, and its mutants."""

import numpy as np

from mha_lib.diagnosis.broken import edit, rewrite
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.diagnosis.exposure import Exposure, misses

WHICH_AXIS = "Which axis does one query own? Its weights must sum to 1 along that axis."
VARIANCE = "What is the variance of a sum of d products of unit variance? And its standard deviation?"


def attend_one(query, keys, values):
    """Return what one query reads: the values, averaged with its softmax weights."""
    scores = [float(np.dot(query, key)) / np.sqrt(len(query)) for key in keys]
    largest = max(scores)
    exponentials = [np.exp(score - largest) for score in scores]
    total = sum(exponentials)
    output = np.zeros(values.shape[1])
    for exponential, value in zip(exponentials, values, strict=True):
        output = output + exponential / total * value
    return output


def attend_one_as_matrices(query, keys, values):
    """Return the same from two products of a matrix and a vector."""
    scores = keys @ query / np.sqrt(query.size)
    weights = np.exp(scores - np.logaddexp.reduce(scores))
    return weights @ values


def attention_scores(q, k):
    """Return the scaled dot products of queries and keys."""
    return q @ np.swapaxes(k, -1, -2) / np.sqrt(q.shape[-1])


def scores_by_einsum(q, k):
    """Return the same, the axes named."""
    return np.einsum("...qd,...kd->...qk", q, k) * q.shape[-1] ** -0.5


def scores_with_split_scale(q, k):
    """Return the same, each side divided by the fourth root of d."""
    root = q.shape[-1] ** 0.25
    return (q / root) @ np.moveaxis(k / root, -1, -2)


def attention_weights(q, k):
    """Return softmax over the keys of the scaled dot products."""
    scores = q @ np.swapaxes(k, -1, -2) / np.sqrt(q.shape[-1])
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def weights_through_logs(q, k):
    """Return the same: exp of the scores less their log-sum-exp."""
    scores = np.einsum("...qd,...kd->...qk", q, k) / q.shape[-1] ** 0.5
    return np.exp(scores - np.logaddexp.reduce(scores, axis=-1, keepdims=True))


def attention(q, k, v):
    """Return the values averaged with softmax weights."""
    scores = q @ np.swapaxes(k, -1, -2) / np.sqrt(q.shape[-1])
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights = exponentials / exponentials.sum(axis=-1, keepdims=True)
    return weights @ v


def attention_dividing_last(q, k, v):
    """Return the same: the normaliser may wait until after the values are added up."""
    scores = scores_by_einsum(q, k)
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return (exponentials @ v) / exponentials.sum(axis=-1)[..., None]


def attention_by_einsum(q, k, v):
    """Return the same, the axes named."""
    return np.einsum("...qk,...ke->...qe", weights_through_logs(q, k), v)


def article_weights(query, keys):
    """Return the weights of one query: exp of each dot product over the sum of them all."""
    scores = keys @ query
    exponentials = np.exp(scores - scores.max())
    return exponentials / exponentials.sum()


def article_weights_unshifted(query, keys):
    """Return the same, safe because the scores are small here."""
    return np.exp(keys @ query) / np.exp(keys @ query).sum()


def article_weights_as_printed(query, keys):
    """Return what the article prints: the numerator alone."""
    return np.exp(keys @ query)


def one_query_probes(rng):
    """Return inputs for one query: keys and values differ in width and number."""
    return [
        Probe(
            "the worked example", (np.array([2.0, 0.0]), np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[10.0], [20.0]]))
        ),
        Probe("3 keys of width 4, values of width 2", (draw(rng, 4), draw(rng, 3, 4), draw(rng, 3, 2))),
        Probe("4 keys of width 4, values of width 4", (draw(rng, 4), draw(rng, 4, 4), draw(rng, 4, 4))),
        Probe("a single key", (draw(rng, 3), draw(rng, 1, 3), draw(rng, 1, 5))),
        Probe("scores of ±1000", (np.array([1000.0, 0.0]), np.array([[1.5, 0.2], [-1.5, 0.3]]), draw(rng, 2, 3))),
    ]


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


def triple_probes(rng):
    """Return queries, keys and values of the same variety."""
    widths = (3, 6, 4, 2, 6, 2)
    return [
        Probe(probe.label, (*probe.args, draw(rng, *probe.args[1].shape[:-1], width)))
        for probe, width in zip(pair_probes(rng), widths, strict=True)
    ]


def article_probes(rng):
    """Return one query and its keys, without a scale: the article's section 1 has none."""
    return [
        Probe("the worked example", (np.array([1.0, 0.0]), np.array([[np.log(3.0), 5.0], [0.0, 2.0]]))),
        Probe("a single key", (draw(rng, 4), draw(rng, 1, 4))),
        Probe(
            "a negative score for every key", (np.array([1.0, 0.0]), np.array([[-1.0, 2.0], [-2.0, 1.0], [-0.5, 7.0]]))
        ),
        Probe("5 keys of width 3", (draw(rng, 3, scale=1.0), draw(rng, 5, 3, scale=1.0))),
    ]


def rows_sum_to_one(weights, *args):
    """Return whether each row of weights sums to 1."""
    return np.allclose(np.sum(weights, axis=-1), 1)


def columns_sum_to_one(weights, *args):
    """Return whether each column of weights sums to 1."""
    return np.ndim(weights) > 1 and np.allclose(np.sum(weights, axis=-2), 1)


def nothing_negative(weights, *args):
    """Return whether no weight is negative."""
    return bool(np.all(np.asarray(weights) >= 0))


def within_values(output, q, k, v):
    """Return whether every output lies between the smallest and the largest value of its column."""
    low, high = v.min(axis=-2, keepdims=True), v.max(axis=-2, keepdims=True)
    return bool(np.all((output >= low - 1e-9) & (output <= high + 1e-9)))


SUMS = Property("each row sums to 1", rows_sum_to_one)
POSITIVE = Property("no weight is negative", nothing_negative)
BETWEEN = Property("each output lies between the smallest and the largest value", within_values)

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

ATTEND_ONE = Exercise(
    reference=attend_one,
    returns="what the query reads, as wide as a value: (e,)",
    probes=one_query_probes,
    mistakes=(
        edit("no scale", VARIANCE, (" / np.sqrt(len(query))", "")),
        edit("divides by d, not its root", VARIANCE, ("np.sqrt(len(query))", "len(query)")),
        edit("no normaliser", "Do the weights of the query sum to 1?", ("exponential / total", "exponential")),
        edit(
            "averages the keys",
            "What gets averaged: what was matched, or what is stored under it?",
            ("zip(exponentials, values", "zip(exponentials, keys"),
            ("values.shape[1]", "keys.shape[1]"),
        ),
        edit(
            "every key weighs the same",
            "Change the query. Does your output change?",
            ("exponential / total", "1 / len(keys)"),
        ),
        edit(
            "takes the best match alone",
            "This is a hard lookup. What does a softmax do instead of picking one?",
            ("exponential / total * value", "(exponential == max(exponentials)) * value"),
        ),
        edit(
            "no maximum subtracted",
            "What is exp(1000)? What may you subtract from every score?",
            ("np.exp(score - largest)", "np.exp(np.float64(score))"),
        ),
    ),
    equivalents=(attend_one_as_matrices,),
    hints=(
        "Three steps: compare the query with each key, turn the scores into weights, average the values.",
        "A score is a dot product over the root of the width. The weights are exp(score - largest) over their sum.",
        "weights = [...] as in chapter 2, then output = sum of weights[i] * values[i] over i.",
    ),
)

ATTENTION_SCORES = Exercise(
    reference=attention_scores,
    returns="scores, one row a query and one column a key: (..., q, k)",
    probes=pair_probes,
    mistakes=SCALE_MISTAKES + PRODUCT_MISTAKES,
    equivalents=(scores_by_einsum, scores_with_split_scale),
    hints=(
        "Every query meets every key: that is one product of two matrices, and chapter 1 had it.",
        "k has shape (..., k, d); to multiply from the right it must become (..., d, k). Which two axes swap?",
        "q @ np.swapaxes(k, -1, -2), divided by the root of q.shape[-1].",
    ),
    properties=(),
)

ATTENTION_WEIGHTS = Exercise(
    reference=attention_weights,
    returns="weights, one row a query and one column a key: (..., q, k)",
    probes=pair_probes,
    mistakes=(
        *SCALE_MISTAKES,
        *PRODUCT_MISTAKES,
        *SOFTMAX_MISTAKES,
        edit(
            "returns the scores",
            "These are scores. What turns a row of scores into weights?",
            ("return exponentials / exponentials.sum(axis=-1, keepdims=True)", "return scores"),
        ),
    ),
    equivalents=(weights_through_logs,),
    hints=(
        "Scores first, then chapter 2: each row through a softmax.",
        "A row belongs to one query, so the softmax runs along the last axis, with keepdims=True.",
        "mha.softmax(mha.attention_scores(q, k)) is all of it; write it out once by hand.",
    ),
    properties=(SUMS, POSITIVE),
)

ATTENTION = Exercise(
    reference=attention,
    returns="outputs, one row a query, as wide as a value: (..., q, e)",
    probes=triple_probes,
    mistakes=(
        *SCALE_MISTAKES,
        PRODUCT_MISTAKES[1],
        *SOFTMAX_MISTAKES,
        edit(
            "averages the keys",
            "What gets averaged: what was matched, or what is stored under it?",
            ("weights @ v", "weights @ k"),
        ),
        edit(
            "every key weighs the same",
            "Change a query. Does your output change?",
            ("weights @ v", "np.ones_like(weights) / weights.shape[-1] @ v"),
        ),
        edit(
            "scale after the softmax",
            "Do the weights still sum to 1 when they meet the values?",
            (" " + SCALE, ""),
            ("weights @ v", "weights @ v " + SCALE),
        ),
    ),
    equivalents=(attention_dividing_last, attention_by_einsum),
    hints=(
        "The weights say how much of each value. Which product of two matrices adds that up over the keys?",
        "weights have shape (..., q, k) and v has shape (..., k, e): the keys are what is summed over.",
        "mha.attention_weights(q, k) @ v",
    ),
    properties=(BETWEEN,),
)

ARTICLE_WEIGHTS = Exercise(
    reference=article_weights,
    returns="the weights of one query, one a key: (k,)",
    probes=article_probes,
    mistakes=(
        rewrite(
            "the numerator alone", "Do your weights sum to 1? What must each be divided by?", article_weights_as_printed
        ),
        edit(
            "divides by the sum of the scores",
            "The normaliser must turn this very list into shares of 1.",
            ("exponentials / exponentials.sum()", "np.exp(scores) / scores.sum()"),
        ),
        edit(
            "divides the scores, without exp",
            "Can a weight be negative? What does exp do to a negative score?",
            ("return exponentials / exponentials.sum()", "return scores / scores.sum()"),
        ),
        edit(
            "divides by the largest",
            "Divided by the largest, the best key gets weight 1. What is left for the others?",
            ("return exponentials / exponentials.sum()", "return exponentials"),
        ),
        edit(
            "divides by the number of keys",
            "Would this sum to 1 for other scores?",
            ("return exponentials / exponentials.sum()", "return np.exp(scores) / len(keys)"),
        ),
    ),
    equivalents=(article_weights_unshifted,),
    hints=(
        "Add up the weights that the printed formula gives. What should that sum be?",
        "Each weight is a share of a whole. The whole is the sum of all the exponentials.",
        "np.exp(scores) / np.exp(scores).sum(), with scores = keys @ query.",
    ),
    properties=(SUMS, POSITIVE),
)


def expose_attention():
    """Return queries, keys and values on which every broken version differs from attention."""
    q = np.array([[2.0, -1.0], [0.5, 3.0], [-1.0, 1.0]])
    k = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [2.0, -1.0], [-1.0, 0.5]])
    v = np.array([[1.0, 2.0], [3.0, 5.0], [8.0, -13.0], [21.0, 34.0], [-55.0, 0.0]])
    return q, k, v


def expose_attention_batched():
    """Return the same with a batch axis."""
    return tuple(x[None] for x in expose_attention())


def _one_dimensional():
    return np.array([[2.0], [0.5]]), np.array([[1.0], [3.0], [-2.0]]), np.array([[1.0], [2.0], [5.0]])


def _as_many_keys_as_the_width():
    q, k, v = expose_attention()
    return q, k[:2], v[:2]


def _keys_are_values():
    q, k, _ = expose_attention()
    return q, k, k


def _zero_queries():
    q, k, v = expose_attention()
    return np.zeros_like(q), k, v


EXPOSE_ATTENTION = Exposure(
    reference=expose_attention,
    target=ATTENTION,
    mistakes=(
        misses("no scale", "At which width is the root of d equal to 1?", _one_dimensional),
        misses("divides by d, not its root", "At which width is d its own root?", _one_dimensional),
        misses(
            "scales by the number of keys", "When are d and the number of keys the same?", _as_many_keys_as_the_width
        ),
        misses("averages the keys", "When do keys and values not differ?", _keys_are_values),
        misses("every key weighs the same", "Which query makes every score equal?", _zero_queries),
        misses(
            "softmax over everything",
            "With how many queries is everything one row?",
            lambda: tuple(x[:1] for x in expose_attention()[:1]) + expose_attention()[1:],
        ),
    ),
    hints=(
        "A broken version survives where its mistake makes no difference. Where does dividing by 1 make none?",
        "Choose the width, the number of queries, the number of keys and the width of the values all different.",
        "Three queries and five keys of width 2, values that are not the keys, nothing zero and nothing symmetric.",
    ),
    equivalents=(expose_attention_batched,),
    returns="a tuple (q, k, v)",
)

EXERCISES = (ATTEND_ONE, ATTENTION_SCORES, ATTENTION_WEIGHTS, ATTENTION, ARTICLE_WEIGHTS, EXPOSE_ATTENTION)

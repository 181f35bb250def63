"""Exercises of chapter 5: project, the article's formula, self- and cross-attention, mutants, order, parameters."""

import numpy as np

from mha_lib import projections as library
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.diagnosis.exposure import Exposure, misses
from mha_lib.masks import masked_softmax
from mha_lib.softmax import softmax

OUT_IN = "nn.Linear stores (d_out, d_in). What shape has w here, and does it need turning?"
THREE_ROLES = "Asking, offering and giving are three roles. Which matrix plays which?"
WHICH_AXIS = "Which axis does one query own? Its weights must sum to 1 along that axis."
VARIANCE = "What is the variance of a sum of d products of unit variance? And its standard deviation?"
READ_ALOUD = "Read the mask aloud: True means the query may attend. Where does your code let it?"


def project(x, w, bias=None):
    """Return each token times the matrix, plus the bias."""
    output = x @ w
    if bias is not None:
        output = output + bias
    return output


def project_by_einsum(x, w, bias=None):
    """Return the same, the axes named, the bias always added."""
    return np.einsum("...ni,io->...no", x, w) + (0.0 if bias is None else bias)


def project_by_columns(x, w, bias=None):
    """Return the same, one output number at a time for all tokens."""
    columns = [np.sum(x * column, axis=-1) for column in w.T]
    output = np.stack(columns, axis=-1)
    return output if bias is None else output + bias


def project_with_a_row_of_ones(x, w, bias=None):
    """Return the same: the bias is one more row of w, for a feature that is always 1."""
    if bias is None:
        return x @ w
    ones = np.ones((*x.shape[:-1], 1))
    return np.concatenate([x, ones], axis=-1) @ np.vstack([w, bias])


def self_attention(x, w_q, w_k, w_v, mask=None):
    """Return what each token reads from its own sequence."""
    q, k, v = x @ w_q, x @ w_k, x @ w_v
    scores = q @ np.swapaxes(k, -1, -2) / np.sqrt(q.shape[-1])
    weights = masked_softmax(scores, mask)
    return weights @ v


def self_attention_through_one_matrix(x, w_q, w_k, w_v, mask=None):
    """Return the same: w_q and w_k multiplied first, the values projected last."""
    bilinear = w_q @ w_k.T / np.sqrt(w_q.shape[1])
    weights = masked_softmax(x @ bilinear @ np.swapaxes(x, -1, -2), mask)
    return (weights @ x) @ w_v


def self_attention_packed(x, w_q, w_k, w_v, mask=None):
    """Return the same: one product for all three, then cut; scores by einsum; the mask as a bias of minus infinity."""
    width = w_q.shape[1]
    q, k, v = np.split(x @ np.concatenate([w_q, w_k, w_v], axis=1), [width, 2 * width], axis=-1)
    scores = np.einsum("...qd,...kd->...qk", q * width**-0.5, k)
    if mask is not None:
        scores = scores + np.where(mask, 0.0, -np.inf)
    exponentials = np.exp(scores - np.maximum(scores.max(axis=-1, keepdims=True), -1e300))
    return exponentials @ v / np.maximum(exponentials.sum(axis=-1, keepdims=True), 1e-300)


def cross_attention(x, memory, w_q, w_k, w_v, mask=None):
    """Return what each token of x reads from the tokens of memory."""
    q, k, v = x @ w_q, memory @ w_k, memory @ w_v
    scores = q @ np.swapaxes(k, -1, -2) / np.sqrt(q.shape[-1])
    weights = masked_softmax(scores, mask)
    return weights @ v


def cross_attention_projecting_last(x, memory, w_q, w_k, w_v, mask=None):
    """Return the same: the queries carried to the memory's own features, the values projected after the mixing."""
    scores = (x @ w_q @ w_k.T) @ np.swapaxes(memory, -1, -2) / np.sqrt(w_k.shape[1])
    return (masked_softmax(scores, mask) @ memory) @ w_v


def article_self_attention(x, w_q, w_k, w_v):
    """Return the article's self-attention with its values: the weights times what each token gives."""
    q, k, v = x @ w_q, x @ w_k, x @ w_v
    scores = q @ np.swapaxes(k, -1, -2) / np.sqrt(q.shape[-1])
    weights = softmax(scores)
    return weights @ v


def article_self_attention_projecting_last(x, w_q, w_k, w_v):
    """Return the same: mix the tokens, then project the mixture."""
    scores = (x @ w_q) @ np.swapaxes(x @ w_k, -1, -2) * w_q.shape[1] ** -0.5
    return softmax(scores) @ x @ w_v


def permutation_gap(attend, x, order):
    """Return the largest difference between attending to reordered tokens and reordering what was attended to."""
    attended_last = attend(x[order])
    reordered_last = attend(x)[order]
    return np.abs(attended_last - reordered_last).max()


def permutation_gap_putting_back(attend, x, order):
    """Return the same: attend to the reordered tokens, put them back, compare with the undisturbed output."""
    return np.max(np.abs(attend(x[order])[np.argsort(order)] - attend(x)))


def permutation_gap_by_matrix(attend, x, order):
    """Return the same, with a permutation matrix."""
    p = np.eye(len(x))[order]
    return float(np.linalg.norm((attend(p @ x) - p @ attend(x)).ravel(), np.inf))


def num_projection_parameters(d_model, d_head, d_value, bias=False):
    """Return how many numbers three matrices hold, and three biases."""
    columns = 2 * d_head + d_value
    return d_model * columns + (columns if bias else 0)


def count_by_making_them(d_model, d_head, d_value, bias=False):
    """Return the same, by counting matrices that have one more row for a bias."""
    return sum(np.zeros((d_model + int(bias), width)).size for width in (d_head, d_head, d_value))


def softmax_over_queries(scores, mask):
    """Return softmax down the columns, which is the wrong way."""
    turned = None if mask is None else np.swapaxes(mask, -1, -2)
    return np.swapaxes(masked_softmax(np.swapaxes(scores, -1, -2), turned), -1, -2)


def filled(scores, mask, fill):
    """Return the scores with a number in each hidden place, and no care for a query that may attend to nothing."""
    return softmax(scores if mask is None else np.where(mask, scores, fill))


def matrices(rng, d_model, d_head, d_value):
    """Return w_q, w_k and w_v: all different, none symmetric."""
    return draw(rng, d_model, d_head, scale=0.9), draw(rng, d_model, d_head, scale=0.9), draw(rng, d_model, d_value)


RAGGED = np.array(
    [[True, False, True, True], [False, True, True, False], [True, True, False, True], [True, False, False, True]]
)
EMPTY_ROW = np.array(
    [[True, False, True, True], [False, False, False, False], [True, True, False, True], [False, True, True, False]]
)


def project_probes(rng):
    """Return tokens, a matrix, sometimes a bias: ragged, square so that slips are silent, one token, batches."""
    return [
        Probe("the worked example", (np.array([[1.0, 2.0]]), np.array([[1.0, 0.0, 3.0], [0.0, 1.0, 4.0]]))),
        Probe(
            "2 tokens of width 2 with a bias",
            (np.array([[1.0, 0.0], [2.0, 1.0]]), np.array([[3.0, 1.0], [0.0, 2.0]]), np.array([10.0, 20.0])),
        ),
        Probe("3 tokens of width 3, projected to 3 without a bias", (draw(rng, 3, 3), draw(rng, 3, 3))),
        Probe("4 tokens of width 3, projected to 2", (draw(rng, 4, 3), draw(rng, 3, 2), draw(rng, 2))),
        Probe("a batch of 1 sequence of 1 token", (draw(rng, 1, 1, 4), draw(rng, 4, 2), draw(rng, 2))),
        Probe("a batch of 3 sequences of 3 tokens of width 3", (draw(rng, 3, 3, 3), draw(rng, 3, 3), draw(rng, 3))),
        Probe("a batch of 2 sequences with a bias", (draw(rng, 2, 3, 4), draw(rng, 4, 5), draw(rng, 5))),
        Probe("3 tokens of width 3 with a bias", (draw(rng, 3, 3), draw(rng, 3, 3), draw(rng, 3))),
    ]


def self_probes(rng):
    """Return tokens and three matrices: ragged, square, one token, a batch with padding, masks."""
    worked = (np.eye(2), np.array([[np.log(3.0)], [0.0]]), np.array([[0.0], [1.0]]), np.array([[4.0], [8.0]]))
    padding = np.array([[[True, True, False]], [[False, True, True]]])
    return [
        Probe("the worked example", worked),
        Probe("a batch of 1 sequence of 1 token", (draw(rng, 1, 1, 3), *matrices(rng, 3, 2, 2))),
        Probe("4 tokens of width 3, a head of width 2, values of width 5", (draw(rng, 4, 3), *matrices(rng, 3, 2, 5))),
        Probe("3 tokens, every width 3", (draw(rng, 3, 3), *matrices(rng, 3, 3, 3))),
        Probe("a batch of 2 sequences with padding", (draw(rng, 2, 3, 4), *matrices(rng, 4, 2, 2), padding)),
        Probe("4 tokens and a ragged mask", (draw(rng, 4, 3), *matrices(rng, 3, 2, 2), RAGGED)),
        Probe("a query that may attend to nothing", (draw(rng, 4, 2), *matrices(rng, 2, 2, 2), EMPTY_ROW)),
    ]


def cross_probes(rng):
    """Return tokens, a memory and three matrices, of the same variety."""
    worked = (np.array([[1.0, 0.0]]), np.array([[0.0, 1.0], [1.0, 1.0]]))
    worked_matrices = (np.array([[np.log(3.0)], [5.0]]), np.array([[1.0], [0.0]]), np.array([[4.0], [8.0]]))
    padding = np.array([[[True, True, True, False, False]], [[True, False, True, True, True]]])
    return [
        Probe("the worked example", (*worked, *worked_matrices)),
        Probe("3 tokens reading 5, no two widths alike", (draw(rng, 3, 4), draw(rng, 5, 4), *matrices(rng, 4, 2, 6))),
        Probe("3 tokens reading 3, every width 3", (draw(rng, 3, 3), draw(rng, 3, 3), *matrices(rng, 3, 3, 3))),
        Probe("1 token reading 4, a batch of 1", (draw(rng, 1, 1, 3), draw(rng, 1, 4, 3), *matrices(rng, 3, 2, 2))),
        Probe("4 tokens and a ragged mask", (draw(rng, 4, 3), draw(rng, 4, 3), *matrices(rng, 3, 2, 2), RAGGED)),
        Probe(
            "a batch of 2 with a padded memory",
            (draw(rng, 2, 3, 4), draw(rng, 2, 5, 4), *matrices(rng, 4, 2, 2), padding),
        ),
        Probe(
            "a query that may attend to nothing",
            (draw(rng, 4, 2), draw(rng, 4, 2), *matrices(rng, 2, 2, 2), EMPTY_ROW),
        ),
    ]


def article_probes(rng):
    """Return the tokens and matrices of self-attention without a mask."""
    return [probe for probe in self_probes(rng) if len(probe.args) == 4]


def running_sum(x):
    """Return for each token the sum of the tokens so far: the order matters."""
    return np.cumsum(x, axis=0)


def less_the_mean(x):
    """Return each token less the mean of all: the order does not matter."""
    return x - x.mean(axis=0)


def one_head(rng, d_model):
    """Return self-attention with matrices of its own."""
    w = matrices(rng, d_model, 2, 3)

    def head(x):
        return self_attention(x, *w)

    return head


def one_causal_head(rng, d_model):
    """Return self-attention that looks back only: the order matters."""
    w = matrices(rng, d_model, 2, 3)

    def causal_head(x):
        return self_attention(x, *w, np.tri(len(x), dtype=bool))

    return causal_head


def order_probes(rng):
    """Return functions of a sequence, tokens and an order; no order is its own inverse."""
    column, turn, mixed = np.array([[1.0], [2.0], [4.0]]), np.array([1, 2, 0]), np.array([2, 0, 3, 4, 1])
    return [
        Probe("the worked example", (running_sum, column, turn)),
        Probe("a running sum of negative numbers", (running_sum, -column, turn)),
        Probe("a running sum of 3 tokens of width 3", (running_sum, draw(rng, 3, 3), np.array([2, 0, 1]))),
        Probe("4 tokens less their mean", (less_the_mean, draw(rng, 4, 2), np.array([1, 3, 0, 2]))),
        Probe("a head that sees every token", (one_head(rng, 4), draw(rng, 5, 4), mixed)),
        Probe("a head that looks back only", (one_causal_head(rng, 5), draw(rng, 5, 5), mixed)),
    ]


def parameter_probes(rng):
    """Return widths, no two alike and all alike, with and without biases."""
    few = [int(width) for width in rng.permutation(np.arange(5, 12))[:3]]
    return [
        Probe("the worked example", (4, 2, 3)),
        Probe("the worked example with biases", (4, 2, 3, True)),
        Probe("three widths of 5", (5, 5, 5)),
        Probe("widths of 1 with biases", (1, 1, 1, True)),
        Probe("no two widths alike", (*few, True)),
        Probe("the base model of Vaswani et al., one head", (512, 64, 64)),
    ]


def between_the_values(output, tokens, w_v):
    """Return whether every output lies between the smallest and the largest value of its column, or is 0."""
    values = tokens @ w_v
    low, high = values.min(axis=-2, keepdims=True), values.max(axis=-2, keepdims=True)
    inside = (output >= low - 1e-9) & (output <= high + 1e-9)
    return bool(np.all(inside | (np.asarray(output) == 0)))


BETWEEN = "each output lies between the smallest and the largest value"
SELF_BETWEEN = Property(BETWEEN, lambda y, x, w_q, w_k, w_v, mask=None: between_the_values(y, x, w_v))
CROSS_BETWEEN = Property(BETWEEN, lambda y, x, memory, w_q, w_k, w_v, mask=None: between_the_values(y, memory, w_v))
NOT_NEGATIVE = Property("the gap is not negative", lambda gap, *args: bool(np.all(np.asarray(gap) >= 0)))

NORMALISE = "masked_softmax(scores, mask)"
SCORE_MISTAKES = (
    edit("no scale", VARIANCE, (" / np.sqrt(q.shape[-1])", "")),
    edit("divides by d_head, not its root", VARIANCE, ("np.sqrt(q.shape[-1])", "q.shape[-1]")),
    edit(
        "scales by the root of d_model",
        "Which vectors are dotted: the tokens, or their projections? How wide are those?",
        ("np.sqrt(q.shape[-1])", "np.sqrt(x.shape[-1])"),
    ),
    edit(
        ".T on a batch",
        "What does .T do to three axes? You want the last two swapped, np.swapaxes(k, -1, -2).",
        ("np.swapaxes(k, -1, -2)", "k.T"),
    ),
)
MASK_MISTAKES = (
    edit("mask ignored", "Hide a key from everybody. Does your output change?", (NORMALISE, "softmax(scores)")),
    edit("mask inverted", READ_ALOUD, (NORMALISE, "masked_softmax(scores, None if mask is None else ~mask)")),
    edit(
        "mask after the softmax",
        "Do the weights that remain still sum to 1? Where did the lost share go?",
        (NORMALISE, "softmax(scores) * (1.0 if mask is None else mask)"),
    ),
    edit(
        "NaN where a query may attend to nothing",
        "A row of minus infinities is 0/0. Which convention did chapter 4 choose for it?",
        (NORMALISE, "filled(scores, mask, -np.inf)"),
    ),
    edit(
        "a large finite number for minus infinity",
        "All scores of a row are your fill. What does softmax make of equal scores?",
        (NORMALISE, "filled(scores, mask, -1e9)"),
    ),
)
OVER_QUERIES = edit("softmax over the queries", WHICH_AXIS, (NORMALISE, "softmax_over_queries(scores, mask)"))

PROJECT = Exercise(
    reference=library.project,
    worked=project,
    returns="the projected tokens, as wide as the matrix has columns: (..., n, d_out)",
    probes=project_probes,
    mistakes=(
        edit("matrix transposed, as nn.Linear stores it", OUT_IN, ("x @ w", "x @ w.T")),
        edit("bias forgotten", "Make every token zero. What should come out?", ("output + bias", "output")),
        edit(
            "bias added twice",
            "Make every token zero. What should come out, and what does?",
            ("output + bias", "output + bias + bias"),
        ),
        edit(
            "bias before the product",
            "Is the bias as wide as a token, or as wide as what comes out?",
            ("output = x @ w", "output = (x if bias is None else x + bias) @ w"),
            ("output + bias", "output"),
        ),
        edit(
            "one bias a token",
            "Does the bias hold one number for each token, or one for each column that comes out?",
            ("output + bias", "output + bias[:, None]"),
        ),
        edit(
            "mixes the tokens",
            "Change token 1. Whose output changes? A projection lets no token see another.",
            ("x @ w", "w @ x"),
        ),
        edit(
            "mixes the tokens, with the matrix transposed",
            "Change token 1. Whose output changes? A projection lets no token see another.",
            ("x @ w", "w.T @ x"),
        ),
        edit(
            "multiplies entry by entry",
            "Each output number is a dot product of a token with a column. What does * do?",
            ("x @ w", "x * w"),
        ),
        edit(
            ".T on a batch",
            "What does .T do to three axes? Need the tokens be turned at all?",
            ("x @ w", "(w.T @ x.T).T"),
        ),
        edit(
            "asks whether the bias is true",
            "Is an array of several numbers true or false? What do you want to know about the bias?",
            ("if bias is not None:", "if bias:"),
        ),
    ),
    equivalents=(project_by_einsum, project_by_columns, project_with_a_row_of_ones),
    hints=(
        "One token is a row. Each number that comes out is its dot product with one column of w.",
        "A row times a matrix, for all rows at once, is one product of two matrices. Which stands on the left?",
        "x @ w, and + bias where bias is not None: NumPy adds it to each row.",
    ),
)

ARTICLE_SELF_ATTENTION = Exercise(
    reference=article_self_attention,
    returns="outputs, one row a token, as wide as w_v has columns: (..., n, e)",
    probes=article_probes,
    mistakes=(
        edit(
            "the weights alone",
            "Your rows sum to 1: they say where to look. What was read there?",
            ("weights @ v", "weights"),
        ),
        edit(
            "mixes the keys",
            "What gets averaged: what a token is found by, or what it gives?",
            ("weights @ v", "weights @ k"),
        ),
        edit(
            "mixes the tokens, unprojected",
            "What does a token give away: all of itself, or what w_v takes from it?",
            ("weights @ v", "weights @ x"),
        ),
        edit(
            "multiplies entry by entry",
            "The output of a query is a sum over all keys. Does * add anything up?",
            ("weights @ v", "weights * v"),
        ),
        edit(
            "values on the left",
            "weights are (queries, keys), v is (keys, e). Which axis is to be summed over?",
            ("weights @ v", "v @ weights"),
        ),
        edit(
            "values inside the softmax",
            "Softmax makes weights. Are values to become weights?",
            ("weights @ v", "softmax(scores @ v)"),
        ),
        edit(
            "scale after the softmax",
            "What does the root divide in the formula: the scores, or the weights?",
            (" / np.sqrt(q.shape[-1])", ""),
            ("weights @ v", "weights @ v / np.sqrt(q.shape[-1])"),
        ),
        edit(
            "weights transposed",
            "Each row of weights belongs to one query. Whose weights make your first row?",
            ("weights @ v", "np.swapaxes(weights, -1, -2) @ v"),
        ),
    ),
    equivalents=(article_self_attention_projecting_last,),
    hints=(
        "Look at the shape that the printed formula gives. What should one row for each token hold?",
        "The weights say how much of each token. Of what, is missing.",
        "weights @ v, with v = x @ w_v.",
    ),
    properties=(SELF_BETWEEN,),
)

SELF_ATTENTION = Exercise(
    reference=library.self_attention,
    worked=self_attention,
    returns="outputs, one row a token, as wide as w_v has columns: (..., n, e)",
    probes=self_probes,
    mistakes=(
        edit(
            "one projection for queries, keys and values",
            "Could one token attend to another without being attended to? " + THREE_ROLES,
            ("x @ w_k, x @ w_v", "x @ w_q, x @ w_q"),
        ),
        edit(
            "keys share the queries' projection",
            "Are your scores symmetric? Could 'small' look at 'mouse' and 'mouse' not look back?",
            ("x @ w_k", "x @ w_q"),
        ),
        edit(
            "queries share the keys' projection",
            "Are your scores symmetric? Could 'small' look at 'mouse' and 'mouse' not look back?",
            ("x @ w_q", "x @ w_k"),
        ),
        edit("w_q and w_k swapped", "Rows are queries. Which matrix asks?", ("x @ w_q, x @ w_k", "x @ w_k, x @ w_q")),
        edit("queries and keys not projected", THREE_ROLES, ("x @ w_q, x @ w_k", "x, x")),
        edit(
            "values not projected",
            "What does a token give away: all of itself, or what w_v takes from it?",
            ("x @ w_v", "x"),
        ),
        edit("values take the keys' projection", THREE_ROLES, ("x @ w_v", "x @ w_k")),
        edit(
            "matrices transposed, as nn.Linear stores them",
            "nn.Linear stores (out, in). What shape has w_q here?",
            ("w_q, x", "w_q.T, x"),
            ("w_k, x", "w_k.T, x"),
            ("x @ w_v", "x @ w_v.T"),
        ),
        *SCORE_MISTAKES,
        edit(
            "scales by the root of the number of tokens",
            "What in the sum grows: the width, or the number of tokens?",
            ("np.sqrt(q.shape[-1])", "np.sqrt(q.shape[-2])"),
        ),
        OVER_QUERIES,
        *MASK_MISTAKES,
    ),
    equivalents=(self_attention_through_one_matrix, self_attention_packed),
    hints=(
        "Five steps: project, score, mask, normalise, mix. Chapters 3 and 4 did the last four.",
        "Queries, keys and values are three projections of the same x. Then it is attention as you know it.",
        "mha.attention(x @ w_q, x @ w_k, x @ w_v, mask); write the five lines out once.",
    ),
    properties=(SELF_BETWEEN,),
)

CROSS_ATTENTION = Exercise(
    reference=library.cross_attention,
    worked=cross_attention,
    returns="outputs, one row for each token of x, as wide as w_v has columns: (..., q, e)",
    probes=cross_probes,
    mistakes=(
        edit(
            "keys and values from x",
            "Whose information is being read? Change the memory: does your output change?",
            ("memory @ w_k, memory @ w_v", "x @ w_k, x @ w_v"),
        ),
        edit(
            "only the values from x",
            "The query found a token of the memory. Whose value should it carry home?",
            ("memory @ w_v", "x @ w_v"),
        ),
        edit(
            "only the keys from x",
            "Each value needs the key that it is found by. Where does that key come from?",
            ("memory @ w_k", "x @ w_k"),
        ),
        edit(
            "queries from the memory",
            "Who asks? There must be one output for each of those.",
            ("x @ w_q", "memory @ w_q"),
        ),
        edit(
            "x and memory exchanged",
            "Who asks, and who is read?",
            ("x @ w_q, memory @ w_k, memory @ w_v", "memory @ w_q, x @ w_k, x @ w_v"),
        ),
        edit(
            "x reads itself as well",
            "How many keys are there? One for each token of the memory, and no more.",
            (
                "memory @ w_k, memory @ w_v",
                "np.concatenate([x, memory], -2) @ w_k, np.concatenate([x, memory], -2) @ w_v",
            ),
        ),
        edit("keys share the queries' projection", THREE_ROLES, ("memory @ w_k", "memory @ w_q")),
        edit(
            "w_q and w_k swapped",
            "The tokens of x ask. Which matrix asks?",
            ("x @ w_q, memory @ w_k", "x @ w_k, memory @ w_q"),
        ),
        edit(
            "values not projected",
            "What does a token of the memory give away: all of itself, or what w_v takes from it?",
            ("memory @ w_v", "memory"),
        ),
        edit("values take the keys' projection", THREE_ROLES, ("memory @ w_v", "memory @ w_k")),
        *SCORE_MISTAKES,
        OVER_QUERIES,
        *MASK_MISTAKES,
        edit(
            "mask transposed",
            "A mask has a row for each query and a column for each key. Which sequence gives the rows?",
            (NORMALISE, "masked_softmax(scores, None if mask is None else np.swapaxes(mask, -1, -2))"),
        ),
    ),
    equivalents=(cross_attention_projecting_last,),
    hints=(
        "Only the first of the five steps differs from self-attention: what is projected.",
        "Queries are made from x. Keys and values are made from memory.",
        "mha.attention(x @ w_q, memory @ w_k, memory @ w_v, mask)",
    ),
    properties=(CROSS_BETWEEN,),
)

PERMUTATION_GAP = Exercise(
    reference=library.permutation_gap,
    worked=permutation_gap,
    returns="one number, the largest absolute difference",
    probes=order_probes,
    mistakes=(
        edit(
            "compares with the old order",
            "Token 0 of x[order] is not token 0 of x. Which output of attend(x) belongs to it?",
            ("attend(x)[order]", "attend(x)"),
        ),
        edit(
            "reorders the output alone",
            "Both ways must reorder once: one before attending, one after. Which of yours does not?",
            ("attend(x[order])", "attend(x)"),
        ),
        edit(
            "reorders the outputs twice",
            "Both ways must reorder once: one before attending, one after. How often do yours?",
            ("attend(x)[order]", "attend(x)[order][order]"),
        ),
        edit(
            "puts back instead of reordering",
            "x[order] puts token order[0] first. What does np.argsort(order) put first?",
            ("attend(x)[order]", "attend(x)[np.argsort(order)]"),
        ),
        edit(
            "reorders the features",
            "Tokens are rows. Which axis does your index work on?",
            ("x[order]", "x[:, order]"),
            ("attend(x)[order]", "attend(x)[:, order]"),
        ),
        edit(
            "keeps the sign",
            "Is a difference of -6 smaller than one of 1? How far apart are they?",
            ("np.abs(attended_last - reordered_last)", "(attended_last - reordered_last)"),
        ),
        edit(
            "the mean, not the largest", "A single wrong token must show. What does a mean do to it?", (".max", ".mean")
        ),
        edit("the sum, not the largest", "Should twice as many tokens make a larger gap?", (".max", ".sum")),
        edit(
            "a gap for each token",
            "How many numbers are asked for?",
            (".max()", ".max(axis=-1)"),
        ),
        edit(
            "compares the largest entries",
            "Two outputs with the same largest entry may differ elsewhere. Subtract first, or take the largest first?",
            ("np.abs(attended_last - reordered_last).max()", "np.abs(attended_last.max() - reordered_last.max())"),
        ),
        edit(
            "says only whether they agree",
            "How far apart are they? A number says more than yes or no.",
            ("np.abs(attended_last - reordered_last).max()", "np.allclose(attended_last, reordered_last)"),
        ),
    ),
    equivalents=(permutation_gap_putting_back, permutation_gap_by_matrix),
    hints=(
        "Go two ways from x: reorder and then attend, or attend and then reorder. Compare where you end.",
        "x[order] reorders the tokens; attend(x)[order] reorders the outputs. Subtract one way from the other.",
        "np.abs(attend(x[order]) - attend(x)[order]).max()",
    ),
    properties=(NOT_NEGATIVE,),
)

PLAIN = "d_model * columns + (columns if bias else 0)"
NUM_PROJECTION_PARAMETERS = Exercise(
    reference=library.num_projection_parameters,
    returns="one whole number",
    probes=parameter_probes,
    mistakes=(
        edit("forgets w_v", "How many matrices does one head have?", ("2 * d_head + d_value", "2 * d_head")),
        edit("counts w_q and w_k once", "Is w_k the same matrix as w_q?", ("2 * d_head", "d_head")),
        edit(
            "gives w_v the width of a key",
            "Must a value be as wide as a key? Which argument says how wide it is?",
            ("2 * d_head + d_value", "3 * d_head"),
        ),
        edit(
            "makes every matrix d_model by d_model",
            "How many columns has w_q? As many as a query has numbers.",
            ("2 * d_head + d_value", "3 * d_model"),
        ),
        edit(
            "multiplies what should be added",
            "Three matrices side by side: do their columns add up, or multiply?",
            ("2 * d_head + d_value", "2 * d_head * d_value"),
        ),
        edit(
            "adds the sides of each matrix",
            "A matrix of 3 rows and 4 columns holds how many numbers?",
            ("d_model * columns", "3 * d_model + columns"),
        ),
        edit(
            "one bias a row",
            "A bias is added to what comes out. How wide is that?",
            ("(columns if bias", "(3 * d_model if bias"),
        ),
        edit(
            "a single bias number for each matrix", "A bias is a vector. How long?", ("(columns if bias", "(3 if bias")
        ),
        edit("only the queries have a bias", "Which projections have a bias?", ("(columns if bias", "(d_head if bias")),
        edit("biases forgotten", "What does bias=True add?", (PLAIN, "d_model * columns")),
        edit("always counts biases", "And without a bias?", (PLAIN, "d_model * columns + columns")),
        edit(
            "counts an output projection as well",
            "That matrix comes in the next chapter. Which three are here?",
            ("d_model * columns", "d_model * (columns + d_value)"),
        ),
    ),
    equivalents=(count_by_making_them,),
    hints=(
        "Write down the shape of each matrix. How many numbers does a matrix of that shape hold?",
        "w_q and w_k are (d_model, d_head), w_v is (d_model, d_value). A bias is as long as its matrix has columns.",
        "columns = 2 * d_head + d_value; each column has d_model numbers, and with biases one more.",
    ),
)


def expose_cross_attention():
    """Return x, memory, w_q, w_k and w_v on which every broken version differs from cross-attention."""
    x = np.array([[1.0, 0.0, 2.0], [0.0, -1.0, 1.0]])
    memory = np.array([[0.0, 2.0, 1.0], [1.0, 1.0, -1.0], [3.0, 0.0, 0.0], [-1.0, 2.0, 2.0]])
    w_q = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, -1.0]])
    w_k = np.array([[0.0, 1.0], [1.0, 2.0], [-1.0, 0.0]])
    w_v = np.array([[2.0, 1.0], [0.0, -3.0], [5.0, 4.0]])
    return x, memory, w_q, w_k, w_v


def expose_cross_attention_with_as_many_tokens():
    """Return the same with as many tokens on both sides, which are different all the same."""
    x, memory, *w = expose_cross_attention()
    return x, memory[:2], *w


def _memory_is_x():
    x, _, *w = expose_cross_attention()
    return x, x, *w


def _no_keys():
    x, memory, w_q, w_k, w_v = expose_cross_attention()
    return x, memory[:2], w_q, np.zeros_like(w_k), w_v


def _asks_as_it_offers():
    x, memory, w_q, _, w_v = expose_cross_attention()
    return x, memory, w_q, w_q, w_v


def _gives_as_it_offers():
    x, memory, w_q, w_k, _ = expose_cross_attention()
    return x, memory, w_q, w_k, w_k


def _identity_values():
    x, memory, w_q, w_k, _ = expose_cross_attention()
    return x, memory, w_q, w_k, np.eye(3)


def _one_memory_token():
    x, memory, *w = expose_cross_attention()
    return x, memory[:1], *w


EXPOSE_CROSS_ATTENTION = Exposure(
    reference=expose_cross_attention,
    target=CROSS_ATTENTION,
    mistakes=(
        misses("keys and values from x", "When is x its own memory?", _memory_is_x),
        misses("only the values from x", "When is x its own memory?", _memory_is_x),
        misses("only the keys from x", "Which w_k makes every key the same?", _no_keys),
        misses("queries from the memory", "When is x its own memory?", _memory_is_x),
        misses("keys share the queries' projection", "When do w_q and w_k not differ?", _asks_as_it_offers),
        misses("w_q and w_k swapped", "With a single key, does any score matter?", _one_memory_token),
        misses("values take the keys' projection", "When do w_v and w_k not differ?", _gives_as_it_offers),
        misses("values not projected", "Which matrix leaves a token as it is?", _identity_values),
    ),
    hints=(
        "A broken version survives where its mistake makes no difference. When is reading x like reading memory?",
        "Let x and memory differ, and in length too. Let no matrix equal another, nor the identity, nor zeros.",
        "Two tokens of width 3 reading four others; w_q, w_k and w_v of small whole numbers, none alike.",
    ),
    equivalents=(expose_cross_attention_with_as_many_tokens,),
    returns="a tuple (x, memory, w_q, w_k, w_v)",
)

EXERCISES = (
    PROJECT,
    ARTICLE_SELF_ATTENTION,
    SELF_ATTENTION,
    CROSS_ATTENTION,
    EXPOSE_CROSS_ATTENTION,
    PERMUTATION_GAP,
    NUM_PROJECTION_PARAMETERS,
)

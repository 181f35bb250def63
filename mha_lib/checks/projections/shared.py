"""What several exercises of this chapter share."""

import numpy as np

from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Probe, Property
from mha_lib.softmax import masked_softmax, softmax

THREE_ROLES = "Asking, offering and giving are three roles. Which matrix plays which?"
WHICH_AXIS = "Which axis does one query own? Its weights must sum to 1 along that axis."
VARIANCE = "What is the variance of a sum of d products of unit variance? And its standard deviation?"
READ_ALOUD = "Read the mask aloud: True means the query may attend. Where does your code let it?"


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


def between_the_values(output, tokens, w_v):
    """Return whether every output lies between the smallest and the largest value of its column, or is 0."""
    values = tokens @ w_v
    low, high = values.min(axis=-2, keepdims=True), values.max(axis=-2, keepdims=True)
    inside = (output >= low - 1e-9) & (output <= high + 1e-9)
    return bool(np.all(inside | (np.asarray(output) == 0)))


BETWEEN = "each output lies between the smallest and the largest value"


SELF_BETWEEN = Property(BETWEEN, lambda y, x, w_q, w_k, w_v, mask=None: between_the_values(y, x, w_v))


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

"""Exercise masked_attention: attention under a mask."""

import numpy as np

from mha_lib import masks as library
from mha_lib.checks.attention.shared import PRODUCT_MISTAKES, SCALE, SCALE_MISTAKES, WHICH_AXIS
from mha_lib.checks.masks.shared import READ_ALOUD
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.softmax import masked_softmax, softmax

NORMALISE = "masked_softmax(scores, mask)"


def masked_attention(q, k, v, mask=None):
    """Return the values averaged with the softmax weights of the allowed keys."""
    scores = q @ np.swapaxes(k, -1, -2) / np.sqrt(q.shape[-1])
    weights = masked_softmax(scores, mask)
    return weights @ v


def masked_attention_dividing_last(q, k, v, mask=None):
    """Return the same: values added up by their exponentials, hidden ones at 0, and divided at the end."""
    scores = np.einsum("...qd,...kd->...qk", q, k) / q.shape[-1] ** 0.5
    allowed = np.broadcast_to(True if mask is None else mask, scores.shape)
    exponentials = np.where(allowed, np.exp(scores - scores.max(axis=-1, keepdims=True)), 0.0)
    total = exponentials.sum(axis=-1, keepdims=True)
    return exponentials @ v / np.where(total == 0, 1.0, total)


def masked_attention_with_nan_to_num(q, k, v, mask=None):
    """Return the same: the only weights that come out NaN are those of a query that sees nobody."""
    hidden = 0.0 if mask is None else np.where(mask, 0.0, -np.inf)
    scores = q @ np.moveaxis(k, -1, -2) * q.shape[-1] ** -0.5
    return np.nan_to_num(softmax(scores + hidden)) @ v


def filled(scores, mask, fill):
    """Return weights with a number in each hidden place, and no care for a query that may attend to nothing."""
    return softmax(scores if mask is None else np.where(mask, scores, fill))


def softmax_over_queries(scores, mask):
    """Return softmax down the columns, which is the wrong way."""
    turned = None if mask is None else np.swapaxes(np.broadcast_to(mask, scores.shape), -1, -2)
    return np.swapaxes(masked_softmax(np.swapaxes(scores, -1, -2), turned), -1, -2)


def masked_attention_probes(rng):
    """Return queries, keys, values and masks: causal, padded, ragged, none at all, and one that is empty in a row."""
    worked = (np.zeros((1, 1)), np.log([[1.0], [3.0], [4.0]]), np.array([[8.0], [4.0], [100.0]]))
    ragged = np.array(
        [[True, False, True, True], [False, True, True, False], [True, True, False, True], [True, False, False, True]]
    )
    empty = np.array([[True, False, True], [False, False, False], [False, True, True]])
    return [
        Probe("the worked example", (np.ones((1, 1)), *worked[1:], np.array([[True, True, False]]))),
        Probe("no mask", (draw(rng, 3, 2), draw(rng, 5, 2), draw(rng, 5, 4))),
        Probe("2 new queries and 5 keys", (draw(rng, 2, 3), draw(rng, 5, 3), draw(rng, 5, 3), np.tri(2, 5, 3) > 0)),
        Probe("a batch of 1 sequence", (draw(rng, 1, 3, 2), draw(rng, 1, 3, 2), draw(rng, 1, 3, 2), np.tri(3) > 0)),
        Probe(
            "2 sentences with padding",
            (draw(rng, 2, 3, 4), draw(rng, 2, 5, 4), draw(rng, 2, 5, 2), library.padding_mask([2, 4], 5)),
        ),
        Probe("4 queries and a ragged mask", (draw(rng, 4, 3), draw(rng, 4, 3), draw(rng, 4, 3), ragged)),
        Probe("a query that may attend to nothing", (draw(rng, 3, 2), draw(rng, 3, 2), draw(rng, 3, 2), empty)),
    ]


def within_the_allowed(output, q, k, v, mask=None):
    """Return whether each output lies between the values that its query may read, or is 0 where there are none."""
    shape = (*np.shape(output)[:-1], v.shape[-2])
    allowed = np.broadcast_to(True if mask is None else mask, shape)[..., None]
    values = v[..., None, :, :]
    low = np.where(allowed, values, np.inf).min(axis=-2)
    high = np.where(allowed, values, -np.inf).max(axis=-2)
    inside = (output >= low - 1e-9) & (output <= high + 1e-9)
    return bool(np.all(np.where(np.isinf(low), np.asarray(output) == 0, inside)))


EXERCISE = Exercise(
    reference=library.masked_attention,
    worked=masked_attention,
    returns="outputs, one row a query, as wide as a value: (..., q, e)",
    probes=masked_attention_probes,
    mistakes=(
        *SCALE_MISTAKES,
        PRODUCT_MISTAKES[1],
        edit(
            "the mask is ignored", "Hide a key from everybody. Does your output change?", (NORMALISE, "softmax(scores)")
        ),
        edit("polarity inverted", READ_ALOUD, (NORMALISE, "masked_softmax(scores, None if mask is None else ~mask)")),
        edit(
            "weights zeroed after the softmax",
            "Do the weights that are left still sum to 1? Who has the rest?",
            (NORMALISE, "softmax(scores) * (1.0 if mask is None else mask)"),
        ),
        edit(
            "hidden scores become 0",
            "What is exp(0)? And what should exp of a hidden score be?",
            (NORMALISE, "filled(scores, mask, 0.0)"),
        ),
        edit(
            "the mask is added to the scores",
            "What does True count in a sum? What would have to be added, so that exp gives 0?",
            (NORMALISE, "softmax(scores + (0 if mask is None else mask))"),
        ),
        edit(
            "the hidden values become 0, the weights stay",
            "A hidden key's value is 0 now. Is its share of the attention back with the others?",
            (NORMALISE, "softmax(scores)"),
            ("weights @ v", "weights @ (v if mask is None else v * np.asarray(mask)[..., :1, :].swapaxes(-1, -2))"),
        ),
        edit(
            "NaN where a query may attend to nothing",
            "What is 0 divided by 0? Which of your functions has a rule for this row?",
            (NORMALISE, "filled(scores, mask, -np.inf)"),
        ),
        edit(
            "a huge negative number instead of minus infinity",
            "All scores of a row are your fill. What does softmax make of equal scores?",
            (NORMALISE, "filled(scores, mask, -1e9)"),
        ),
        edit(
            "no mask hides everything",
            "None means: no mask here. Does no mask hide something?",
            (NORMALISE, "masked_softmax(scores, np.asarray(False if mask is None else mask))"),
        ),
        edit(
            "mask transposed",
            "A mask has a row for each query. What has your mask a row for?",
            (NORMALISE, "masked_softmax(scores, None if mask is None else np.swapaxes(mask, -1, -2))"),
        ),
        edit(
            "softmax over the queries",
            WHICH_AXIS,
            (NORMALISE, "softmax_over_queries(scores, mask)"),
        ),
        edit(
            "averages the keys",
            "What gets averaged: what was matched, or what is stored under it?",
            ("weights @ v", "weights @ k"),
        ),
        edit(
            "scale after the softmax",
            "Do the weights still sum to 1 when they meet the values?",
            (" " + SCALE, ""),
            ("weights @ v", "weights @ v " + SCALE),
        ),
    ),
    equivalents=(masked_attention_dividing_last, masked_attention_with_nan_to_num),
    hints=(
        "Chapter 3's attention has three steps. Which of them must know about the mask?",
        "Scores as always, divided by the root of d; then the softmax that obeys a mask; then the values.",
        "masked_softmax(attention_scores(q, k), mask) @ v",
    ),
    properties=(
        Property(
            "each output lies between the values that its query may read, or is 0 if there are none", within_the_allowed
        ),
    ),
)

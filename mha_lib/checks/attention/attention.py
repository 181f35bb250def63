"""Exercise attention: attention."""

import numpy as np

from mha_lib.checks.attention.shared import (
    PRODUCT_MISTAKES,
    SCALE,
    SCALE_MISTAKES,
    SOFTMAX_MISTAKES,
    pair_probes,
    scores_by_einsum,
    weights_through_logs,
)
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property


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


def triple_probes(rng):
    """Return queries, keys and values of the same variety."""
    widths = (3, 6, 4, 2, 6, 2)
    return [
        Probe(probe.label, (*probe.args, draw(rng, *probe.args[1].shape[:-1], width)))
        for probe, width in zip(pair_probes(rng), widths, strict=True)
    ]


def within_values(output, q, k, v):
    """Return whether every output lies between the smallest and the largest value of its column."""
    low, high = v.min(axis=-2, keepdims=True), v.max(axis=-2, keepdims=True)
    return bool(np.all((output >= low - 1e-9) & (output <= high + 1e-9)))


BETWEEN = Property("each output lies between the smallest and the largest value", within_values)


EXERCISE = Exercise(
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
        "attention_weights(q, k) @ v",
    ),
    properties=(BETWEEN,),
)

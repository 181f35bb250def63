"""Exercise attention_weights: the weights."""

import numpy as np

from mha_lib.checks.attention.shared import (
    POSITIVE,
    PRODUCT_MISTAKES,
    SCALE_MISTAKES,
    SOFTMAX_MISTAKES,
    SUMS,
    pair_probes,
    weights_through_logs,
)
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.exercise import Exercise


def attention_weights(q, k):
    """Return softmax over the keys of the scaled dot products."""
    scores = q @ np.swapaxes(k, -1, -2) / np.sqrt(q.shape[-1])
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


EXERCISE = Exercise(
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
        "softmax(attention_scores(q, k)) is all of it.",
    ),
    properties=(SUMS, POSITIVE),
)

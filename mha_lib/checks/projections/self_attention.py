"""Exercise self_attention: self-attention."""

import numpy as np

from mha_lib import projections as library
from mha_lib.checks.projections.shared import (
    MASK_MISTAKES,
    OVER_QUERIES,
    SCORE_MISTAKES,
    SELF_BETWEEN,
    THREE_ROLES,
    filled,  # noqa: F401 - edits call it
    self_probes,
    softmax_over_queries,  # noqa: F401 - edits call it
)
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.exercise import Exercise
from mha_lib.softmax import (
    masked_softmax,
    softmax,  # noqa: F401 - edits call it
)


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


EXERCISE = Exercise(
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
        "masked_attention(x @ w_q, x @ w_k, x @ w_v, mask)",
    ),
    properties=(SELF_BETWEEN,),
)

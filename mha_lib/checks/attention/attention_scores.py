"""Exercise attention_scores: the scores."""

import numpy as np

from mha_lib.checks.attention.shared import PRODUCT_MISTAKES, SCALE_MISTAKES, pair_probes, scores_by_einsum
from mha_lib.diagnosis.exercise import Exercise


def attention_scores(q, k):
    """Return the scaled dot products of queries and keys."""
    return q @ np.swapaxes(k, -1, -2) / np.sqrt(q.shape[-1])


def scores_with_split_scale(q, k):
    """Return the same, each side divided by the fourth root of d."""
    root = q.shape[-1] ** 0.25
    return (q / root) @ np.moveaxis(k / root, -1, -2)


EXERCISE = Exercise(
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

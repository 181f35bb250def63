"""Attention, built from dot products up. One concept, one module; this page is the table of contents."""

from mha_lib.attention import attention, attention_scores, attention_weights
from mha_lib.masks import causal_mask, combine_masks, leaks_future, masked_softmax, padding_mask
from mha_lib.projections import cross_attention, num_projection_parameters, permutation_gap, project, self_attention
from mha_lib.similarity import cosine, dot, nearest, norm, pairwise_cosine, pairwise_dot, shadow, unit
from mha_lib.softmax import entropy, logsumexp, softmax, softmax_jacobian, softmax_with_temperature

SENTENCE = ("the", "cat", "chased", "a", "small", "mouse")
"""The six tokens that run through the book."""

__all__ = [
    "SENTENCE",
    "attention",
    "attention_scores",
    "attention_weights",
    "causal_mask",
    "combine_masks",
    "cosine",
    "cross_attention",
    "dot",
    "entropy",
    "leaks_future",
    "logsumexp",
    "masked_softmax",
    "nearest",
    "norm",
    "num_projection_parameters",
    "padding_mask",
    "pairwise_cosine",
    "pairwise_dot",
    "permutation_gap",
    "project",
    "self_attention",
    "shadow",
    "softmax",
    "softmax_jacobian",
    "softmax_with_temperature",
    "unit",
]

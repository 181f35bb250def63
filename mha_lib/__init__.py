"""Attention, built from dot products up. One concept, one module; this page is the table of contents."""

from mha_lib.attention import attention, attention_scores, attention_weights
from mha_lib.heads import head_divergence, merge_heads, multi_head_attention, split_heads
from mha_lib.masks import causal_mask, combine_masks, leaks_future, masked_softmax, padding_mask
from mha_lib.positions import alibi_bias, alibi_slopes, relative_buckets, rotate, sinusoidal_positions
from mha_lib.projections import cross_attention, num_projection_parameters, permutation_gap, project, self_attention
from mha_lib.similarity import cosine, dot, nearest, norm, pairwise_cosine, pairwise_dot, shadow, unit
from mha_lib.softmax import entropy, logsumexp, softmax, softmax_jacobian, softmax_with_temperature

SENTENCE = ("the", "cat", "chased", "a", "small", "mouse")
"""The six tokens that run through the book."""

__all__ = [
    "SENTENCE",
    "alibi_bias",
    "alibi_slopes",
    "attention",
    "attention_scores",
    "attention_weights",
    "causal_mask",
    "combine_masks",
    "cosine",
    "cross_attention",
    "dot",
    "entropy",
    "head_divergence",
    "leaks_future",
    "logsumexp",
    "masked_softmax",
    "merge_heads",
    "multi_head_attention",
    "nearest",
    "norm",
    "num_projection_parameters",
    "padding_mask",
    "pairwise_cosine",
    "pairwise_dot",
    "permutation_gap",
    "project",
    "relative_buckets",
    "rotate",
    "self_attention",
    "shadow",
    "sinusoidal_positions",
    "softmax",
    "softmax_jacobian",
    "softmax_with_temperature",
    "split_heads",
    "unit",
]

"""Attention, built from dot products up. A room for each chapter, one concept a file; here are the names on NumPy."""

from mha_lib.attention import attention, attention_scores, attention_weights
from mha_lib.cost.blockwise import (
    Partial,
    blockwise_attention,
    blockwise_attention_gradients,
    blockwise_attention_with_logsumexp,
    merge_partials,
    online_normaliser,
    partial_attention,
    partial_output,
    softmax_statistics,
    visited_tiles,
)
from mha_lib.cost.counts import (
    arithmetic_intensity,
    attainable_rate,
    attention_multiply_adds,
    blockwise_attention_bytes,
    fitted_slope,
    measured_bandwidth,
    measured_peak,
    peak_memory,
    plain_attention_bytes,
    processor_seconds,
    projection_multiply_adds,
    stored_curves,
    stored_measurement,
)
from mha_lib.fairness.association import effect_size, permutation_p
from mha_lib.fairness.counterfactual import counterfactual_gap, swap_tokens
from mha_lib.fairness.gaps import demographic_parity_gap, equalised_odds_gap
from mha_lib.fairness.mitigation import project_out
from mha_lib.generalisation.early_stopping import stopping_point
from mha_lib.generalisation.model_selection import best_by_chance, draw_settings, pick_model
from mha_lib.generalisation.regularisation import adamw_step, drop_weights
from mha_lib.gpu.measurements import combine_partials, least_time, median_seconds, run_program
from mha_lib.heads.arrays import head_divergence, merge_heads, multi_head_attention, split_heads
from mha_lib.masks import causal_mask, combine_masks, leaks_future, masked_attention, padding_mask
from mha_lib.parallel.collectives import all_reduce_bytes, ring_all_reduce
from mha_lib.parallel.pipeline import bubble_share, pipeline_schedule
from mha_lib.parallel.ring import ring_step, ring_work
from mha_lib.parallel.sharding import shard_heads
from mha_lib.parallel.shares import average_gradients, step_seconds, training_bytes
from mha_lib.positions.arrays import (
    alibi_bias,
    alibi_slopes,
    causal_buckets,
    relative_buckets,
    rotate,
    sinusoidal_positions,
)
from mha_lib.projections import (
    cross_attention,
    num_projection_parameters,
    permutation_gap,
    project,
    self_attention,
    table_gradient,
)
from mha_lib.robustness.calibration import (
    calibration_error,
    confidence,
    fitted_temperature,
    reliability,
    temperature_loss,
)
from mha_lib.robustness.from_memory import encoder_block
from mha_lib.robustness.noise import noisy_tokens, token_noise, with_typos
from mha_lib.seeing.measures import (
    attention_distance,
    attention_entropy,
    attention_share,
    best_head,
    even_weights,
    induction_pairs,
    offset_pairs,
    partner_pairs,
    rollout,
    same_token_pairs,
    share_table,
)
from mha_lib.similarity.vectors import cosine, dot, nearest, norm, pairwise_cosine, pairwise_dot, shadow, unit
from mha_lib.softmax import entropy, logsumexp, masked_softmax, softmax, softmax_jacobian, softmax_with_temperature
from mha_lib.variants.grouped import grouped_attention, pool_heads
from mha_lib.variants.linear_attention import (
    causal_linear_attention,
    linear_attention,
    linear_weights,
    positive_features,
)
from mha_lib.variants.sizes import cache_bytes, state_bytes
from mha_lib.variants.windows import reach, window_attention, window_mask, with_global_tokens
from mha_lib.vision.patches import patch_places, patchify, unpatchify

SENTENCE = ("the", "cat", "chased", "a", "small", "mouse")
"""The six tokens that run through the book."""

__all__ = [
    "SENTENCE",
    "Partial",
    "adamw_step",
    "alibi_bias",
    "alibi_slopes",
    "all_reduce_bytes",
    "arithmetic_intensity",
    "attainable_rate",
    "attention",
    "attention_distance",
    "attention_entropy",
    "attention_multiply_adds",
    "attention_scores",
    "attention_share",
    "attention_weights",
    "average_gradients",
    "best_by_chance",
    "best_head",
    "blockwise_attention",
    "blockwise_attention_bytes",
    "blockwise_attention_gradients",
    "blockwise_attention_with_logsumexp",
    "bubble_share",
    "cache_bytes",
    "calibration_error",
    "causal_buckets",
    "causal_linear_attention",
    "causal_mask",
    "combine_masks",
    "combine_partials",
    "confidence",
    "cosine",
    "counterfactual_gap",
    "cross_attention",
    "demographic_parity_gap",
    "dot",
    "draw_settings",
    "drop_weights",
    "effect_size",
    "encoder_block",
    "entropy",
    "equalised_odds_gap",
    "even_weights",
    "fitted_slope",
    "fitted_temperature",
    "grouped_attention",
    "head_divergence",
    "induction_pairs",
    "leaks_future",
    "least_time",
    "linear_attention",
    "linear_weights",
    "logsumexp",
    "masked_attention",
    "masked_softmax",
    "measured_bandwidth",
    "measured_peak",
    "median_seconds",
    "merge_heads",
    "merge_partials",
    "multi_head_attention",
    "nearest",
    "noisy_tokens",
    "norm",
    "num_projection_parameters",
    "offset_pairs",
    "online_normaliser",
    "padding_mask",
    "pairwise_cosine",
    "pairwise_dot",
    "partial_attention",
    "partial_output",
    "partner_pairs",
    "patch_places",
    "patchify",
    "peak_memory",
    "permutation_gap",
    "permutation_p",
    "pick_model",
    "pipeline_schedule",
    "plain_attention_bytes",
    "pool_heads",
    "positive_features",
    "processor_seconds",
    "project",
    "project_out",
    "projection_multiply_adds",
    "reach",
    "relative_buckets",
    "reliability",
    "ring_all_reduce",
    "ring_step",
    "ring_work",
    "rollout",
    "rotate",
    "run_program",
    "same_token_pairs",
    "self_attention",
    "shadow",
    "shard_heads",
    "share_table",
    "sinusoidal_positions",
    "softmax",
    "softmax_jacobian",
    "softmax_statistics",
    "softmax_with_temperature",
    "split_heads",
    "state_bytes",
    "step_seconds",
    "stopping_point",
    "stored_curves",
    "stored_measurement",
    "swap_tokens",
    "table_gradient",
    "temperature_loss",
    "token_noise",
    "training_bytes",
    "unit",
    "unpatchify",
    "visited_tiles",
    "window_attention",
    "window_mask",
    "with_global_tokens",
    "with_typos",
]

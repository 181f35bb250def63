"""Every figure of the book: one palette, one width, labelled axes. Each function returns the axes it drew on."""

from mha_lib.plots.applications import show_forecasts, show_surprise, show_verdicts
from mha_lib.plots.bars import show_bar_panels, show_bars
from mha_lib.plots.blocks import show_modules, show_norm_places
from mha_lib.plots.book_map import show_book_map
from mha_lib.plots.calibration import show_reliability
from mha_lib.plots.compression import show_grid, show_sizes
from mha_lib.plots.cost import show_growth, show_growth_panels, show_roofline, show_tile_walk
from mha_lib.plots.curves import show_curves
from mha_lib.plots.fairness import show_intervals, show_null
from mha_lib.plots.flow import show_cross_attention_flow, show_self_attention_flow
from mha_lib.plots.generalisation import show_gate_draws, show_gates, show_overfitting
from mha_lib.plots.generation import show_next_tokens, show_work
from mha_lib.plots.gpu import (
    show_against_length,
    show_kernels,
    show_measured,
    show_measured_roofline,
    show_points_under_roof,
)
from mha_lib.plots.heads import show_heads, show_split
from mha_lib.plots.heatmaps import show_mask, show_scores, show_weights
from mha_lib.plots.masks import show_masks
from mha_lib.plots.parallel import (
    show_collectives,
    show_packed_shards,
    show_pipeline,
    show_ring_states,
    show_ring_work,
)
from mha_lib.plots.positions import show_biases, show_codes, show_extrapolation
from mha_lib.plots.seeing import show_costs, show_head_tables, show_layer_flow
from mha_lib.plots.slopes import show_jacobian
from mha_lib.plots.temperature import show_against_temperature
from mha_lib.plots.text_to_text import show_buckets
from mha_lib.plots.translation import show_alignment
from mha_lib.plots.variants import show_cache_sizes, show_sharing
from mha_lib.plots.vectors import show_angle, show_angles, show_arrows, show_blend, show_shadow, show_words
from mha_lib.plots.vision import show_images, show_looks, show_matches, show_patches, show_places

__all__ = [
    "show_against_length",
    "show_against_temperature",
    "show_alignment",
    "show_angle",
    "show_angles",
    "show_arrows",
    "show_bar_panels",
    "show_bars",
    "show_biases",
    "show_blend",
    "show_book_map",
    "show_buckets",
    "show_cache_sizes",
    "show_codes",
    "show_collectives",
    "show_costs",
    "show_cross_attention_flow",
    "show_curves",
    "show_extrapolation",
    "show_forecasts",
    "show_gate_draws",
    "show_gates",
    "show_grid",
    "show_growth",
    "show_growth_panels",
    "show_head_tables",
    "show_heads",
    "show_images",
    "show_intervals",
    "show_jacobian",
    "show_kernels",
    "show_layer_flow",
    "show_looks",
    "show_mask",
    "show_masks",
    "show_matches",
    "show_measured",
    "show_measured_roofline",
    "show_modules",
    "show_next_tokens",
    "show_norm_places",
    "show_null",
    "show_overfitting",
    "show_packed_shards",
    "show_patches",
    "show_pipeline",
    "show_places",
    "show_points_under_roof",
    "show_reliability",
    "show_ring_states",
    "show_ring_work",
    "show_roofline",
    "show_scores",
    "show_self_attention_flow",
    "show_shadow",
    "show_sharing",
    "show_sizes",
    "show_split",
    "show_surprise",
    "show_tile_walk",
    "show_verdicts",
    "show_weights",
    "show_words",
    "show_work",
]

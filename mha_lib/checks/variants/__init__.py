"""The exercises of chapter 16, in the order in which it asks for them: each is a file of its own name."""

EXERCISES = (
    "cache_bytes",
    "grouped_attention",
    "expose_sharing",
    "pool_heads",
    "window_mask",
    "with_global_tokens",
    "causal_linear_attention",
)

"""The exercises of chapter 6, in the order in which it asks for them: each is a file of its own name."""

EXERCISES = (
    "split_heads",
    "merge_heads",
    "multi_head_attention",
    "expose_multi_head_attention",
    "MultiHeadAttention",
    "head_divergence",
)

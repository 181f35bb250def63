"""The exercises of chapter 7, in the order in which it asks for them: each is a file of its own name."""

EXERCISES = (
    "article_position",
    "sinusoidal_positions",
    "add_positions",
    "rotate",
    "rotary_attention",
    "expose_rotate",
    "alibi_bias",
    "relative_buckets",
)

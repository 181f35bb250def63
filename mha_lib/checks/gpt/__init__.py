"""The exercises of chapter 12, in the order in which it asks for them: each is a file of its own name."""

EXERCISES = (
    "next_token_loss",
    "bits_per_character",
    "interpolated",
    "tempered",
    "keep_top_k",
    "keep_top_p",
    "extended_cache",
    "read_cache",
)

"""The exercises of chapter 14, in the order in which it asks for them: each is a file of its own name."""

EXERCISES = (
    "attention_multiply_adds",
    "attainable_rate",
    "softmax_statistics",
    "online_normaliser",
    "merge_partials",
    "attention_in_tiles",
    "expose_online_softmax",
    "visited_tiles",
    "blockwise_attention",
    "gradients_in_tiles",
)

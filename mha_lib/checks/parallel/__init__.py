"""The exercises of chapter 19, in the order in which it asks for them: each is a file of its own name."""

EXERCISES = (
    "all_reduce_bytes",
    "average_gradients",
    "shard_heads",
    "expose_shard_heads",
    "ring_step",
)

"""The exercises of chapter 13, in the order in which it asks for them: each is a file of its own name."""

EXERCISES = (
    "corrupt_spans",
    "causal_buckets",
    "rouge_l",
    "query_mask",
    "content_mask",
    "two_stream_attention",
    "fill_in_turn",
)

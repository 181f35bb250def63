"""The exercises of chapter 4, in the order in which it asks for them: each is a file of its own name."""

EXERCISES = (
    "causal_mask",
    "padding_mask",
    "masked_softmax",
    "masked_attention",
    "expose_masks",
    "leaks_future",
    "combine_masks",
)

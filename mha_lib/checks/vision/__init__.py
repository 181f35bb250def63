"""The exercises of chapter 20, in the order in which it asks for them: each is a file of its own name."""

EXERCISES = (
    "patchify",
    "expose_patchify",
    "unpatchify",
    "embed_patches",
    "matching_loss",
    "zero_shot",
    "recall_at",
)

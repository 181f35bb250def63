"""The exercises of chapter 1, in the order in which it asks for them: each is a file of its own name."""

EXERCISES = (
    "dot",
    "cosine",
    "pairwise_dot",
    "nearest",
    "shadow",
    "expose_cosine",
)

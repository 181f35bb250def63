"""The exercises of chapter 1, in the order in which it asks for them: each is a file of its own name."""

EXERCISES = (
    "dot",
    "shadow",
    "cosine",
    "pairwise_dot",
    "nearest",
    "expose_cosine",
)

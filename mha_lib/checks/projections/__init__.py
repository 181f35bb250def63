"""The exercises of chapter 5, in the order in which it asks for them: each is a file of its own name."""

EXERCISES = (
    "table_gradient",
    "project",
    "article_self_attention",
    "self_attention",
    "cross_attention",
    "expose_cross_attention",
    "permutation_gap",
    "num_projection_parameters",
)

"""The exercises of chapter 5, in the order in which it asks for them: each is a file of its own name."""

EXERCISES = (
    "table_gradient",
    "self_attention",
    "cross_attention",
    "permutation_gap",
    "article_self_attention",
    "expose_cross_attention",
    "project",
    "num_projection_parameters",
)

"""The exercises of chapter 17, in the order in which it asks for them: each is a file of its own name."""

EXERCISES = (
    "head_importance",
    "keep_heads",
    "affine_grid",
    "quantise",
    "expose_quantise",
    "quantised_linear",
    "distillation_loss",
)

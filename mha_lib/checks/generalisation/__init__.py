"""The exercises of chapter 18, in the order in which it asks for them: each is a file of its own name."""

EXERCISES = (
    "drop_weights",
    "adamw_step",
    "stopping_point",
    "expose_stopping_point",
    "pick_model",
    "hard_concrete",
    "open_probability",
)

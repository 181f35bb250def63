"""The exercises of chapter 23, in the order in which it asks for them: each is a file of its own name."""

EXERCISES = (
    "encoder_block",
    "noisy_tokens",
    "calibration_error",
    "expose_calibration_error",
    "temperature_loss",
)

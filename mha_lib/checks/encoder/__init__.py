"""The exercises of chapter 8, in the order in which it asks for them: each is a file of its own name."""

EXERCISES = (
    "layer_norm",
    "expose_layer_norm",
    "feed_forward",
    "EncoderBlock",
    "Encoder",
    "EncoderClassifier",
    "masked_mean",
)

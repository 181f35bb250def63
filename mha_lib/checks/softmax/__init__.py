"""The exercises of chapter 2, in the order in which it asks for them: each is a file of its own name."""

EXERCISES = (
    "softmax",
    "expose_softmax",
    "softmax_with_temperature",
    "entropy",
    "logsumexp",
    "log_softmax",
    "softmax_jacobian",
)

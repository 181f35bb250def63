"""The exercises of chapter 9, in the order in which it asks for them: each is a file of its own name."""

EXERCISES = (
    "DecoderBlock",
    "shift",
    "sequence_loss",
    "greedy",
    "length_normalised",
    "beam_search",
)

"""The exercises of chapter 11, in the order in which it asks for them: each is a file of its own name."""

EXERCISES = (
    "attention_share",
    "induction_pairs",
    "output_without",
    "rollout",
    "expose_rollout",
)

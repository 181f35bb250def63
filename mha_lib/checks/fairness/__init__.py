"""The exercises of chapter 22, in the order in which it asks for them: each is a file of its own name."""

EXERCISES = (
    "effect_size",
    "expose_effect_size",
    "permutation_p",
    "swap_tokens",
    "counterfactual_gap",
    "equalised_odds_gap",
)

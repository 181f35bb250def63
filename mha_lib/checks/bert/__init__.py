"""The exercises of chapter 10, in the order in which it asks for them: each is a file of its own name."""

EXERCISES = (
    "cut_word",
    "hide_tokens",
    "masked_lm_loss",
    "mean_pool",
    "token_span",
    "best_span",
    "token_f1",
    "bert_tensor",
)

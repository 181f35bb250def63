"""The exercises of chapter 3, in the order in which it asks for them: each is a file of its own name."""

EXERCISES = (
    "attend_one",
    "attention_scores",
    "attention_weights",
    "attention",
    "article_weights",
    "expose_attention",
)

"""The exercises of chapter 3, in the order in which it asks for them: each is a file of its own name."""

EXERCISES = (
    "attend_one",
    "article_weights",
    "attention_scores",
    "attention_weights",
    "attention",
    "expose_attention",
)

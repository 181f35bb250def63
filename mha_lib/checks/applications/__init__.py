"""The exercises of chapter 21, in the order in which it asks for them: each is a file of its own name."""

EXERCISES = (
    "feature_tokens",
    "forecast_windows",
    "split_in_time",
    "hit_rate",
    "mean_surprise",
    "area_under_curve",
    "expose_area_under_curve",
)

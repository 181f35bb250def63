"""The exercises of chapter 15, in the order in which it asks for them: each is a file of its own name."""

EXERCISES = (
    "least_time",
    "run_program",
    "combine_partials",
    "median_seconds",
    "expose_timers",
)

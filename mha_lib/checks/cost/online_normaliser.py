"""Exercise online_normaliser: the running maximum."""

import numpy as np

from mha_lib.checks.cost.shared import (
    MINUS_INFINITY,
    NOTHING_YET,
    STATISTIC_PROPERTIES,
    STATISTICS,
    YESTERDAY,
    score_probes,
)
from mha_lib.cost.blockwise import online_normaliser
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.exercise import Exercise


def written_online(scores):
    """Return each row's maximum and normaliser, reading the scores once."""
    maximum = np.full(scores.shape[:-1], -np.inf)
    normaliser = np.zeros(scores.shape[:-1])
    for j in range(scores.shape[-1]):
        score = scores[..., j]
        higher = np.maximum(maximum, score)
        level = np.where(np.isneginf(higher), 0.0, higher)
        normaliser = normaliser * np.exp(maximum - level) + np.exp(score - level)
        maximum = higher
    return maximum, normaliser


def online_in_two_cases(scores):
    """Return the same: rescale if the new score is higher, else only add."""
    rows = scores.reshape(-1, scores.shape[-1])
    kept = []
    for row in rows:
        maximum, normaliser = -np.inf, 0.0
        for score in row:
            if score > maximum:
                maximum, normaliser = score, normaliser * np.exp(maximum - score) + 1.0
            elif score > -np.inf:
                normaliser += np.exp(score - maximum)
        kept.append((maximum, normaliser))
    maxima, sums = np.array(kept).T
    return maxima.reshape(scores.shape[:-1]), sums.reshape(scores.shape[:-1])


def online_from_the_lowest_float(scores):
    """Return the same, from a start so low that no score lies below it."""
    maximum, normaliser = np.full(scores.shape[:-1], np.finfo(float).min), np.zeros(scores.shape[:-1])
    for score in np.moveaxis(scores, -1, 0):
        higher = np.maximum(maximum, score)
        normaliser = normaliser * np.exp(maximum - higher) + np.exp(score - higher)
        maximum = higher
    return np.max(scores, axis=-1), normaliser


OLD_SUM = "normaliser * np.exp(maximum - level)"


EXERCISE = Exercise(
    reference=online_normaliser,
    worked=written_online,
    call=STATISTICS,
    returns="a tuple: maximum (...), normaliser (...)",
    probes=score_probes,
    mistakes=(
        edit("normaliser not rescaled", YESTERDAY, (OLD_SUM, "normaliser")),
        edit(
            "rescaled the wrong way round",
            "The maximum has risen. Must the old sum shrink or grow?",
            (OLD_SUM, "normaliser * np.exp(level - maximum)"),
        ),
        edit(
            "starts over when the maximum rises",
            "A new maximum makes the old keys small. Does it make them nothing?",
            (OLD_SUM, "np.where(score > maximum, 0.0, normaliser)"),
        ),
        edit(
            "measures the new score by the old maximum",
            "Old sum and new term must have the same zero point. Which maximum does each use?",
            ("np.exp(score - level)", "np.exp(score - np.where(np.isneginf(maximum), score, maximum))"),
        ),
        edit(
            "maximum starts at 0", NOTHING_YET, ("np.full(scores.shape[:-1], -np.inf)", "np.zeros(scores.shape[:-1])")
        ),
        edit("maximum starts at -50000", NOTHING_YET, ("-np.inf)\n", "-5e4)\n")),
        edit("-inf minus -inf", MINUS_INFINITY, ("np.where(np.isneginf(higher), 0.0, higher)", "higher")),
        edit(
            "leaves out the last key",
            "Which keys does your loop visit?",
            ("range(scores.shape[-1])", "range(scores.shape[-1] - 1)"),
        ),
    ),
    equivalents=(online_in_two_cases, online_from_the_lowest_float),
    hints=(
        "Keep two numbers a row. For each new score: a new maximum first, then bring the old sum to it, then add.",
        "The old sum is made of exp(s - old). What must it be multiplied by to be made of exp(s - new)?",
        "normaliser * np.exp(maximum - higher) + np.exp(score - higher), with 0 for a `higher` of -inf.",
    ),
    properties=STATISTIC_PROPERTIES,
)

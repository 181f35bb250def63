"""Exercise softmax_with_temperature: temperature."""

import numpy as np

from mha_lib.checks.softmax.shared import (
    DIVISION,
    HOW_MANY,
    ORDER,
    OVERFLOW,
    POSITIVE,
    SUMS,
    TOTAL,
    WHICH_AXIS,
    softmax_through_logs,
)
from mha_lib.diagnosis.broken import edit, rewrite
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe
from mha_lib.softmax import softmax, softmax_with_temperature


def temperature_written_out(scores, temperature):
    """Return softmax of the scores divided by the temperature."""
    divided = scores / temperature
    exponentials = np.exp(divided - divided.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def temperature_after_the_shift(scores, temperature):
    """Return the same: the largest score may be subtracted before the division."""
    exponentials = np.exp((scores - scores.max(axis=-1, keepdims=True)) / temperature)
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def temperature_as_inverse(scores, temperature):
    """Return the same: multiplied by one over the temperature."""
    return softmax_through_logs(scores * (1 / temperature))


def power_of_weights(scores, temperature):
    """Return the weights raised to 1 / temperature and shared out again: right on paper only."""
    powers = softmax(scores) ** (1 / temperature)
    return powers / powers.sum(axis=-1, keepdims=True)


def temperature_probes(rng):
    """Return scores and temperatures, none of them 1."""
    return [
        Probe("the worked example", (np.log([1.0, 3.0]), 0.5)),
        Probe("3 queries and 5 keys, temperature 2", (draw(rng, 3, 5), 2.0)),
        Probe("4 queries and 4 keys, temperature 0.7", (draw(rng, 4, 4), 0.7)),
        Probe("a batch of 2 tables, temperature 3", (draw(rng, 2, 3, 5), 3.0)),
        Probe(
            "rows at 400 and -1000, temperature 0.5",
            (np.array([[400.0, 400.5, 399.75], [-1000.0, -1000.25, -999.5]]), 0.5),
        ),
        Probe("scores 1000 apart, temperature 1000", (np.array([[0.0, -1000.0, -2000.0], [0.0, -500.0, -3.0]]), 1e3)),
    ]


EXERCISE = Exercise(
    reference=softmax_with_temperature,
    worked=temperature_written_out,
    returns="weights, as many as scores, each row summing to 1: (..., k)",
    probes=temperature_probes,
    mistakes=(
        edit(
            "multiplies by the temperature",
            "Should a high temperature pull the scores apart, or push them together?",
            ("scores / temperature", "scores * temperature"),
        ),
        edit(
            "divides the weights",
            "Do your weights still sum to 1?",
            ("scores / temperature", "scores"),
            (DIVISION, f"{DIVISION} / temperature"),
        ),
        edit(
            "the temperature changes nothing",
            "A factor on every exponential, or a number taken from every score: which of them survives the division?",
            ("scores / temperature", "scores - temperature"),
        ),
        edit(
            "divides above the line only",
            "The exponentials above and below the line should be the same numbers. Are they?",
            (TOTAL, "np.exp(scores - scores.max(axis=-1, keepdims=True)).sum(axis=-1, keepdims=True)"),
        ),
        edit(
            "subtracts the undivided largest score",
            "Divide first, then look for the largest. What is left of -1000/0.5 when you take away -1000?",
            ("divided.max", "scores.max"),
        ),
        edit(
            "divides by the square of the temperature",
            "How often do you divide? At temperature 3, by how much do the odds shrink?",
            ("scores / temperature", "scores / temperature**2"),
        ),
        edit(
            "the root of the temperature",
            "At which temperature is the root no mistake? Try another.",
            ("scores / temperature", "scores / np.sqrt(temperature)"),
        ),
        edit(
            "a power, not shared out again",
            "Raising to a power changes the sum of the row. To what?",
            ("scores / temperature", "scores"),
            (DIVISION, f"({DIVISION}) ** (1 / temperature)"),
        ),
        rewrite(
            "a power of weights that became 0",
            "exp(-1000) is 0 in float64, and any power of 0 is 0. What could be divided before exp?",
            power_of_weights,
        ),
        edit(
            "no maximum subtracted",
            OVERFLOW,
            ("divided - divided.max(axis=-1, keepdims=True)", "divided"),
        ),
        edit("softmax down the columns", WHICH_AXIS, ("axis=-1", "axis=-2")),
        edit("softmax over everything", HOW_MANY, ("axis=-1, keepdims=True", "keepdims=True")),
    ),
    equivalents=(temperature_after_the_shift, temperature_as_inverse),
    hints=(
        "One operation on the scores, before anything else; then a softmax as before.",
        "At temperature 2 every difference between scores counts half. What do you do to the scores?",
        "softmax(scores / temperature)",
    ),
    properties=(SUMS, POSITIVE, ORDER),
)

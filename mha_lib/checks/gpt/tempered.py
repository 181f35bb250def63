"""Exercise tempered: temperature."""

import numpy as np

from mha_lib.checks.gpt.shared import SUM_TO_ONE, sums_to_one
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.gpt import sampling
from mha_lib.softmax import softmax

POWER = "At temperature 1/2, what does a ratio of 2 to 1 between two probabilities become?"
UNDERFLOW = "What is 0.4 to the power of 1000 to your computer? What may you divide a row by beforehand?"


def tempered(probs, temperature):
    """Return probabilities to the power of 1 / temperature, made to sum to 1."""
    scaled = probs / probs.max(axis=-1, keepdims=True)
    powers = scaled ** (1 / temperature)
    return powers / powers.sum(axis=-1, keepdims=True)


def tempered_by_scores(probs, temperature):
    """Return the same: logarithms are scores."""
    with np.errstate(divide="ignore"):
        return softmax(np.log(probs) / temperature)


def temperature_probes(rng):
    """Return probabilities and temperatures: the worked example, ragged, square, a zero, hot, nearly 0."""
    far = np.array([[0.96, 0.02, 0.02], [0.4, 0.35, 0.25]])
    return [
        Probe("the worked example", (np.array([0.5, 0.25, 0.25]), 0.5)),
        Probe("2 rows of 5 tokens", (softmax(draw(rng, 2, 5)), 0.6)),
        Probe("3 rows of 3 tokens", (softmax(draw(rng, 3, 3)), 2.0)),
        Probe("a token that is impossible", (np.array([[0.0, 0.3, 0.7]]), 1.5)),
        Probe("one row at a temperature of 0.001", (np.array([0.3, 0.4, 0.3]), 0.001)),
        Probe("rows of different sizes at 0.001", (far, 0.001)),
    ]


SUM = "powers.sum(axis=-1, keepdims=True)"


EXERCISE = Exercise(
    reference=sampling.tempered,
    worked=tempered,
    returns="probabilities: (..., v)",
    probes=temperature_probes,
    mistakes=(
        edit("multiplied by the temperature", POWER, ("(1 / temperature)", "temperature")),
        edit(
            "the power taken before the division",
            "Python takes ** before /. What is divided here?",
            ("** (1 / temperature)", "** 1 / temperature"),
        ),
        edit(
            "softmax of the probabilities",
            "What does softmax take: scores or probabilities? What are the scores of known probabilities?",
            ("powers = scaled ** (1 / temperature)", "powers = np.exp(scaled / temperature - (1 / temperature))"),
        ),
        edit("no sum of 1", SUM_TO_ONE, (f" / {SUM}", "")),
        edit("one sum for all rows", SUM_TO_ONE, (SUM, "powers.sum()")),
        edit("sums over the rows", "Which axis is the vocabulary?", (SUM, "powers.sum(axis=0, keepdims=True)")),
        edit(
            "nothing is left near a temperature of 0",
            UNDERFLOW,
            ("scaled = probs / probs.max(axis=-1, keepdims=True)", "scaled = probs"),
            (f"return powers / {SUM}", f"with np.errstate(all='ignore'):\n        return powers / {SUM}"),
        ),
        edit(
            "the largest of all rows",
            "Does one row know another row's largest probability? Follow the flatter row at a temperature of 0.001.",
            ("probs.max(axis=-1, keepdims=True)", "probs.max()"),
            (f"return powers / {SUM}", f"with np.errstate(all='ignore'):\n        return powers / {SUM}"),
        ),
    ),
    equivalents=(tempered_by_scores,),
    hints=(
        "softmax(s / T) is proportional to exp(s / T), and exp(s) to the probabilities. So which power is it?",
        "probs ** (1 / temperature), then divide each row by its sum. Mind what happens at 0.001.",
        "Divide each row by its largest before the power: the largest becomes 1, and 1 stays 1.",
    ),
    properties=(Property("every row sums to 1", sums_to_one),),
)

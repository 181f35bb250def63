"""Exercise interpolated: counts, mixed."""

import numpy as np

from mha_lib.checks.gpt.shared import SUM_TO_ONE, sums_to_one
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.gpt import ngrams
from mha_lib.softmax import softmax

LOWER = "How much weight does the shorter context deserve: always the same, or more where many kinds have followed?"


def interpolated(counts, lower):
    """Return counts mixed with a shorter context's probabilities, in Witten and Bell's shares."""
    total = counts.sum(axis=-1, keepdims=True)
    kinds = (counts > 0).sum(axis=-1, keepdims=True)
    kinds = np.where(total > 0, kinds, 1)
    return (counts + kinds * lower) / (total + kinds)


def interpolated_by_shares(counts, lower):
    """Return the same as two shares of a whole."""
    total = counts.sum(axis=-1, keepdims=True)
    kinds = np.count_nonzero(counts, axis=-1, keepdims=True)
    share = total / np.maximum(total + kinds, 1)
    return share * counts / np.maximum(total, 1) + (1 - share) * lower


def count_probes(rng):
    """Return counts and lower probabilities: the worked example, a batch, square, unseen, one kind, many."""
    lower = softmax(draw(rng, 5))
    seen = rng.integers(0, 4, (3, 5)) + np.array([[2, 0, 0, 1, 0]] * 3)
    return [
        Probe("the worked example", (np.array([3, 0, 1, 0]), np.full(4, 0.25))),
        Probe("3 contexts over 5 symbols", (seen, softmax(draw(rng, 3, 5)))),
        Probe(
            "4 contexts over 4 symbols", (rng.integers(0, 3, (4, 4)) + np.eye(4, dtype=int), softmax(draw(rng, 4, 4)))
        ),
        Probe("one kind, seen often", (np.array([0, 0, 9, 0, 0]), lower)),
        Probe("a context that was never seen", (np.zeros(5, dtype=int), lower)),
        Probe(
            "an unseen context beside one with many kinds",
            (np.array([[0] * 5, [4, 1, 2, 0, 7]]), softmax(draw(rng, 2, 5))),
        ),
    ]


MIXED = "return (counts + kinds * lower) / (total + kinds)"


SEEN = "kinds = np.where(total > 0, kinds, 1)"


EXERCISE = Exercise(
    reference=ngrams.interpolated,
    worked=interpolated,
    returns="probabilities, one row a context: (..., v)",
    probes=count_probes,
    mistakes=(
        edit(
            "the counts alone",
            "What probability does a symbol get that has not followed this context yet? And its logarithm?",
            (MIXED, "return np.where(total > 0, counts / np.maximum(total, 1), lower)"),
        ),
        edit(
            "one added to every count",
            "Your unseen symbols are all equally likely. Who knows better?",
            (MIXED, "return (counts + 1) / (total + counts.shape[-1])"),
        ),
        edit(
            "the shorter context fills holes without making room",
            SUM_TO_ONE,
            (MIXED, "return np.where(counts > 0, counts / np.maximum(total, 1), lower)"),
        ),
        edit("half and half", LOWER, (SEEN, "kinds = np.where(total > 0, total, 1)")),
        edit("the shorter context counts once", LOWER, (SEEN, "kinds = 1")),
        edit(
            "all symbols counted as kinds",
            "How many different symbols have followed this context: all there are?",
            (SEEN, "kinds = np.where(total > 0, counts.shape[-1], 1)"),
        ),
        edit("divided by the counts alone", SUM_TO_ONE, ("/ (total + kinds)", "/ np.maximum(total, 1)")),
        edit(
            "an unseen context gives equal chances",
            "Nothing was counted after this context. What is the best you know?",
            (MIXED, "return np.where(total > 0, (counts + kinds * lower) / (total + kinds), 1 / counts.shape[-1])"),
        ),
        edit(
            "an unseen context divides by zero",
            "Nothing was counted after this context: what is total + kinds?",
            (SEEN, "kinds = kinds + 0.0"),
            (MIXED, "with np.errstate(all='ignore'):\n        return (counts + kinds * lower) / (total + kinds)"),
        ),
        edit(
            "sums over the contexts",
            "A row belongs to one context. Along which axis do you sum?",
            ("axis=-1", "axis=0"),
        ),
        edit(
            "one sum for all contexts",
            "How many distributions should there be?",
            ("axis=-1, keepdims=True", "keepdims=True"),
        ),
        edit(
            "the shares exchanged",
            "Seen a thousand times, two kinds: should the counts weigh much or little?",
            (
                MIXED,
                "return (kinds * counts / np.maximum(total, 1) + np.maximum(total, 1) * lower) / "
                "(np.maximum(total, 1) + "
                "kinds * (total > 0))",
            ),
        ),
    ),
    equivalents=(interpolated_by_shares,),
    hints=(
        "The shorter context is worth as many observations as there are kinds of symbols that followed.",
        "kinds = (counts > 0).sum(axis=-1, keepdims=True). Which number makes an unseen context return `lower`?",
        "(counts + kinds * lower) / (total + kinds), with kinds = 1 where total is 0",
    ),
    properties=(Property("every row sums to 1", sums_to_one),),
)

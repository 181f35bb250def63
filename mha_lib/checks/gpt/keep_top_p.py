"""Exercise keep_top_p: top-p."""

import numpy as np

from mha_lib.checks.gpt.shared import KEPT, SUM_TO_ONE, WHERE, sums_to_one
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.gpt import sampling
from mha_lib.softmax import softmax

CROSSING = "Probabilities 0.5, 0.3, 0.2 and p = 0.6: do the tokens you keep have at least the share p?"
REACHED = "Probabilities 0.5, 0.25, 0.25 and p = 0.5: is the share reached by the first token alone?"


def keep_top_p(probs, p):
    """Return probabilities with the smallest set kept that has at least the share p, made to sum to 1."""
    order = np.argsort(-probs, axis=-1, kind="stable")
    largest_first = np.take_along_axis(probs, order, axis=-1)
    before = largest_first.cumsum(axis=-1) - largest_first
    chosen = np.where(before < p, largest_first, 0.0)
    kept = np.zeros_like(probs)
    np.put_along_axis(kept, order, chosen, axis=-1)
    return kept / kept.sum(axis=-1, keepdims=True)


def keep_top_p_one_by_one(probs, p):
    """Return the same, token by token until the share is reached."""
    kept = np.zeros_like(probs)
    for row, new in zip(probs.reshape(-1, probs.shape[-1]), kept.reshape(-1, probs.shape[-1]), strict=True):
        for token in sorted(range(len(row)), key=lambda token: -row[token]):
            if new.sum() >= p:
                break
            new[token] = row[token]
    return kept / kept.sum(axis=-1, keepdims=True)


def top_p_probes(rng):
    """Return probabilities and p: the worked example, exactly reached, ragged, square, one row sure and one not."""
    sure = np.array([[0.04, 0.92, 0.01, 0.03], [0.3, 0.2, 0.26, 0.24]])
    return [
        Probe("the worked example", (np.array([0.125, 0.5, 0.125, 0.25]), 0.7)),
        Probe("3 rows of 5 tokens", (softmax(draw(rng, 3, 5)), 0.8)),
        Probe("4 rows of 4 tokens", (softmax(draw(rng, 4, 4)), 0.55)),
        Probe("a token above p at once", (np.array([0.1, 0.2, 0.7]), 0.3)),
        Probe("equal probabilities", (np.array([[0.25, 0.25, 0.25, 0.25]]), 0.6)),
        Probe("a batch of batches", (softmax(draw(rng, 2, 3, 6)), 0.8)),
        Probe("a share that is exactly reached", (np.array([0.125, 0.5, 0.125, 0.25]), 0.75)),
        Probe("one row sure and one not", (sure, 0.7)),
    ]


PUT = "np.put_along_axis(kept, order, chosen, axis=-1)"


EXERCISE = Exercise(
    reference=sampling.keep_top_p,
    worked=keep_top_p,
    returns="probabilities: (..., v)",
    probes=top_p_probes,
    mistakes=(
        edit(
            "the crossing token dropped",
            CROSSING,
            ("np.where(before < p,", "np.where(before + largest_first <= p,"),
            (KEPT, "with np.errstate(all='ignore'):\n        return kept / kept.sum(axis=-1, keepdims=True)"),
        ),
        edit(
            "the crossing token dropped, but for the first",
            CROSSING,
            ("np.where(before < p,", "np.where((before + largest_first <= p) | (before == 0),"),
        ),
        edit("one more where the share is exactly reached", REACHED, ("before < p", "before <= p")),
        edit("sorted the wrong way", "Which tokens do you collect first?", ("argsort(-probs", "argsort(probs")),
        edit(
            "cut in sorted order",
            WHERE,
            (PUT, "kept = np.where(chosen > 0, probs, 0.0)"),
        ),
        edit("returned in sorted order", WHERE, (PUT, "kept = chosen")),
        edit("no sum of 1", SUM_TO_ONE, (KEPT, "return kept")),
        edit("one sum for all rows", SUM_TO_ONE, ("kept.sum(axis=-1, keepdims=True)", "kept.sum()")),
        edit(
            "each probability compared with p",
            "p is a share that some tokens have together. Whose sum do you compare?",
            ("before < p", "largest_first >= np.minimum(p, largest_first[..., :1])"),
        ),
        edit(
            "1 - p for p",
            "p = 0.9: do you keep nine tenths, or one?",
            ("before < p", "before < 1 - p"),
        ),
        edit(
            "the first row's number of tokens for all rows",
            "One row is sure, another not. Do they keep equally many?",
            ("before < p", "before.reshape(-1, before.shape[-1])[0] < p"),
        ),
        edit(
            "summed over the rows",
            "Whose probabilities add up to 1: those of a row, or of a column?",
            ("largest_first.cumsum(axis=-1)", "largest_first.cumsum(axis=0)"),
        ),
    ),
    equivalents=(keep_top_p_one_by_one,),
    hints=(
        "Sort each row, the largest first, and ask of each token: how much do the larger ones have together?",
        "A token stays if what stands before it has not reached p yet: cumsum minus the token's own share is below p.",
        "order = np.argsort(-probs), sort, cut, and put everything back where it came from with np.put_along_axis.",
    ),
    properties=(Property("every row sums to 1", sums_to_one),),
)

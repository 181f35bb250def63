"""Exercise keep_top_k: top-k."""

import numpy as np

from mha_lib.checks.gpt.shared import KEPT, SUM_TO_ONE, WHERE, sums_to_one
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.gpt import sampling
from mha_lib.softmax import softmax

HOW_MANY = "Count the tokens that are left in each row. What did the caller ask for?"


def keep_top_k(probs, k):
    """Return probabilities with only the k largest kept, made to sum to 1."""
    largest = np.argsort(-probs, axis=-1, kind="stable")[..., :k]
    kept = np.zeros_like(probs)
    np.put_along_axis(kept, largest, np.take_along_axis(probs, largest, axis=-1), axis=-1)
    return kept / kept.sum(axis=-1, keepdims=True)


def keep_top_k_by_crossing_out(probs, k):
    """Return the same: the smallest go, those that stand last before their equals."""
    kept = probs.copy()
    for row in kept.reshape(-1, kept.shape[-1]):
        order = sorted(range(len(row)), key=lambda token: (-row[token], token))
        row[order[k:]] = 0.0
    return kept / kept.sum(axis=-1, keepdims=True)


def top_k_probes(rng):
    """Return probabilities and k: the worked example, ragged, square, equals, all, one."""
    return [
        Probe("the worked example", (np.array([0.125, 0.5, 0.125, 0.25]), 2)),
        Probe("3 rows of 5 tokens", (softmax(draw(rng, 3, 5)), 3)),
        Probe("4 rows of 4 tokens", (softmax(draw(rng, 4, 4)), 2)),
        Probe("equal probabilities", (np.array([[0.125, 0.25, 0.25, 0.125, 0.25]]), 2)),
        Probe("a k beyond the vocabulary", (np.array([[0.2, 0.3, 0.5]]), 7)),
        Probe("a batch of batches", (softmax(draw(rng, 2, 3, 6)), 2)),
        Probe("the likeliest token alone", (softmax(draw(rng, 2, 6)), 1)),
    ]


EXERCISE = Exercise(
    reference=sampling.keep_top_k,
    worked=keep_top_k,
    returns="probabilities: (..., v)",
    probes=top_k_probes,
    mistakes=(
        edit("no sum of 1", SUM_TO_ONE, (KEPT, "return kept")),
        edit("one sum for all rows", SUM_TO_ONE, ("kept.sum(axis=-1, keepdims=True)", "kept.sum()")),
        edit("keeps the smallest", "Which end of the sorted row do you keep?", ("argsort(-probs", "argsort(probs")),
        edit("one too many", HOW_MANY, ("[..., :k]", "[..., : k + 1]")),
        edit(
            "one too few",
            HOW_MANY,
            ("[..., :k]", "[..., : max(k, 2) - 1]"),
        ),
        edit(
            "the first k tokens",
            "Are the likeliest tokens those with the smallest numbers?",
            ('np.argsort(-probs, axis=-1, kind="stable")', 'np.argsort(0 * probs, axis=-1, kind="stable")'),
        ),
        edit(
            "equals of the last are kept too",
            "Three tokens share the second place, and k is 2. How many do you keep?",
            (
                KEPT,
                "kept = np.where(probs >= probs.min(axis=-1, where=kept > 0, initial=2.0, keepdims=True), probs, 0.0)\n"
                "    return kept / kept.sum(axis=-1, keepdims=True)",
            ),
        ),
        edit(
            "kept in sorted order",
            WHERE,
            (
                "np.put_along_axis(kept, largest, np.take_along_axis(probs, largest, axis=-1), axis=-1)",
                "kept[..., : largest.shape[-1]] = np.take_along_axis(probs, largest, axis=-1)",
            ),
        ),
        edit(
            "ranked over the batch",
            "Each row has its own likeliest tokens. Along which axis do you sort?",
            (
                'np.argsort(-probs, axis=-1, kind="stable")',
                'np.argsort(-probs.reshape(-1, probs.shape[-1]).sum(axis=0) + 0 * probs, axis=-1, kind="stable")',
            ),
        ),
        edit(
            "softmax of what is left",
            "They are probabilities already. What must be divided to make them sum to 1 again?",
            (KEPT, "kept = np.where(kept > 0, np.exp(kept), 0.0)\n    return kept / kept.sum(axis=-1, keepdims=True)"),
        ),
        edit(
            "all that are left equally likely",
            "Is the likeliest of those you keep still likelier than the others?",
            (KEPT, "kept = (kept > 0) * 1.0\n    return kept / kept.sum(axis=-1, keepdims=True)"),
        ),
    ),
    equivalents=(keep_top_k_by_crossing_out,),
    hints=(
        "Find the k largest of each row; everything else becomes 0; then divide each row by its sum.",
        "np.argsort(-probs, axis=-1, kind='stable')[..., :k] are the tokens to keep.",
        "np.put_along_axis writes into a row of zeros by token number, np.take_along_axis reads by it.",
    ),
    properties=(Property("every row sums to 1", sums_to_one),),
)

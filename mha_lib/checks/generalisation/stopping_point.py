"""Exercise stopping_point: when to stop."""

import math

import numpy as np

from mha_lib.diagnosis.broken import edit, rewrite
from mha_lib.diagnosis.exercise import Exercise, Probe
from mha_lib.diagnosis.parts import parts_call
from mha_lib.generalisation import early_stopping

NEW_LOWEST = "A look counts as better only if its loss is lower than any before it. What does yours compare with?"
HOW_LONG = "With a patience of 2, how many looks without a new lowest loss does training outlive?"
WHICH_KEPT = "Training ends at one look. Whose weights are worth keeping?"
NO_END = "What if patience never runs out?"


ENDS = parts_call("last look", "best look")


def stopping_point(losses, patience):
    """Return (last, best): the look at which training ends, and the one whose weights are kept."""
    best = 0
    for look in range(len(losses)):
        if losses[look] < losses[best]:
            best = look
        if look - best >= patience:
            return look, best
    return len(losses) - 1, best


def stopping_by_counting(losses, patience):
    """Return the same with a count of looks in vain."""
    lowest, best, vain = math.inf, 0, 0
    for look, loss in enumerate(losses):
        vain += 1
        if loss < lowest:
            lowest, best, vain = loss, look, 0
        if vain == patience:
            break
    return look, best


def stopping_by_slices(losses, patience):
    """Return the same, the lowest so far found anew at each look."""
    firsts = [int(np.argmin(losses[: look + 1])) for look in range(len(losses))]
    ends = [look for look, best in enumerate(firsts) if look - best >= patience]
    last = ends[0] if ends else len(losses) - 1
    return last, firsts[last]


def stops_after_rises(losses, patience):
    """Return the mistake of counting looks that are worse than the one before."""
    best, rises = 0, 0
    for look in range(len(losses)):
        rises = rises + 1 if look and losses[look] >= losses[look - 1] else 0
        best = look if losses[look] < losses[best] else best
        if rises >= patience:
            return look, best
    return len(losses) - 1, best


def never_resets(losses, patience):
    """Return the mistake of counting all looks in vain, although a new lowest came between them."""
    best, vain = 0, 0
    for look in range(1, len(losses)):
        if losses[look] < losses[best]:
            best = look
        else:
            vain += 1
        if vain >= patience:
            return look, best
    return len(losses) - 1, best


def looks_ahead(losses, patience):
    """Return the mistake of keeping the best of all looks, those after the end too."""
    return stopping_point(losses, patience)[0], int(np.argmin(losses))


def stopping_probes(rng):
    """Return losses and a patience: the worked example, falling, a tie, a patience of 1, one look, others drawn."""
    return [
        Probe("the worked example", ([0.9, 0.6, 0.7, 0.8, 0.5], 2)),
        Probe("losses that fall to the end", ([0.9, 0.7, 0.4], 1)),
        Probe("one look", ([0.7], 3)),
        Probe("patience that does not run out", ([0.8, 0.5, 0.6, 0.7], 3)),
        Probe("a patience of 1", ([0.9, 0.4, 0.6, 0.3], 1)),
        Probe("8 losses drawn at random", (rng.permutation(8).astype(float).tolist(), 3)),
        Probe("two equal losses", ([0.8, 0.5, 0.5, 0.7, 0.9, 0.4], 3)),
        Probe("losses that go down and up", ([1.0, 0.7, 0.8, 0.6, 0.9, 0.65, 0.7, 0.2, 0.9], 3)),
    ]


EXERCISE = Exercise(
    reference=early_stopping.stopping_point,
    worked=stopping_point,
    returns="a tuple (last, best) of whole numbers: the look that ends the training, and the one that is kept",
    probes=stopping_probes,
    call=ENDS,
    mistakes=(
        edit("waits one look too long", HOW_LONG, ("look - best >= patience", "look - best > patience")),
        edit("stops one look too early", HOW_LONG, ("look - best >= patience", "look - best >= patience - 1 and look")),
        rewrite("counts rises instead of looks without a new lowest", NEW_LOWEST, stops_after_rises),
        rewrite("goes on counting after a new lowest", "A new lowest came. How much patience is left?", never_resets),
        edit(
            "takes an equal loss for better",
            NEW_LOWEST,
            ("losses[look] < losses[best]", "losses[look] <= losses[best]"),
        ),
        edit("keeps the last weights", WHICH_KEPT, ("return look, best", "return look, look")),
        edit(
            "keeps the weights from before the best",
            WHICH_KEPT,
            (", best\n    return", ", max(best - 1, 0)\n    return"),
        ),
        rewrite("keeps a look that was never reached", "Has training got as far as the look you keep?", looks_ahead),
        edit("returns how many looks there were", "Looks count from 0.", ("len(losses) - 1", "len(losses)")),
        edit(
            "says nothing if patience never runs out",
            NO_END,
            ("    return len(losses) - 1, best", "    return None, None"),
        ),
    ),
    equivalents=(stopping_by_counting, stopping_by_slices),
    hints=(
        "Go through the looks in order, and remember where the lowest loss so far was.",
        "Training ends at the first look that is `patience` looks after the best one.",
        "If losses[look] < losses[best], then best = look; if look - best >= patience, return look, best.",
    ),
)

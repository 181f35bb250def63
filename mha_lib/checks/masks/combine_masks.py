"""Exercise combine_masks: combining masks."""

import functools

import numpy as np

from mha_lib import masks as library
from mha_lib.checks.masks.shared import BOOLEANS
from mha_lib.diagnosis.broken import edit, rewrite
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.diagnosis.judge import MUTATES, MUTATES_HINT


def combine_masks(*masks):
    """Return True where every mask that is not None is True."""
    allowed = True
    for mask in masks:
        if mask is not None:
            allowed = allowed & mask
    return allowed


def combine_by_product(*masks):
    """Return the same: a product of booleans is an and."""
    return functools.reduce(np.multiply, [mask for mask in masks if mask is not None])


def combine_by_what_is_hidden(*masks):
    """Return the same: hidden is what any mask hides."""
    hidden = False
    for mask in masks:
        hidden = hidden | (~mask if mask is not None else False)
    return ~hidden


def combine_in_place(*masks):
    """Return the same, written into the first mask where it fits."""
    given = [mask for mask in masks if mask is not None]
    for mask in given[1:]:
        given[0] &= mask
    return given[0]


def combine_probes(rng):
    """Return masks of several shapes, one, two or three of them, with None among them."""
    causal, padding = library.causal_mask(4), library.padding_mask([2, 4], 4)
    return [
        Probe("the worked example", (np.array([[True, False, True]]), np.array([[True, True, False]]))),
        Probe("one mask alone", (library.causal_mask(3),)),
        Probe("three masks", tuple(rng.permutation([True, True, False, True] * 3).reshape(3, 4) for _ in range(3))),
        Probe("None before a mask", (None, library.causal_mask(3))),
        Probe("None between two masks", (np.tri(3, 4, 1, dtype=bool), None, ~np.tri(3, 4, -1, dtype=bool))),
        Probe("a causal mask with the padding of 2 sentences", (causal, padding)),
    ]


def within_each(mask, *masks):
    """Return whether nothing is allowed that one of the masks hides."""
    return all(not np.any(mask & ~given) for given in masks if given is not None)


EXERCISE = Exercise(
    reference=library.combine_masks,
    worked=combine_masks,
    returns="booleans of the shape that the masks have together: (..., q, k)",
    probes=combine_probes,
    mistakes=(
        edit(
            "or instead of and",
            "A padded key in the past: one mask allows it, the other hides it. Who should win?",
            ("allowed = True", "allowed = False"),
            ("&", "|"),
        ),
        edit(
            "only the last mask counts",
            "What does your loop do with the masks before?",
            ("allowed = allowed & mask", "allowed = mask"),
        ),
        edit(
            "only the first mask counts",
            "Does your answer change when the second mask does?",
            ("allowed = allowed & mask", "allowed = mask if allowed is True else allowed"),
        ),
        edit(
            "exclusive or",
            "Two masks both say True. What does your operator say?",
            ("allowed = True", "allowed = False"),
            ("&", "^"),
        ),
        edit(
            "None is not skipped",
            "None means: no mask here. What does your operator do with it?",
            ("if mask is not None", "if True"),
        ),
        edit(
            "None hides everything",
            "None means: no mask here. Does no mask hide something?",
            ("allowed & mask", "allowed & mask\n        else:\n            allowed = allowed & np.False_"),
        ),
        edit("only two masks", "How many masks may be given? What becomes of the third?", ("in masks", "in masks[:2]")),
        edit("numbers instead of booleans", BOOLEANS, ("allowed = True", "allowed = 1"), ("&", "*")),
        rewrite(MUTATES, MUTATES_HINT, combine_in_place),
    ),
    equivalents=(combine_by_product, combine_by_what_is_hidden),
    hints=(
        "A key may be looked at if the first mask allows it, and the second, and so on. Which operator is that?",
        "Start with something that allows everything, and go through the masks; what do you do at None?",
        "allowed = True, then for each mask that is not None: allowed = allowed & mask.",
    ),
    properties=(Property("nothing is allowed that one of the masks hides", within_each),),
)

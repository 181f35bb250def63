"""Exercise area_under_curve: area under the curve."""

import numpy as np

from mha_lib.applications import verdicts as applications
from mha_lib.checks.applications.shared import between_0_and_1
from mha_lib.diagnosis.broken import edit, rewrite
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property

PAIRS = "Take one example of each class. Which of the two should score higher, and what if they score alike?"


def area_under_curve(scores, labels):
    """Return the share of pairs, one of each class, in which class 1 scores higher; ties are halves."""
    ones, zeros = scores[labels == 1], scores[labels == 0]
    higher = ones[:, None] > zeros
    equal = ones[:, None] == zeros
    return (higher + equal / 2).mean()


def area_by_ranks(scores, labels):
    """Return the same by ranks, equals sharing theirs: sort once instead of comparing all pairs."""
    _, place, count = np.unique(scores, return_inverse=True, return_counts=True)
    rank = (np.cumsum(count) - (count - 1) / 2)[place]
    num_ones = (labels == 1).sum()
    return (rank[labels == 1].sum() - num_ones * (num_ones + 1) / 2) / (num_ones * (len(labels) - num_ones))


def area_by_trapezia(scores, labels):
    """Return the same as an area: true alarms against false ones, for every threshold."""
    thresholds = np.unique(scores)[::-1]
    alarms = scores >= thresholds[:, None]
    true = np.r_[0, alarms[:, labels == 1].mean(axis=1)]
    false = np.r_[0, alarms[:, labels == 0].mean(axis=1)]
    return np.trapezoid(true, false)


def area_from_the_signs(scores, labels):
    """Return the same: plus 1 for a pair in order, minus 1 for one that is not, and the mean moved from -1..1."""
    return (1 + np.sign(np.subtract.outer(scores[labels == 1], scores[labels == 0])).mean()) / 2


def area_probes(rng):
    """Return scores and labels: worked, ragged, as many of each class, one pair, ties across the classes."""
    tied = np.array([2.0, 2.0, 1.0, 3.0, 2.0, 1.0, 0.5])
    return [
        Probe("the worked example", (np.array([3.0, 1.0, 2.0, 2.0]), np.array([1, 0, 1, 0]))),
        Probe("3 of each class", (draw(rng, 6), np.array([1, 0, 0, 1, 1, 0]))),
        Probe("one example of each class", (np.array([0.9, 0.7]), np.array([0, 1]))),
        Probe("scores that are no probabilities", (draw(rng, 7) + 40, np.array([0, 1, 1, 0, 0, 1, 0]))),
        Probe("ties between the classes", (tied, np.array([1, 0, 0, 0, 1, 1, 1]))),
        Probe("2 of class 1 among 7", (draw(rng, 7), np.array([0, 0, 1, 0, 0, 1, 0]))),
    ]


def accuracy_at_one_half(scores, labels):
    """Return the share of examples on the right side of 0.5."""
    return ((scores > 0.5) == labels).mean()


def area_by_ordinal_ranks(scores, labels):
    """Return the area by ranks, of equals the one that comes first in the list ranked lower."""
    rank = np.argsort(np.argsort(scores, kind="stable")) + 1
    num_ones = (labels == 1).sum()
    return (rank[labels == 1].sum() - num_ones * (num_ones + 1) / 2) / (num_ones * (len(labels) - num_ones))


def area_by_ranks_from_zero(scores, labels):
    """Return the area by ranks that begin at 0 in a formula that expects 1."""
    num_ones = (labels == 1).sum()
    return area_by_ranks(scores, labels) - 1 / (len(labels) - num_ones)


def area_side_by_side(scores, labels):
    """Return the share of pairs in which class 1 is ahead, each example paired once, as they come."""
    ones, zeros = scores[labels == 1], scores[labels == 0]
    count = min(len(ones), len(zeros))
    return (np.sign(ones[:count] - zeros[:count]).mean() + 1) / 2


EXERCISE = Exercise(
    reference=applications.area_under_curve,
    worked=area_under_curve,
    returns="a number from 0 to 1",
    probes=area_probes,
    mistakes=(
        edit("ties count as wins", PAIRS, ("equal / 2", "equal")),
        edit("ties count for nothing", PAIRS, ("(higher + equal / 2)", "higher")),
        edit(
            "classes swapped",
            "Which class should score high?",
            ("scores[labels == 1], scores[labels == 0]", "scores[labels == 0], scores[labels == 1]"),
        ),
        edit("everybody is a rival", PAIRS, ("scores[labels == 0]", "scores")),
        edit(
            "divided by all pairs",
            "How many pairs with one of each class are there?",
            (".mean()", ".sum() / len(scores) ** 2"),
        ),
        edit("pairs summed", "Is it a share or a count?", (".mean()", ".sum()")),
        edit(
            "means compared",
            "One odd score can move a mean. Can it move more than its own pairs?",
            (
                "ones, zeros = scores[labels == 1], scores[labels == 0]",
                "ones, zeros = scores[labels == 1].mean(keepdims=True), scores[labels == 0].mean(keepdims=True)",
            ),
        ),
        rewrite("accuracy at one half", "Add 10 to all scores. Should the area change?", accuracy_at_one_half),
        rewrite(
            "equals ranked as they come",
            "Sort two equal scores. Which one comes first, and why?",
            area_by_ordinal_ranks,
        ),
        rewrite("ranks begin at 0", "What is the smallest possible sum of m ranks?", area_by_ranks_from_zero),
        rewrite("examples paired as they come", "How many rivals has each example of class 1?", area_side_by_side),
    ),
    equivalents=(area_by_ranks, area_by_trapezia, area_from_the_signs),
    hints=(
        "Take every pair of one example of each class, and ask which of the two scores higher.",
        "ones[:, None] > zeros is a table of all pairs; ones[:, None] == zeros is the table of ties.",
        "((ones[:, None] > zeros) + (ones[:, None] == zeros) / 2).mean()",
    ),
    properties=(Property("a share lies between 0 and 1", between_0_and_1),),
)

"""Exercise dot: the dot product, by loop."""

import math

import numpy as np

from mha_lib.diagnosis.broken import edit, rewrite
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe
from mha_lib.similarity import vectors as similarity

ONE_PRODUCT = "How many products does the sum have? Follow your loop with the pencil, entry by entry."


def dot(a, b):
    """Return the sum of the products of the entries."""
    total = 0.0
    for x, y in zip(a, b, strict=True):
        total = total + x * y
    return total


def dot_by_position(a, b):
    """Return the same, the entries found by their position."""
    return math.fsum(a[i] * b[i] for i in range(len(a)))


def dot_without_loop(a, b):
    """Return the same, by the product of two arrays."""
    return (a * b).sum()


def dot_of_all_with_all(a, b):
    """Return every entry of a times every entry of b, added up."""
    return a.sum() * b.sum()


def dot_probes(rng):
    """Return pairs of vectors: the worked example, one entry, many, a vector with itself, signs that cancel."""
    twice = draw(rng, 4)
    return [
        Probe("the worked example", (np.array([3.0, 1.0]), np.array([2.0, -1.0]))),
        Probe("vectors of 7 entries", (draw(rng, 7), draw(rng, 7))),
        Probe("a vector with itself", (twice, twice.copy())),
        Probe("vectors of 1 entry", (draw(rng, 1), draw(rng, 1))),
        Probe("vectors at right angles", (np.array([1.5, -2.0, 0.5]), np.array([2.0, 1.0, -2.0]))),
    ]


EXERCISE = Exercise(
    reference=similarity.dot,
    worked=dot,
    returns="one number",
    probes=dot_probes,
    mistakes=(
        edit("adds the entries instead of multiplying them", ONE_PRODUCT, ("x * y", "(x + y)")),
        edit("keeps the last product alone", "What happens to the earlier products?", ("total + x * y", "x * y")),
        edit(
            "returns inside the loop",
            "How far is the return indented, and how often does the loop run before it?",
            ("\n    return", "\n        return"),
        ),
        edit("leaves out the first entry", "Where does counting start in Python?", ("zip(a, b", "zip(a[1:], b[1:]")),
        edit("multiplies a with itself", "Which vector does the second factor come from?", ("x * y", "x * x")),
        edit(
            "drops the signs",
            "Two vectors that pull in opposite directions: should their product count for or against?",
            ("x * y", "abs(x * y)"),
        ),
        edit(
            "divides by the number of entries",
            "This is a mean. Does a vector that says more have to say it more quietly?",
            ("return total", "return total / len(a)"),
        ),
        rewrite("multiplies every entry with every other", ONE_PRODUCT, dot_of_all_with_all),
    ),
    equivalents=(dot_by_position, dot_without_loop),
    hints=(
        "Walk along both vectors together. At each step there is one product to add.",
        "Start a total at 0.0 before the loop; return it after the loop, not in it.",
        "for x, y in zip(a, b): total = total + x * y",
    ),
)

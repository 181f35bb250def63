"""Exercise cosine: the cosine."""

import math

import numpy as np

from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.similarity import vectors as similarity

LENGTHS = "Make one vector twice as long. The angle stays. Does your answer?"


def cosine(a, b):
    """Return the dot product, the lengths divided out."""
    lengths = np.sqrt(np.dot(a, a)) * np.sqrt(np.dot(b, b))
    if lengths == 0:
        return 0.0
    return np.dot(a, b) / lengths


def cosine_under_one_root(a, b):
    """Return the same, with one root for both lengths."""
    square = np.sum(a * a) * np.sum(b * b)
    return float(a @ b) / math.sqrt(square) if square else 0.0


def cosine_of_directions(a, b):
    """Return the same: both vectors to length 1, then a dot product, which rounding may carry past 1."""
    lengths = np.linalg.norm(a), np.linalg.norm(b)
    if 0 in lengths:
        return np.float64(0)
    return np.clip((a / lengths[0]) @ (b / lengths[1]), -1, 1)


def cosine_by_difference(a, b):
    """Return the same by the law of cosines: the difference of two directions has the squared length 2 - 2 cos."""
    if not (np.any(a) and np.any(b)):
        return 0.0
    difference = a / math.hypot(*a) - b / math.hypot(*b)
    return 1 - np.sum(difference**2) / 2


def cosine_probes(rng):
    """Return pairs of vectors: the worked example, obtuse, parallel, tiny ones, and a vector of zeros."""
    return [
        Probe("the worked example", (np.array([3.0, 1.0]), np.array([2.0, -1.0]))),
        Probe("vectors of 5 entries", (draw(rng, 5), draw(rng, 5))),
        Probe("opposite directions", (np.array([1.0, 2.0, -2.0]), np.array([-2.0, -4.0, 4.0]))),
        Probe("vectors of tiny length", (draw(rng, 3) * 1e-5, draw(rng, 3) * 1e-4)),
        Probe("a vector of zeros", (np.zeros(4), draw(rng, 4))),
    ]


def between_minus_one_and_one(value, a, b):
    """Return whether a number can be a cosine."""
    return bool(abs(value) <= 1 + 1e-9)


def unmoved_by_length(value, a, b):
    """Return whether the answer is the dot product over the product of the lengths, or 0 without a length."""
    return bool(np.isclose(value * np.linalg.norm(a) * np.linalg.norm(b), a @ b))


EXERCISE = Exercise(
    reference=similarity.cosine,
    worked=cosine,
    returns="one number from -1 to 1",
    probes=cosine_probes,
    mistakes=(
        edit("no division", LENGTHS, (" / lengths", "")),
        edit("divides by the length of a alone", LENGTHS, (" * np.sqrt(np.dot(b, b))", "")),
        edit("divides by the length of b alone", LENGTHS, ("np.sqrt(np.dot(a, a)) * ", "")),
        edit(
            "divides by the squares of the lengths",
            "A vector (3, 4) has length 5, and 25 is something else. Which of the two did you divide by?",
            ("np.sqrt(np.dot(a, a)) * np.sqrt(np.dot(b, b))", "np.dot(a, a) * np.dot(b, b)"),
        ),
        edit(
            "divides by the sum of the lengths",
            "In |a| |b| cos, what stands between the two lengths?",
            ("np.sqrt(np.dot(a, a)) * ", "np.sqrt(np.dot(a, a)) + "),
        ),
        edit(
            "drops the sign",
            "Opposite directions: are they as alike as two vectors can be, or as unlike?",
            ("return np.dot(a, b)", "return np.abs(np.dot(a, b))"),
        ),
        edit(
            "returns the angle",
            "This is an angle in radians: large where the vectors are unlike. Its cosine was asked for.",
            ("return np.dot(a, b) / lengths", "return np.arccos(np.clip(np.dot(a, b) / lengths, -1, 1))"),
        ),
        edit(
            "a small number added to the lengths",
            "Is it small beside the lengths of every vector, tiny ones too? What can a test for zero do instead?",
            ("* np.sqrt(np.dot(b, b))", "* np.sqrt(np.dot(b, b)) + 1e-8"),
        ),
        edit(
            "divides by zero where a vector is zeros",
            "A vector of zeros has no direction. What did the statement agree on?",
            ("lengths == 0", "lengths < 0"),
        ),
    ),
    equivalents=(cosine_under_one_root, cosine_of_directions, cosine_by_difference),
    hints=(
        "The dot product is |a| |b| cos. What must you divide out so that the cosine is left?",
        "A length is the root of a vector's dot product with itself. Ask for zero before you divide.",
        "np.dot(a, b) / (np.sqrt(np.dot(a, a)) * np.sqrt(np.dot(b, b))), and 0.0 where a length is 0.",
    ),
    properties=(
        Property("the answer lies between -1 and 1", between_minus_one_and_one),
        Property("times both lengths it is the dot product", unmoved_by_length),
    ),
)

"""Exercise shadow: the shadow."""

import numpy as np

from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.similarity import vectors as similarity


def shadow(a, b):
    """Return the multiple of b that lies nearest to a."""
    if not np.any(b):
        return np.zeros_like(b)
    return np.dot(a, b) / np.dot(b, b) * b


def shadow_along_a_direction(a, b):
    """Return the same: bring b to length 1 first."""
    length = np.sqrt(np.sum(b**2))
    direction = b / length if length > 0 else b
    return np.sum(a * direction) * direction


def shadow_by_matrix(a, b):
    """Return the same: one matrix throws every vector's shadow."""
    square = b @ b
    return np.outer(b, b) @ a / (square if square > 0 else 1.0)


def shadow_probes(rng):
    """Return pairs of vectors, among them an obtuse angle and a vector of zeros."""
    return [
        Probe("the worked example", (np.array([2.0, -1.0]), np.array([3.0, 1.0]))),
        Probe("vectors of 5 entries", (draw(rng, 5), draw(rng, 5))),
        Probe("vectors at right angles", (np.array([1.5, -2.0, 0.5]), np.array([2.0, 1.0, -2.0]))),
        Probe("an angle of more than 90 degrees", (np.array([-3.0, 1.0]), np.array([2.0, 1.5]))),
        Probe("the shadow on a vector of zeros", (draw(rng, 3), np.zeros(3))),
    ]


def at_right_angles(value, a, b):
    """Return whether what the shadow leaves over stands at right angles to b."""
    return np.shape(value) == np.shape(b) and bool(np.isclose(np.dot(a - value, b), 0, atol=1e-6))


def along_b(value, a, b):
    """Return whether the shadow is a multiple of b."""
    return np.shape(value) == np.shape(b) and bool(np.isclose(np.dot(value, b) ** 2, np.dot(value, value) * (b @ b)))


EXERCISE = Exercise(
    reference=similarity.shadow,
    worked=shadow,
    returns="the shadow, a vector along b: (d,)",
    probes=shadow_probes,
    mistakes=(
        edit(
            "divides by the length of b, not its square",
            "The dot product holds b's length, and so does the b you multiply by. How often must it be divided out?",
            ("/ np.dot(b, b)", "/ np.sqrt(np.dot(b, b))"),
        ),
        edit("no division", "Make b twice as long. Should its shadow grow?", (" / np.dot(b, b)", "")),
        edit(
            "casts b's shadow on a",
            "Who throws the shadow, and on whose line does it fall?",
            ("np.dot(b, b) * b", "np.dot(a, a) * a"),
        ),
        edit("points along a", "On whose line does the shadow lie?", ("np.dot(b, b) * b", "np.dot(b, b) * a")),
        edit(
            "returns how long the shadow is",
            "Asked for is the shadow itself, a vector. You know how long; which way does it point?",
            ("np.dot(b, b) * b", "np.sqrt(np.dot(b, b))"),
        ),
        edit(
            "returns what the shadow leaves over",
            "This stands at right angles to b. Which part of a lies along it?",
            ("return np.dot(a, b) / np.dot(b, b) * b", "return a - np.dot(a, b) / np.dot(b, b) * b"),
        ),
        edit(
            "scales b by the cosine",
            "The cosine has lost the length of a. A longer a throws a longer shadow.",
            ("/ np.dot(b, b)", "/ np.sqrt(np.dot(a, a) * np.dot(b, b))"),
        ),
        edit(
            "divides by zero where b is zeros",
            "A vector of zeros has no line. What did the statement agree on?",
            ("not np.any(b)", "b is None"),
        ),
    ),
    equivalents=(shadow_along_a_direction, shadow_by_matrix),
    hints=(
        "The shadow lies on b's line, so it is b times some number t. Only t is missing.",
        "What is left over, a - t b, stands at right angles to b: its dot product with b is 0. Solve for t.",
        "t = np.dot(a, b) / np.dot(b, b), and zeros where b is zeros.",
    ),
    properties=(
        Property("the shadow lies on b's line", along_b),
        Property("what it leaves over stands at right angles to b", at_right_angles),
    ),
)

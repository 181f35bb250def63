"""Exercise expose_effect_size: find an input that shows."""

import numpy as np

from mha_lib.checks.fairness.effect_size import EXERCISE as EFFECT_SIZE
from mha_lib.diagnosis.exposure import Exposure, misses
from mha_lib.similarity.vectors import unit


def expose_effect_size():
    """Return (x, y, a, b) on which every broken effect size gives itself away."""
    x, y = np.array([[3.0, 1.0], [2.0, 0.5]]), np.array([[1.0, 4.0], [0.0, 2.0], [1.0, 1.0]])
    return x, y, np.array([[5.0, 1.0], [1.0, 0.0], [2.0, 2.0]]), np.array([[1.0, 3.0]])


def expose_by_drawing():
    """Return the same kind of input, drawn."""
    rng = np.random.default_rng(3)
    return tuple(rng.normal(0.5, 1.0, (n, 4)) for n in (3, 2, 2, 4))


def _all_of_length_1():
    return tuple(unit(some) for some in expose_effect_size())


def _equal_attributes():
    x, y, a, _ = expose_effect_size()
    return x, y, a, np.array([[1.0, 3.0], [0.0, 2.0], [1.0, 2.0]])


def _second_at_right_angles():
    sets = [[3, 1, 0], [2, 0.5, 0]], [[1, 4, 0], [0, 2, 0]], [[5, 1, 0]], [[0, 0, 2]]
    return tuple(np.array(some, dtype=float) for some in sets)


def _one_set_twice():
    x, _, a, b = expose_effect_size()
    return x, x.copy(), a, b


EXERCISE = Exposure(
    reference=expose_effect_size,
    target=EFFECT_SIZE,
    mistakes=(
        misses("dot products for cosines", "When are dot products and cosines the same numbers?", _all_of_length_1),
        misses("adds up cosines instead of averaging them", "Both sets as large: what cancels?", _equal_attributes),
        misses("ignores the second attributes", "When does b take nothing away?", _second_at_right_angles),
        misses("the sign turned round", "Which number is its own opposite?", _one_set_twice),
        misses("divides by n, not by n - 1", "What is 0 divided by anything?", _one_set_twice),
        misses("divides by the variance", "What is 0 divided by anything?", _one_set_twice),
        misses("the raw difference", "What is 0 divided by anything?", _one_set_twice),
    ),
    hints=(
        "A broken version survives where its mistake makes no difference. When are a sum and a mean the same?",
        "Vectors of unlike lengths, x unlike y, and attribute sets of two sizes, none at right angles to the words.",
        "Two numbers a word are enough: x of 2 words such as (3, 1), y of 3, a of 3, b of a single word.",
    ),
    equivalents=(expose_by_drawing,),
    returns="a tuple (x, y, a, b)",
)

"""Exercise expose_cosine: kill the mutants."""

import numpy as np

from mha_lib.checks.similarity.cosine import EXERCISE as COSINE
from mha_lib.diagnosis.exposure import Exposure, misses


def expose_cosine():
    """Return two vectors on which every broken version differs from cosine."""
    return np.array([3.0, 4.0]), np.array([-2.0, 1.0])


def expose_cosine_in_space():
    """Return two others, of three entries."""
    return np.array([-1.0, 2.0, 2.0]), np.array([4.0, 0.5, 1.0])


def _unit_lengths():
    return np.array([0.6, 0.8]), np.array([-1.0, 0.0])


def _b_of_length_one():
    return np.array([3.0, 4.0]), np.array([-1.0, 0.0])


def _a_of_length_one():
    return np.array([-1.0, 0.0]), np.array([3.0, 4.0])


def _lengths_of_two():
    return np.array([2.0, 0.0]), np.array([-1.2, 1.6])


def _acute():
    return np.array([3.0, 4.0]), np.array([2.0, 1.0])


EXERCISE = Exposure(
    reference=expose_cosine,
    target=COSINE,
    mistakes=(
        misses("no division", "At which lengths does a division change nothing?", _unit_lengths),
        misses("divides by the length of a alone", "At which length may b be forgotten?", _b_of_length_one),
        misses("divides by the length of b alone", "At which length may a be forgotten?", _a_of_length_one),
        misses("divides by the squares of the lengths", "Which length is its own square?", _unit_lengths),
        misses("divides by the sum of the lengths", "For which numbers is 2 + 2 = 2 times 2?", _lengths_of_two),
        misses("drops the sign", "At which angles does a sign appear?", _acute),
    ),
    hints=(
        "A broken version survives where its mistake makes no difference. Where does dividing by 1 make none?",
        "Two vectors of different lengths, neither of length 1.",
        "And an angle of more than 90 degrees, so that there is a sign to lose: (3, 4) and (-2, 1).",
    ),
    equivalents=(expose_cosine_in_space,),
    returns="a tuple (a, b)",
)

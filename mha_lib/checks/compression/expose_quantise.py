"""Exercise expose_quantise: find an input that shows."""

import numpy as np

from mha_lib.checks.compression.quantise import EXERCISE as QUANTISE
from mha_lib.diagnosis.exposure import Exposure, misses


def expose_quantise():
    """Return (x, scale, zero_point, lowest, highest) on which every broken version of quantise gives itself away."""
    return np.array([0.6, -0.6, 90.0, -90.0, 2.0]), 0.5, 3, -4, 11


def expose_in_rows():
    """Return the same with two rows and another grid."""
    return np.array([[0.3, -0.7, 60.0], [-60.0, 2.2, -1.1]]), 0.25, -5, -20, 17


def positive_and_mild():
    """Return numbers above 0 that stay within the grid."""
    return np.array([0.6, 1.7, 3.2]), 0.5, 3, 0, 15


def nearly_on_the_grid_below():
    """Return numbers whose nearest code is the one below."""
    return np.array([0.55, 1.6, 90.0, -90.0]), 0.5, 3, 0, 11


def without_zero_point():
    """Return a grid whose zero point is 0."""
    return np.array([0.6, -0.6, 90.0, -90.0, 2.3]), 0.5, 0, -4, 11


def only_too_high():
    """Return numbers of which none lies below the grid."""
    return np.array([0.6, -0.6, 90.0, 2.3]), 0.5, 3, -4, 11


def only_too_low():
    """Return numbers of which none lies above the grid."""
    return np.array([0.6, -0.6, -90.0, 2.3]), 0.5, 3, -4, 11


def steps_of_one():
    """Return a grid with steps of 1."""
    return np.array([0.6, -0.6, 90.0, -90.0, 2.3]), 1.0, 3, -4, 11


def known(exercise, name):
    """Return the hint of an exercise's mistake."""
    return next(mistake.hint for mistake in exercise.mistakes if mistake.name == name)


def survivor(name, function):
    """Return the mistake of writing an input that one mutant survives."""
    return misses(name, known(QUANTISE, name), function)


EXERCISE = Exposure(
    reference=expose_quantise,
    target=QUANTISE,
    returns="a tuple (x, scale, zero_point, lowest, highest)",
    mistakes=(
        survivor("rounds down", nearly_on_the_grid_below),
        survivor("zero point forgotten", without_zero_point),
        survivor("clips above alone", only_too_high),
        survivor("clips below alone", only_too_low),
        survivor("multiplies by the scale", steps_of_one),
        survivor("does not clip", positive_and_mild),
    ),
    equivalents=(expose_in_rows,),
    hints=(
        "For each broken version: on which number would it and a right one disagree?",
        "You need a number off the grid, a zero point, a step that is not 1, and numbers beyond both ends.",
        "np.array([0.6, -0.6, 90.0, -90.0]) on a grid with steps of 0.5 and zero point 3 comes close.",
    ),
)

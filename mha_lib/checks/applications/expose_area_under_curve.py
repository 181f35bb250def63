"""Exercise expose_area_under_curve: find the scores that show."""

import numpy as np

from mha_lib.checks.applications.area_under_curve import EXERCISE as AREA
from mha_lib.diagnosis.exposure import Exposure, misses


def expose_area_under_curve():
    """Return (scores, labels) on which every broken version of area_under_curve gives itself away."""
    return np.array([2.0, 1.0, 2.0, 5.0, 0.0, 9.0, 1.5]), np.array([1, 0, 0, 1, 1, 0, 0])


def expose_area_with_fewer():
    """Return the same with five examples."""
    return np.array([4.0, 4.0, 7.0, 3.0, 9.0]), np.array([1, 0, 1, 0, 0])


def _no_ties():
    scores, labels = expose_area_under_curve()
    return scores + 0.01 * np.arange(len(scores)), labels


def _one_against_one():
    return np.array([1.0, 1.0]), np.array([1, 0])


def _perfect():
    return np.array([0.9, 0.8, 0.2, 0.1]), np.array([1, 1, 0, 0])


def _alike():
    return np.full(4, 0.7), np.array([1, 1, 0, 0])


EXERCISE = Exposure(
    reference=expose_area_under_curve,
    target=AREA,
    mistakes=(
        misses("ties count as wins", "Which scores have no ties?", _no_ties),
        misses("ties count for nothing", "Which scores have no ties?", _no_ties),
        misses("equals ranked as they come", "Which scores have no ties?", _no_ties),
        misses("classes swapped", "Which area is its own mirror image?", _alike),
        misses("means compared", "When are all pairs decided like the means?", _perfect),
        misses("accuracy at one half", "Which scores lie on the right sides of 0.5 already?", _perfect),
        misses("examples paired as they come", "When is there only one way to make pairs?", _one_against_one),
    ),
    hints=(
        "A broken version survives where its mistake makes no difference. What if no scores are equal?",
        "Choose scores that are no probabilities, two equal ones in different classes, and one that is far too high.",
        "Scores like 2, 1, 2, 5, 0, 9, 1.5, the two 2s in different classes, the 9 in class 0.",
    ),
    equivalents=(expose_area_with_fewer,),
    returns="a tuple (scores, labels)",
)

"""Exercise expose_calibration_error: answers that show it."""

import numpy as np

from mha_lib.checks.robustness.calibration_error import EXERCISE as CALIBRATION_ERROR
from mha_lib.diagnosis.exposure import Exposure, misses


def expose_calibration_error():
    """Return (confidences, correct, num_bins) on which every broken version gives itself away."""
    confidences = np.array([0.05, 0.05, 0.62, 0.66, 0.92, 0.98, 1.0])
    return confidences, np.array([True, True, True, True, False, True, False]), 4


def expose_with_more_answers():
    """Return the same, every answer given twice, and one more bin."""
    confidences, correct, _ = expose_calibration_error()
    return np.repeat(confidences, 2), np.repeat(correct, 2), 5


def _too_sure():
    return np.array([0.55, 0.6, 0.93, 0.97, 1.0]), np.array([False, False, False, True, False]), 4


def _filled_alike():
    return np.array([0.1, 0.4, 0.6, 1.0]), np.array([True, True, False, False]), 4


def _nobody_sure():
    return np.array([0.05, 0.05, 0.62, 0.66, 0.92]), np.array([True, True, True, True, False]), 4


def _gaps_alike():
    return np.array([0.1, 0.1, 0.8, 1.0]), np.array([True, True, False, False]), 2


def _all_or_nothing():
    return np.array([0.0, 0.0, 1.0, 1.0, 1.0]), np.array([True, True, False, False, False]), 4


def _in_the_middle():
    return np.array([0.2, 0.3, 0.7, 0.8, 0.75]), np.array([True, True, False, False, True]), 2


def _half_right():
    return np.array([0.1, 0.2, 0.6, 0.9]), np.array([True, False, True, False]), 2


EXERCISE = Exposure(
    reference=expose_calibration_error,
    target=CALIBRATION_ERROR,
    mistakes=(
        misses("all in one bin", "Your answers all err to one side. When can errors cancel?", _too_sure),
        misses("gaps with their signs", "Your answers all err to one side. Which sign has a modest gap?", _too_sure),
        misses("every filled bin weighs the same", "How full are your bins?", _filled_alike),
        misses("an empty bin divides by zero", "Is a bin of yours empty?", _filled_alike),
        misses("a confidence of 1 falls out", "Who of yours is quite sure?", _nobody_sure),
        misses("the largest gap", "When are a mean and a maximum the same?", _gaps_alike),
        misses("squared gaps", "Which numbers are their own squares?", _all_or_nothing),
        misses("the middle of the bin for the confidence", "Where in their bins do your answers lie?", _in_the_middle),
        misses("confidence against error", "When is the share that is right the share that is wrong?", _half_right),
    ),
    hints=(
        "A broken version survives where its mistake makes no difference. Ask of each: where would that be?",
        "Few bins. One empty, the others filled unequally, one answer quite sure, and errors to both sides.",
        "Some modest answers that are right, some sure ones that are mostly wrong, a confidence of 1, and 4 bins.",
    ),
    equivalents=(expose_with_more_answers,),
    returns="a tuple (confidences, correct, num_bins)",
)

"""Exercise expose_timers: catch four misleading benchmarks."""

import numpy as np

from mha_lib.checks.gpu.median_seconds import EXERCISE as MEDIAN_SECONDS
from mha_lib.checks.gpu.shared import CACHE, FIRST, QUEUE, ZEROS
from mha_lib.diagnosis.exposure import Exposure, misses
from mha_lib.gpu.measurements import SimulatedCard


def expose_timers():
    """Return (card, inputs, repeats) on which every misleading benchmark gives itself away."""
    return SimulatedCard(seconds=1.0, compile_seconds=10.0), [np.array([1.0, 2.0]), np.array([3.0, 5.0])], 2


def expose_with_three():
    """Return another such setting."""
    return SimulatedCard(seconds=0.5, compile_seconds=99.0), [np.ones(2), 2 * np.ones(2), np.arange(3.0)], 2


def _instant():
    return SimulatedCard(seconds=0.0, compile_seconds=10.0, enqueue=1.0), [np.ones(2), 2 * np.ones(2)], 2


def _compiled():
    return SimulatedCard(seconds=1.0, compile_seconds=0.0), [np.ones(2), 2 * np.ones(2)], 2


def _one_lap():
    return SimulatedCard(seconds=1.0, compile_seconds=10.0), [np.ones(2), 2 * np.ones(2)], 1


def _zeros():
    return SimulatedCard(seconds=1.0, compile_seconds=10.0), [np.zeros(2)], 2


EXERCISE = Exposure(
    reference=expose_timers,
    returns="a card, inputs and a number of repeats",
    target=MEDIAN_SECONDS,
    mistakes=(
        misses("does not wait for the card", QUEUE, _instant),
        misses("counts the compilation", FIRST, _compiled),
        misses("times one input over and over", CACHE, _one_lap),
        misses("times zeros", ZEROS, _zeros),
    ),
    equivalents=(expose_with_three,),
    hints=(
        "Which property of the card does each benchmark get wrong? Make every one of them large.",
        "A median of many laps hides one slow lap. How many repeats let the compilation through?",
        "Two unlike inputs without a zero in them, two repeats, a kernel of a second and a compilation of ten.",
    ),
)

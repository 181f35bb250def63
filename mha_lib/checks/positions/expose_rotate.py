"""Exercise expose_rotate: kill the mutants."""

import numpy as np

from mha_lib.checks.positions.rotate import EXERCISE as ROTATE
from mha_lib.diagnosis.exposure import Exposure, misses


def expose_rotate():
    """Return tokens, positions and a base on which every broken rotation gives itself away."""
    x = np.array([[[1.0, 2.0, 3.0, 5.0], [2.0, -1.0, 0.5, 4.0]], [[-3.0, 1.0, 2.0, 2.0], [1.0, 1.0, -2.0, 3.0]]])
    positions = np.array([[7.0, 3.0], [2.0, 11.0]])
    return x, positions, 100.0


def expose_rotate_with_three_tokens():
    """Return another such input: wider, longer, and with positions that are no whole numbers."""
    x = np.sin(np.arange(1.0, 1 + 2 * 3 * 6)).reshape(2, 3, 6)
    return x, np.array([[0.5, 2.5, 1.5], [4.0, 6.0, 3.0]]), 20.0


def _narrow():
    x, positions, base = expose_rotate()
    return x[..., :2], positions, base


def _at_position_zero():
    x, positions, base = expose_rotate()
    return x, np.zeros_like(positions), base


def _first_of_each_pair():
    x, positions, base = expose_rotate()
    return x * [1.0, 0.0, 1.0, 0.0], positions, base


def _counted():
    x, _, base = expose_rotate()
    return x, np.array([[0.0, 1.0], [0.0, 1.0]]), base


def _usual_base():
    x, positions, _ = expose_rotate()
    return x, positions, 10000.0


def _shared_positions():
    x, positions, base = expose_rotate()
    return x, positions[0], base


EXERCISE = Exposure(
    reference=expose_rotate,
    target=ROTATE,
    mistakes=(
        misses("pairs halves, not neighbours", "At which width are the halves the neighbours?", _narrow),
        misses("turns clockwise", "By which angle does it not matter which way you turn?", _at_position_zero),
        misses("a minus is missing", "Which number would make the wrong sign harmless?", _first_of_each_pair),
        misses("ignores the positions", "Which positions would this version make up by itself?", _counted),
        misses(
            "the first sequence's positions for all",
            "When do two sequences have the same positions?",
            _shared_positions,
        ),
        misses("ignores the base", "Which base does this version always use?", _usual_base),
        misses("one speed for all pairs", "With how many pairs is there only one speed?", _narrow),
    ),
    hints=(
        "A broken version survives where its mistake makes no difference. Where does turning make none?",
        "More than one pair, more than one sequence, positions that are not 0, 1, 2, and a base that is not 10000.",
        "x of shape (2, 2, 4) without zeros, positions of shape (2, 2) with different rows, and base 100.",
    ),
    equivalents=(expose_rotate_with_three_tokens,),
    returns="a tuple (x, positions, base)",
)

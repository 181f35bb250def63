"""Exercise expose_softmax: kill the mutants."""

import numpy as np

from mha_lib.checks.softmax.softmax import EXERCISE as SOFTMAX
from mha_lib.diagnosis.exposure import Exposure, misses


def expose_softmax():
    """Return scores on which every broken softmax gives itself away: rows far apart, one wide in itself."""
    return np.array([[0.0, 1.0, 3.0, 2.0], [-2000.0, -2001.0, -1999.0, -2003.0], [0.0, 0.0, 2000.0, 1999.0]])


def expose_softmax_batched():
    """Return the same as a batch of one table."""
    return expose_softmax()[None]


def _moderate():
    return np.array([[0.0, 1.0, 3.0], [2.0, -1.0, 0.5]])


def _high():
    return _moderate() + 1000.0


EXERCISE = Exposure(
    reference=expose_softmax,
    target=SOFTMAX,
    mistakes=(
        misses(
            "softmax down the columns", "On which square table are rows and columns alike?", lambda: np.ones((3, 3))
        ),
        misses("softmax over everything", "With how many rows is everything one row?", lambda: _moderate()[:1]),
        misses(
            "forgets keepdims in the sum", "When do all the rows have one and the same sum?", lambda: np.ones((3, 3))
        ),
        misses("no maximum subtracted", "At which scores does exp overflow?", _moderate),
        misses("subtracts the largest score of all rows", "Is any of your rows far below another?", _high),
        misses("subtracts the mean", "Is any score of a row far above the row's mean?", _high),
        misses("subtracts the smallest score", "Is any score of a row far above the smallest?", _high),
        misses("clips the scores", "Do two scores of one row lie beyond 700?", _moderate),
    ),
    equivalents=(expose_softmax_batched,),
    hints=(
        "A broken version survives where its mistake makes no difference. Take the eight names one by one.",
        "Three rows, more columns than rows, no two rows alike. One row far below the others, one spread out very far.",
        "Keep one harmless row. Put the second at about -2000. In the third let two scores lie 2000 above the others.",
    ),
    returns="an array of scores",
)

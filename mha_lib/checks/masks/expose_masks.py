"""Exercise expose_masks: kill the mutants."""

import numpy as np

from mha_lib import masks as library
from mha_lib.checks.masks.masked_softmax import EXERCISE as MASKED_SOFTMAX
from mha_lib.diagnosis.exposure import Exposure, misses


def expose_masks():
    """Return scores and a mask on which every broken masked softmax gives itself away."""
    scores = np.array([[-20001.0, -20000.0, -20000.5], [1.0, 2.0, 3.0]])
    return scores, np.array([[True, True, False], [False, False, False]])


def expose_masks_in_a_batch():
    """Return another such input: more rows, more sentences, the empty one first."""
    scores = np.array([[[3.0, 1.0, 2.0, 0.0]], [[-20001.0, -20000.0, -20000.5, -20002.0]]])
    return scores, library.padding_mask([0, 3], 4)


def _ordinary():
    return np.array([[1.0, 2.0, 3.0], [2.0, 0.5, 1.0]]), np.array([[True, True, False], [True, False, True]])


def _all_or_nothing():
    return expose_masks()[0], np.array([[True] * 3, [False] * 3])


def _large_scores():
    return np.array([[1000.0, 999.0, 998.0]]), np.array([[True, True, False]])


def _near_minus_200():
    return np.array([[-200.0, -201.0, -199.0], [1.0, 2.0, 3.0]]), expose_masks()[1]


EXERCISE = Exposure(
    reference=expose_masks,
    target=MASKED_SOFTMAX,
    mistakes=(
        misses("weights zeroed after the softmax", "Which masks hide nothing, or all?", _all_or_nothing),
        misses("hidden scores become 0", "When is exp(0) next to nothing beside the others?", _large_scores),
        misses("fills with -100", "Beside which scores is exp(-100) next to nothing?", _ordinary),
        misses("fills with -10000", "How low must a real score be for this fill to win?", _near_minus_200),
        misses("a huge negative number instead of minus infinity", "Is any of your rows all fill?", _ordinary),
        misses("no rule for a query that may attend to nothing", "May each of your queries look somewhere?", _ordinary),
    ),
    hints=(
        "A fill gives itself away where a real score is lower than it. How low must you go to beat both?",
        "One row with low real scores, one of them hidden; and a second row for the two that the first cannot show.",
        "Scores near -20000 with the mask True, True, False; below them any scores with False, False, False.",
    ),
    equivalents=(expose_masks_in_a_batch,),
    returns="a tuple (scores, mask)",
)

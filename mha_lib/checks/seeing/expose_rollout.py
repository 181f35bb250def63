"""Exercise expose_rollout: kill the mutants."""

import numpy as np

from mha_lib.checks.seeing.rollout import EXERCISE as ROLLOUT
from mha_lib.diagnosis.exposure import Exposure, misses


def expose_rollout():
    """Return maps (layers, h, n, n) on which every broken rollout gives itself away."""
    first = [[[1.0, 0, 0], [0.5, 0.5, 0], [0, 0, 0]], [[0, 0, 1.0], [0, 1.0, 0], [0, 0, 0]]]
    second = [[[0, 1.0, 0], [0, 0, 1.0], [1.0, 0, 0]], [[0.5, 0.5, 0], [1.0, 0, 0], [0, 0.5, 0.5]]]
    return np.array([first, second])


def expose_rollout_upside_down():
    """Return the same with the layers exchanged, and a third one."""
    first, second = expose_rollout()
    return np.stack([second, first, first])


def _one_layer():
    return expose_rollout()[:1]


def _one_head():
    return expose_rollout()[:, 1:]


def _full_rows():
    return np.stack([expose_rollout()[1], expose_rollout()[1][:, ::-1]])


def _looking_at_itself():
    return np.broadcast_to(np.eye(3), (2, 2, 3, 3)).copy()


EXERCISE = Exposure(
    reference=expose_rollout,
    target=ROLLOUT,
    mistakes=(
        misses("no residual", "On which weights does a residual change nothing?", _looking_at_itself),
        misses("rows not made to sum to 1 again", "Which rows sum to 1 as they are?", _full_rows),
        misses("layers multiplied in the wrong order", "How many layers have an order?", _one_layer),
        misses("the largest head instead of the mean", "When are mean and maximum the same?", _one_head),
        misses("heads summed", "When are mean and sum the same?", _one_head),
        misses("the last layer alone", "When is the last layer all there is?", _one_layer),
        misses("each head followed by itself", "Which head cannot be followed by another?", _one_head),
    ),
    hints=(
        "A mutant survives where its mistake makes no difference. What does a single layer hide? A single head?",
        "Two layers and two heads that look at different tokens. One mutant needs a query that attends to nothing.",
        "np.zeros((2, 2, 3, 3)), then give most rows unlike weights that sum to 1, and leave one row of layer 0 empty.",
    ),
    equivalents=(expose_rollout_upside_down,),
    returns="an array of maps (layers, h, n, n)",
)

"""How each output of a function answers to each input."""

import numpy as np

from mha_lib.plots.heatmaps import show_scores


def show_jacobian(jacobian, labels, ax=None, title=None):
    """Draw the slopes of weights in scores, to two decimals: red rises, blue falls, white stays.

    jacobian: (k, k), row i is the weight that answers, column j the score that is raised   labels: k words
    """
    rounded = np.round(jacobian, 2) + 0.0  # + 0.0 turns -0.0 into 0.0
    ax = show_scores(rounded, labels, labels, ax, title)
    ax.set(xlabel="score that is raised", ylabel="weight that answers")
    return ax

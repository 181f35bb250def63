"""What a model says of itself beside what comes true."""

import numpy as np

from mha_lib.plots.style import COLOURS, GREY, stacked
from mha_lib.robustness.calibration import reliability


def show_reliability(panels, num_bins=10):
    """Draw a reliability diagram for each entry of `panels`, a dict of title -> (confidences, correct).

    confidences: (b,)   correct: booleans (b,)

    A bar is the share that was right among the answers of one bin, a dot the mean confidence that they stated. Where
    the dot stands above its bar the model was too sure. An honest model has its bars on the dotted line.
    """
    column = stacked(len(panels), height=2.6)
    for ax, (title, answers) in zip(column, panels.items(), strict=True):
        counts, stated, right = reliability(*answers, num_bins)
        filled = counts > 0
        middles = (np.arange(num_bins) + 0.5) / num_bins
        ax.bar(middles[filled], right[filled], width=0.9 / num_bins, color=COLOURS[0], label="share right")
        ax.plot(middles[filled], stated[filled], "o", color=COLOURS[1], markersize=5, label="confidence")
        ax.plot([0, 1], [0, 1], color=GREY, linestyle=":")
        ax.set(xlim=(0, 1), ylim=(0, 1.03), title=title, ylabel="share")
    column[-1].set_xlabel("confidence")
    column[0].figure.legend(*column[0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return column

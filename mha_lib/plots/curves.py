"""Lines against a number."""

import numpy as np
from matplotlib.ticker import MaxNLocator

from mha_lib.plots.style import COLOURS, GREY, axes, folded, legend


def show_curves(x, curves, xlabel, ylabel, ax=None, title=None):
    """Draw one line for each entry of `curves`, a dict of label -> values.

    x: (n,)   each curve: (n,)

    Where x are whole numbers, such as layers, so are the ticks.
    """
    ax = axes(ax)
    for (label, y), colour in zip(curves.items(), COLOURS, strict=False):
        ax.plot(x, y, color=colour, label=label)
    if np.issubdtype(np.asarray(x).dtype, np.integer):
        ax.xaxis.set_major_locator(MaxNLocator("auto", integer=True))
    ax.set_xlabel(xlabel)
    ax.set_ylabel(folded(ylabel))
    ax.set_title(title or "")
    ax.grid(color=GREY, alpha=0.2)
    if len(curves) > 1:
        legend(ax)
    return ax

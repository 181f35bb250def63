"""Colours and sizes that all figures share. Each colour has a contrast of at least 3 to 1 with white.

A page 390 px wide shows a figure 358 px wide. Of a figure 4 inches wide, 12 points are then more than the 14 px of its
caption; so nothing is wider than `WIDTH` or smaller than `SIZE`, and panels stand below one another.
"""

from textwrap import fill

import matplotlib.pyplot as plt

COLOURS = ("#1f5fa8", "#c2410c", "#0f766e", "#7e3794", "#5f6b1d", "#9f1239")
SEQUENTIAL = "Blues"  # weights: white is zero
DIVERGING = "RdBu_r"  # signed scores: white is zero
WIDTH, HEIGHT = 4.0, 3.0  # inches
SIZE = 12  # points
LINE = 0.22  # inches, of a legend
GREY = "#666666"

plt.rcParams.update({"font.size": SIZE, "axes.titlesize": SIZE, "figure.figsize": (WIDTH, HEIGHT)})
plt.rcParams.update({"legend.frameon": False, "legend.handlelength": 1.4, "legend.columnspacing": 1.0})


def axes(ax=None, height=HEIGHT):
    """Return the given axes, or new ones of the book's width in inches."""
    if ax is not None:
        return ax
    _, ax = plt.subplots(figsize=(WIDTH, height), layout="constrained")
    return ax


def stacked(count, height, columns=1):
    """Return `count` axes, each of this height, at most `columns` of them in a row."""
    rows = -(-count // columns)
    size = (WIDTH, rows * height)
    _, grid = plt.subplots(rows, columns, figsize=size, layout="constrained", squeeze=False)
    for ax in grid.flat[count:]:
        ax.set_visible(False)
    return list(grid.flat[:count])


def legend(ax):
    """Write the legend above the axes, where it covers nothing, in two columns if the labels are short.

    A figure of the book grows by the legend's height, so that the axes stay as large as they were.
    """
    handles, labels = ax.get_legend_handles_labels()
    columns = 2 if len(labels) > 2 and max(map(len, labels)) <= 12 else 1
    if ax.figure.get_layout_engine():
        ax.figure.set_figheight(ax.figure.get_figheight() + LINE * -(-len(labels) // columns))
    place = {"loc": "lower center", "bbox_to_anchor": (0.5, 1.0), "borderaxespad": 0.2}
    return ax.legend(handles, labels, ncols=columns, **place)


def folded(label, width=24):
    """Return a label in lines that fit the height of a figure."""
    return fill(label, width)

"""Colours and sizes that all figures share. Each colour has a contrast of at least 3 to 1 with white.

A phone shows a figure 342 pixels wide. Letters of `TEXT` points in a figure of `WIDTH` inches are then as large as the
caption, 14 pixels; so panels stand below one another, and a row has two at most.
"""

import matplotlib.pyplot as plt

COLOURS = ("#1f5fa8", "#c2410c", "#0f766e", "#7e3794", "#5f6b1d", "#9f1239")
SEQUENTIAL = "Blues"  # weights: white is zero
DIVERGING = "RdBu_r"  # signed scores: white is zero
WIDTH, TEXT = 4.0, 13
WIDE = 6.4  # for what is not drawn for a phone yet
GREY = "#666666"


def axes(ax=None, width=WIDTH, height=3.2):
    """Return the given axes, or new ones of the book's width in inches."""
    if ax is not None:
        return ax
    _, ax = plt.subplots(figsize=(width, height), layout="constrained")
    return lettered(ax) if width <= WIDTH else ax


def lettered(ax):
    """Return axes whose own texts have the size that a phone needs; what is written on them later needs it too."""
    ax.tick_params(labelsize=TEXT)
    for axis in (ax.xaxis, ax.yaxis):
        axis.label.set_size(TEXT)
        axis.get_offset_text().set_size(TEXT)
    return ax


def stacked(count, height=2.4, columns=1):
    """Return `count` axes below one another, each so high, or in rows of two."""
    rows = -(-count // columns)
    _, grid = plt.subplots(rows, columns, figsize=(WIDTH, rows * height), layout="constrained", squeeze=False)
    for ax in grid.flat[count:]:
        ax.set_visible(False)
    return [lettered(ax) for ax in grid.flat[:count]]


def side_by_side(count, height=3.0, width=WIDE * 1.3):
    """Return `count` axes in a row."""
    _, row = plt.subplots(1, count, figsize=(width, height), layout="constrained")
    return list(row) if count > 1 else [row]

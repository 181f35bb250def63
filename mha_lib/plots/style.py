"""Colours and sizes that all figures share. Each colour has a contrast of at least 3 to 1 with white."""

import matplotlib.pyplot as plt

COLOURS = ("#1f5fa8", "#c2410c", "#0f766e", "#7e3794", "#5f6b1d", "#9f1239")
SEQUENTIAL = "Blues"  # weights: white is zero
DIVERGING = "RdBu_r"  # signed scores: white is zero
WIDTH = 6.4
GREY = "#666666"


def axes(ax=None, width=WIDTH, height=3.6):
    """Return the given axes, or new ones of the book's width in inches."""
    if ax is not None:
        return ax
    _, ax = plt.subplots(figsize=(width, height), layout="constrained")
    return ax


def side_by_side(count, height=3.0, width=WIDTH * 1.3):
    """Return `count` axes in a row."""
    _, row = plt.subplots(1, count, figsize=(width, height), layout="constrained")
    return list(row) if count > 1 else [row]

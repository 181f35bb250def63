"""What a grid makes of numbers, and what models of several sizes are worth."""

import numpy as np

from mha_lib.plots.labels import label_apart
from mha_lib.plots.style import COLOURS, GREY, axes


def show_grid(x, numbers, codes, ax=None):
    """Draw numbers above a line and the grid on it; a line leads from each number to the point it is rounded to.

    x: (n,)   numbers: (m,), what the codes stand for, rising   codes: m integers
    """
    x, numbers = np.asarray(x, dtype=float), np.asarray(numbers, dtype=float)
    ax = axes(ax, height=2.0)
    nearest = numbers[np.abs(x[:, None] - numbers).argmin(axis=1)]
    ax.plot([x, nearest], [np.ones(len(x)), np.zeros(len(x))], color=GREY, linewidth=1)
    ax.plot(x, np.ones(len(x)), "o", color=COLOURS[0])
    ax.plot(numbers, np.zeros(len(numbers)), "|", color=COLOURS[1], markersize=16, markeredgewidth=2)
    for number, code in zip(numbers, codes, strict=True):
        ax.annotate(f"{code}", (number, 0), (0, -12), textcoords="offset points", ha="center", va="top")
    ax.axhline(0, color=COLOURS[1], linewidth=0.8)
    ax.set_yticks([0, 1], ["codes", "numbers"])
    ax.set(ylim=(-0.7, 1.4), xlabel="number")
    return ax


def show_sizes(sizes, scores, ylabel, ax=None):
    """Draw one labelled point for each model: how many megabytes it takes, each doubling one step, and how good it is.

    sizes: a dict of label -> bytes   scores: a dict of the same labels -> a score
    """
    ax = axes(ax, height=4.4)
    where = {label: (size / 1e6, scores[label]) for label, size in sizes.items()}
    ax.plot(*np.transpose(list(where.values())), "o", color=COLOURS[0])
    ax.set_xscale("log", base=2)
    ax.xaxis.set_major_formatter("{x:g}")
    ax.set(xlabel="megabytes", ylabel=ylabel)
    ax.margins(0.15)
    ax.grid(color=GREY, alpha=0.2)
    label_apart(ax, where, dict.fromkeys(where, "black"))
    return ax

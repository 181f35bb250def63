"""Position codes, biases of several heads, and what a scheme is worth on longer sequences."""

import numpy as np

from mha_lib.plots.style import COLOURS, DIVERGING, GREY, axes, stacked

MARKERS = ("o", "s", "^", "D", "v", "P")


def show_codes(codes, ax=None, title=None):
    """Draw a table of position codes: red is positive, blue is negative, white is 0.

    codes: (n, d_model), one row a position
    """
    ax = axes(ax, height=3.4)
    limit = np.abs(codes).max()
    image = ax.imshow(codes, aspect="auto", cmap=DIVERGING, vmin=-limit, vmax=limit, interpolation="nearest")
    ax.figure.colorbar(image, ax=ax, shrink=0.9)
    ax.set_xlabel("column of the code")
    ax.set_ylabel("position")
    ax.set_title(title or "")
    return ax


def show_biases(biases, queries, keys, titles):
    """Draw what is added to the scores of each head, all heads on one scale; return the axes of each.

    biases: (h, q, k), none above 0   queries, keys: labels, one a row and one a column   titles: h titles
    """
    row = stacked(len(biases), height=2.5, columns=2)
    for ax, bias, title in zip(row, biases, titles, strict=True):
        image = ax.imshow(bias, cmap="Blues_r", vmin=np.min(biases), vmax=0)
        ax.set_title(title)
        ax.set_xticks(range(len(keys)), keys, rotation=90)
        ax.set_yticks(range(len(queries)), queries if ax in row[::2] else [])
        ax.set_xlabel("key")
    for ax in row[::2]:
        ax.set_ylabel("query")
    row[-1].figure.colorbar(image, ax=row, location="bottom", shrink=0.7)
    return row


def show_extrapolation(shares, lengths, chance):
    """Draw the share of right answers against the length, one panel a task and one line a scheme; return the axes.

    shares: a dict of task -> a dict of scheme -> one number a length   chance: what guessing gets, a dashed line
    """
    row = stacked(len(shares), height=2.9)
    for ax, (task, schemes) in zip(row, shares.items(), strict=True):
        for (scheme, values), colour, marker in zip(schemes.items(), COLOURS, MARKERS, strict=True):
            ax.plot(range(len(lengths)), values, color=colour, marker=marker, markersize=5, label=scheme)
        ax.axhline(chance, color=GREY, linestyle="--", linewidth=1, label="guessing")
        ax.set(title=task, ylabel="share of right answers", ylim=(0, 1.04))
        ax.set_xticks(range(len(lengths)), lengths)
        ax.grid(color=GREY, alpha=0.2)
    row[-1].set_xlabel("length of the sequence")
    row[0].figure.legend(*row[0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return row

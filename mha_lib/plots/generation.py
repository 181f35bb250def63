"""What a language model would write next, and what a cache saves."""

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.ticker import MaxNLocator

from mha_lib.plots.style import COLOURS, stacked

COUNTS = LinearSegmentedColormap.from_list("counts", ["white", COLOURS[1]])


def show_next_tokens(panels, labels):
    """Draw how likely each of some tokens is, one panel for each way of choosing; return the list of axes.

    panels: a dict of title -> (v,) probabilities   labels: v tokens, named once

    A probability of exactly 0 is marked by a cross: that token can't be drawn.
    """
    row = stacked(len(panels), height=0.9 + 0.22 * len(labels), columns=2)
    places, most = np.arange(len(labels)), max(np.max(probs) for probs in panels.values())
    for ax, (title, probs) in zip(row, panels.items(), strict=True):
        probs = np.asarray(probs)
        ax.barh(places, probs, color=COLOURS[0], height=0.7)
        gone = places[probs == 0]
        ax.plot(np.full(len(gone), 0.03 * most), gone, "x", color=COLOURS[1], markersize=4)
        ax.set(title=title, xlabel="probability", xlim=(0, 1.05 * most), ylim=(len(labels) - 0.5, -0.5))
        ax.set_yticks(places, labels if ax in row[::2] else [""] * len(labels), family="monospace")
        ax.xaxis.set_major_locator(MaxNLocator(2))
    for ax in row[::2]:
        ax.set_ylabel("next character")
    return row


def show_work(counts, labels):
    """Draw how often each score is computed, one panel for each way of generating; return the list of axes.

    counts: a dict of title -> (n, n) integers, a row a query and a column a key   labels: n tokens
    """
    row = stacked(len(counts), height=1.6 + 0.24 * len(labels), columns=2)
    most = max(np.max(table) for table in counts.values())
    for ax, (title, table) in zip(row, counts.items(), strict=True):
        ax.imshow(table, cmap=COUNTS, vmin=0, vmax=1.5 * most)  # pale enough for black numbers
        for (query, key), count in np.ndenumerate(table):
            ax.text(key, query, count or "", ha="center", va="center")
        ax.set_xticks(range(len(labels)), labels, rotation=90)
        ax.set_yticks(range(len(labels)), labels if ax is row[0] else [])
        ax.set(title=title, xlabel="key")
    row[0].set_ylabel("query")
    return row

"""What a language model would write next, and what a cache saves."""

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.ticker import MaxNLocator

from mha_lib.plots.style import COLOURS, side_by_side

COUNTS = LinearSegmentedColormap.from_list("counts", ["white", COLOURS[1]])


def show_next_tokens(panels, labels):
    """Draw how likely each of some tokens is, one panel for each way of choosing; return the list of axes.

    panels: a dict of title -> (v,) probabilities   labels: v tokens, named once

    A probability of exactly 0 is marked by a cross: that token can't be drawn.
    """
    row = side_by_side(len(panels), height=0.8 + 0.22 * len(labels), width=1.0 + 1.5 * len(panels))
    places, most = np.arange(len(labels)), max(np.max(probs) for probs in panels.values())
    for ax, (title, probs) in zip(row, panels.items(), strict=True):
        probs = np.asarray(probs)
        ax.barh(places, probs, color=COLOURS[0], height=0.7)
        gone = places[probs == 0]
        ax.plot(np.full(len(gone), 0.03 * most), gone, "x", color=COLOURS[1], markersize=4)
        ax.set(title=title, xlabel="probability", xlim=(0, 1.05 * most), ylim=(len(labels) - 0.5, -0.5))
        ax.set_yticks(places, labels if ax is row[0] else [""] * len(labels), family="monospace")
        ax.xaxis.set_major_locator(MaxNLocator(3))
    row[0].set_ylabel("next character")
    return row


def show_work(counts, labels):
    """Draw how often each score is computed, one panel for each way of generating; return the list of axes.

    counts: a dict of title -> (n, n) integers, a row a query and a column a key   labels: n tokens
    """
    row = side_by_side(len(counts), height=1.5 + 0.3 * len(labels), width=0.8 + 3.0 * len(counts))
    most = max(np.max(table) for table in counts.values())
    for ax, (title, table) in zip(row, counts.items(), strict=True):
        ax.imshow(table, cmap=COUNTS, vmin=0, vmax=1.5 * most)  # pale enough for black numbers
        for (query, key), count in np.ndenumerate(table):
            ax.text(key, query, count or "", ha="center", va="center", fontsize=8)
        ax.set_xticks(range(len(labels)), labels, rotation=45)
        ax.set_yticks(range(len(labels)), labels if ax is row[0] else [])
        ax.set(title=title, xlabel="key")
    row[0].set_ylabel("query")
    return row

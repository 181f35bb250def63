"""What a translation looks at: a map from written to read characters, with the parts that belong together framed."""

import numpy as np
from matplotlib.patches import Rectangle

from mha_lib.plots.style import COLOURS, SEQUENTIAL, axes


def show_alignment(weights, written, read, frames=None, ax=None):
    """Draw cross-attention weights with a frame around each pair of parts that mean the same.

    weights: (m, n)   written: m labels, of the rows   read: n labels, of the columns
    frames: a dict of part -> (slice of rows, slice of columns)
    """
    num_rows, num_columns = np.shape(weights)
    ax = axes(ax, height=0.2 * num_rows + 1)
    ax.imshow(weights, cmap=SEQUENTIAL, vmin=0.0, vmax=1.0, aspect="auto")
    ax.set_xticks(range(num_columns), read, family="monospace")
    ax.set_yticks(range(num_rows), written, family="monospace")
    for label in ax.get_xticklabels():
        label.set_rotation(90 if len(label.get_text()) > 1 else 0)
    ax.set(xlabel="key: read", ylabel="query: writes this")
    for (part, (rows, columns)), colour in zip((frames or {}).items(), COLOURS[1:], strict=False):
        _frame(ax, part, rows, columns, colour, side="right" if columns.start > num_columns / 2 else "left")
    return ax


def _frame(ax, part, rows, columns, colour, side):
    """Draw one frame, its name outside of it and within the map: `side` says which way the name is aligned."""
    left, top = columns.start - 0.5, rows.start - 0.5
    width, height = columns.stop - columns.start, rows.stop - rows.start
    ax.add_patch(Rectangle((left, top), width, height, fill=False, edgecolor=colour, linewidth=2))
    x = left - 0.1 if side == "right" else left + width + 0.1
    ax.annotate(part, (x, top + 0.1), ha=side, va="top", color=colour)

"""Several heads side by side, and where a head's numbers lie in memory."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Rectangle

from mha_lib.plots.style import COLOURS, SEQUENTIAL, WIDTH, stacked

MARGIN, CELL = 1.2, 0.22  # inches: around a map, and a row of it
WORDS = 0.9  # inches: for keys that are words, and the scale
MOST_KEYS = 9  # of a map that leaves room for another beside it
LAYOUT = [["memory"] * 2, ["x"] * 2, ["right", "wrong"]]


def show_heads(weights, queries=None, keys=None):
    """Draw one map for each head, two in a row if they are small: white is 0, dark is 1; return the axes of each.

    weights: (h, q, k)   queries, keys: labels, one a row and one a column
    """
    num_heads, num_queries, num_keys = np.shape(weights)
    columns = min(2 if num_keys <= MOST_KEYS else 1, num_heads)
    height = MARGIN + CELL * num_queries + (WORDS * columns / num_heads if are_words(keys) else 0)
    grid = stacked(num_heads, height, columns)
    for head, ax in enumerate(grid):
        image = ax.imshow(weights[head], cmap=SEQUENTIAL, vmin=0.0, vmax=1.0, aspect="auto")
        ax.set(title=f"head {head}", xlabel="key", ylabel="query" if head % columns == 0 else "")
        _label(ax, num_queries, num_keys, queries if head % columns == 0 else [""] * num_queries, keys)
    grid[0].figure.colorbar(image, ax=grid, label="weight", location="bottom", aspect=40)
    return grid


def are_words(keys):
    """Return whether labels are long, so that they have to stand upright."""
    return keys is not None and max(map(len, keys)) > 2


def _label(ax, num_queries, num_keys, queries, keys):
    """Put the labels of rows and columns, or their numbers, on a map."""
    turn = 90 if are_words(keys) else 0
    ax.set_xticks(range(num_keys), range(num_keys) if keys is None else keys, rotation=turn)
    ax.set_yticks(range(num_queries), range(num_queries) if queries is None else queries)


def show_split(num_tokens, num_heads, d_head):
    """Draw which number of x goes into which head, by its place in memory: x, a right split, and one reshape alone.

    A colour is the head that owns the column. Returns the axes: memory, x, the right split, the wrong one.
    """
    d_model = num_heads * d_head
    x = np.arange(num_tokens * d_model).reshape(num_tokens, d_model)
    tables = {
        "memory": (x.reshape(1, 1, -1), "in memory"),
        "x": (x[None], "x: (n, d_model)"),
        "right": (np.swapaxes(x.reshape(num_tokens, num_heads, d_head), 0, 1), "split: (h, n, d)"),
        "wrong": (x.reshape(num_heads, num_tokens, d_head), "reshape: (h, n, d)"),
    }
    parts = [1.6, num_tokens + 1.6, num_heads * (num_tokens + 1) + 0.6]
    _, grid = plt.subplot_mosaic(LAYOUT, figsize=(WIDTH, 0.34 * sum(parts)), layout="constrained", height_ratios=parts)
    for name, (table, title) in tables.items():
        _draw_table(grid[name], table, title, d_model, d_head, rows="token" if name != "memory" else None)
    return [grid[name] for name in tables]


def _draw_table(ax, table, title, d_model, d_head, rows):
    """Draw an array of places in memory, (h, n, d), its heads one below another with a gap between."""
    num_blocks, num_rows, width = table.shape
    for (block, row, column), place in np.ndenumerate(table):
        y = block * (num_rows + 0.7) + row
        colour = COLOURS[place % d_model // d_head]
        ax.add_patch(Rectangle((column, y), 0.94, 0.94, facecolor=colour, alpha=0.25, edgecolor=colour))
        ax.text(column + 0.47, y + 0.5, str(place), ha="center", va="center")
        if column == 0 and rows:
            name = f"{rows} {row}" if num_blocks == 1 else f"h {block}, n {row}"
            ax.text(-0.15, y + 0.5, name, ha="right", va="center")
    ax.set(xlim=(-0.1, width), ylim=(num_blocks * (num_rows + 0.7) - 0.6, -0.1), aspect="equal", title=title)
    ax.set_axis_off()

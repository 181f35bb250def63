"""Several heads side by side, and where a head's numbers lie in memory."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Rectangle

from mha_lib.plots.style import COLOURS, SEQUENTIAL, TEXT, WIDTH, stacked

MARGIN, CELL = 0.5, 0.27  # inches: above a map, and a row of it
WORDS = 1.3  # inches: below the last maps


def show_heads(weights, queries=None, keys=None):
    """Draw one map for each head, two in a row: white is 0, dark is 1; return the axes of each.

    weights: (h, q, k)   queries, keys: labels, one a row and one a column
    """
    num_heads, num_queries, num_keys = np.shape(weights)
    rows = -(-num_heads // 2)
    grid = stacked(num_heads, MARGIN + CELL * num_queries + WORDS / rows, columns=2)
    for head, ax in enumerate(grid):
        image = ax.imshow(weights[head], cmap=SEQUENTIAL, vmin=0.0, vmax=1.0, aspect="auto")
        ax.set_title(f"head {head}", fontsize=TEXT)
        ax.set(xlabel="key" if head >= num_heads - 2 else "", ylabel="" if head % 2 else "query")
        _label(ax, num_queries, num_keys, [""] * num_queries if head % 2 else queries, keys)
        if head < num_heads - 2:
            ax.set_xticklabels([])
    bar = grid[0].figure.colorbar(image, ax=grid, orientation="horizontal", shrink=0.8)
    bar.set_label("weight", fontsize=TEXT)
    bar.ax.tick_params(labelsize=TEXT)
    return grid


def _label(ax, num_queries, num_keys, queries, keys):
    """Put the labels of rows and columns, or their numbers, on a map."""
    words = keys is not None and max(map(len, keys)) > 2
    ax.set_xticks(range(num_keys), range(num_keys) if keys is None else keys, rotation=90 if words else 0)
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
        "wrong": (x.reshape(num_heads, num_tokens, d_head), "one reshape: also (h, n, d)"),
    }
    heights = [1.0, num_tokens, *[num_heads * (num_tokens + 0.7)] * 2]
    cell = (WIDTH - 0.1) / d_model / num_tokens
    size = WIDTH, cell * sum(heights) + 1.4
    _, column = plt.subplots(4, 1, figsize=size, layout="constrained", height_ratios=heights)
    grid = dict(zip(tables, column, strict=True))
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
        ax.text(column + 0.47, y + 0.5, str(place), ha="center", va="center", fontsize=TEXT)
        if column == 0 and rows:
            name = f"{rows} {row}" if num_blocks == 1 else f"head {block}, {rows} {row}"
            ax.text(-0.15, y + 0.5, name, ha="right", va="center", fontsize=TEXT)
    ax.set(xlim=(-0.1, width), ylim=(num_blocks * (num_rows + 0.7) - 0.6, -0.1), aspect="equal", title=title)
    ax.title.set_fontsize(TEXT)
    ax.set_axis_off()

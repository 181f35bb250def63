"""Tables of numbers as pictures: a row is a query, a column is a key."""

import numpy as np
from matplotlib.colors import ListedColormap

from mha_lib.plots.style import COLOURS, DIVERGING, SEQUENTIAL, SIZE, axes

LETTER = 0.57  # how wide a digit, a point or a sign is on average, for each point of its height
PLACES, DIGITS = ("{:.2f}", "{:.1f}"), ("{:.3g}", "{:.2g}", "{:.1f}")  # the first that a cell has room for


def show_weights(weights, queries=None, keys=None, ax=None, title=None):
    """Draw attention weights: white is 0, dark is 1.

    weights: (q, k)   queries, keys: labels, one a row and one a column
    """
    return _heatmap(weights, queries, keys, ax, title, PLACES, cmap=SEQUENTIAL, vmin=0.0, vmax=1.0)


def show_scores(scores, queries=None, keys=None, ax=None, title=None):
    """Draw signed numbers: white is 0, blue is negative, red is positive.

    scores: (q, k)   queries, keys: labels, one a row and one a column
    """
    limit = np.abs(scores).max()
    return _heatmap(
        scores,
        queries,
        keys,
        ax,
        title,
        formats=("{:.3g}", "{:.2g}", "{:.1g}"),
        cmap=DIVERGING,
        vmin=-limit,
        vmax=limit,
    )


def show_mask(mask, queries=None, keys=None, ax=None, title=None):
    """Draw a mask: dark where a query may attend, white where it may not.

    mask: (q, k) booleans   queries, keys: labels, one a row and one a column
    """
    colours = ListedColormap(["white", COLOURS[0]])
    ax = _heatmap(np.asarray(mask), queries, keys, ax, title, formats=(), cmap=colours, vmin=0, vmax=1)
    ax.set_xticks(np.arange(0.5, np.shape(mask)[1] - 1), minor=True)
    ax.set_yticks(np.arange(0.5, np.shape(mask)[0] - 1), minor=True)
    ax.grid(which="minor", color="#bbbbbb", linewidth=0.8)
    ax.tick_params(which="minor", length=0)
    return ax


def _heatmap(values, queries, keys, ax, title, formats, **colours):
    num_queries, num_keys = np.shape(values)
    longest = max(map(len, keys)) if keys is not None else 0
    ax = axes(ax, height=0.9 + 0.065 * longest + 0.48 * num_queries)
    image = ax.imshow(values, aspect="equal", **colours)
    ax.set_xlabel("key")
    ax.set_ylabel("query")
    ax.set_xticks(range(num_keys), keys if keys is not None else range(num_keys), rotation=45 if keys else 0)
    ax.set_yticks(range(num_queries), queries if queries is not None else range(num_queries))
    ax.set_title(title or "")
    if formats and max(num_queries, num_keys) <= 8:
        _write_numbers(ax, np.asarray(values), image, formats)
    return ax


def _write_numbers(ax, values, image, formats):
    """Write each number into its cell, in the first of the formats that the cells have room for, or the last."""
    ax.figure.draw_without_rendering()  # so that the layout, and with it the width of a cell, is final
    room = ax.get_window_extent().width / values.shape[1] * 72 / ax.figure.dpi / (LETTER * SIZE)
    fitting = [number for number in formats if max(len(number.format(value)) for value in values.flat) <= room]
    number = (fitting or formats[-1:])[0]
    for (row, column), value in np.ndenumerate(values):
        red, green, blue, _ = image.cmap(image.norm(value))
        dark = 0.3 * red + 0.6 * green + 0.1 * blue < 0.55
        ax.text(column, row, number.format(value), ha="center", va="center", color="white" if dark else "black")

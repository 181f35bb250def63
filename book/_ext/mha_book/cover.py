"""The figure on the front page: six words, each asking which of the others matter to it.

The traits below are set by hand; the weights are the library's own. Write the figure anew with

    python book/_ext/mha_book/cover.py
"""

from pathlib import Path

import numpy as np

import mha_lib as mha

FIGURE = Path(__file__).resolve().parents[2] / "_static" / "cover.svg"

# What each word offers and what it looks for: animal, action, article, size.
OFFERS = np.array([[0, 0, 1, 0], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1], [1, 0, 0, 0.4]])
SEEKS = np.array([[4, 0, 0, 0], [0, 5, 1, 0], [5, 0, 0, 0], [3, 0, 0, 4], [5, 0, 0, 2], [0, 2, 0, 6]])

CELL, LEFT, TOP = 46, 92, 66


def weights():
    """Return the attention weights of the figure: (6, 6)."""
    return mha.attention_weights(SEEKS, OFFERS)


def describe():
    """Return the text alternative: for each word, the words that it attends to most."""
    pairs = [f"{query} to {' and '.join(favourites(row))}" for query, row in zip(mha.SENTENCE, weights(), strict=True)]
    return f"Attention map of six words. Rows are queries, columns are keys. Largest weights: {', '.join(pairs)}."


def favourites(row):
    """Return the words whose weight in this row is the largest, or within 0.01 of it."""
    return [word for word, weight in zip(mha.SENTENCE, row, strict=True) if weight > row.max() - 0.01]


def draw():
    """Return the figure as SVG, coloured by the page's style sheet so that it suits light and dark."""
    size = CELL * len(mha.SENTENCE)
    parts = [square(row, column, weight) for (row, column), weight in np.ndenumerate(weights())]
    parts += [label for index, word in enumerate(mha.SENTENCE) for label in labels(index, word)]
    parts += axis_names(size)
    head = (
        f'<svg class="cover" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + size + 14} {TOP + size + 2}" '
        f'role="img" aria-label="{describe()}">'
    )
    return "\n".join([head, *parts, "</svg>\n"])


def square(row, column, weight):
    """Return one square of the map and the number in it."""
    x, y = LEFT + column * CELL, TOP + row * CELL
    tone = "on-dark" if weight > 0.5 else "on-light"
    number = f"{weight:.2f}".removeprefix("0")
    shade = f'rx="3" fill-opacity="{0.06 + 0.94 * weight:.2f}"'
    return (
        f'<rect x="{x}" y="{y}" width="{CELL - 2}" height="{CELL - 2}" {shade}/>'
        f'<text class="{tone}" x="{x + CELL / 2 - 1:.0f}" y="{y + CELL / 2 + 4:.0f}">{number}</text>'
    )


def labels(index, word):
    """Return a word as the label of its row and of its column."""
    middle = CELL * index + CELL // 2
    x, y = LEFT + middle, TOP - 6
    return (
        f'<text class="row" x="{LEFT - 8}" y="{TOP + middle + 4}">{word}</text>',
        f'<text class="column" x="{x}" y="{y}" transform="rotate(-35 {x} {y})">{word}</text>',
    )


def axis_names(size):
    """Return the names of the two axes."""
    middle = size // 2
    return [
        f'<text class="axis" x="{LEFT + middle}" y="12">key</text>',
        f'<text class="axis" x="14" y="{TOP + middle}" transform="rotate(-90 14 {TOP + middle})">query</text>',
    ]


if __name__ == "__main__":
    FIGURE.write_text(draw(), "utf-8")

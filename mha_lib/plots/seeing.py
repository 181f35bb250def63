"""What heads look at: a layer drawn from its own shapes, tables of layers and heads, and what losing a head costs."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import FancyBboxPatch

from mha_lib.plots.style import COLOURS, GREY, SEQUENTIAL, WIDE, axes

CARDS = 3  # heads that are drawn, at most


def show_layer_flow(layer, num_tokens, ax=None):
    """Draw what multi-head attention does to one sequence, every shape read from a `MultiHeadAttention`.

    Orange boxes hold learned matrices, blue ones what is computed. The heads are cards; three are drawn at most.
    """
    num_heads, d_model = layer.num_heads, layer.project_out.in_features
    n, d = num_tokens, d_model // num_heads
    ax = axes(ax, width=WIDE * 1.3, height=4.0)
    ax.set(xlim=(-0.2, 12.2), ylim=(0.2, 5.0))
    ax.set_axis_off()
    boxes = {
        "x": _box(ax, (0.75, 2.6), f"x\n({n}, {d_model})"),
        "in": _box(ax, (2.7, 2.6), f"project_qkv\n{_shape(layer.project_qkv)}", learned=True),
        **{
            part: _box(ax, (4.75, y), f"{part}\n({n}, {d_model})")
            for part, y in zip("qkv", (4.3, 2.6, 0.9), strict=True)
        },
        "concat": _box(ax, (9.2, 2.6), f"concat\n({n}, {d_model})"),
        "out": _box(ax, (11.1, 2.6), f"project_out\n{_shape(layer.project_out)}", learned=True),
        "output": _box(ax, (11.1, 0.9), f"output\n({n}, {d_model})"),
    }
    boxes["heads"] = _draw_cards(ax, num_heads, n, d)
    pairs = [("x", "in"), *(("in", part) for part in "qkv"), *((part, "heads") for part in "qkv")]
    for start, end in (*pairs, ("heads", "concat"), ("concat", "out"), ("out", "output")):
        _arrow(ax, boxes[start], boxes[end])
    return ax


def _draw_cards(ax, num_heads, n, d):
    """Draw the heads as cards, the last behind the first; return the card in front."""
    drawn = min(num_heads, CARDS)
    for place in reversed(range(drawn)):
        x, y = 7.05 + 0.18 * place, 2.6 + 0.22 * place
        text = (
            f"head 0 of {num_heads}\nq, k, v ({n}, {d})\nscores ({n}, {n})\nsoftmax\nweights ({n}, {n})\nmix ({n}, {d})"
        )
        card = _box(ax, (x, y), text if place == 0 else "", width=1.7, height=2.1)
    ax.text(7.05, 1.2, f"{num_heads} heads, {n} × {n} weights each", ha="center", va="top", fontsize=8, color=GREY)
    return card


def show_head_tables(tables, columns=2):
    """Draw one number for each layer and head, all panels on one scale from 0 to 1; return the axes of each.

    tables: a dict of title -> (layers, h), such as what `share_table` returns
    """
    num_layers, num_heads = np.shape(next(iter(tables.values())))
    rows = -(-len(tables) // columns)
    size = (WIDE * 1.3, rows * (1.0 + 0.34 * num_layers))
    _, grid = plt.subplots(rows, columns, figsize=size, layout="constrained", squeeze=False)
    for ax in grid.flat[len(tables) :]:
        ax.set_visible(False)
    for ax, (title, table) in zip(grid.flat, tables.items(), strict=False):
        ax.imshow(table, cmap=SEQUENTIAL, vmin=0.0, vmax=1.0, aspect="auto")
        ax.set_title(title, fontsize=10)
        ax.set(xlabel="head", ylabel="layer", xticks=range(num_heads), yticks=range(num_layers))
        for (layer, head), value in np.ndenumerate(np.asarray(table)):
            colour = "white" if value > 0.55 else "black"
            ax.text(head, layer, f"{value:.2f}", ha="center", va="center", fontsize=8, color=colour)
    return list(grid.flat[: len(tables)])


def show_costs(named, others, xlabel, label="others"):
    """Draw a bar for each entry of `named`, a dict of label -> cost, and a dot for each of the `others` below them."""
    ax = axes(height=1.2 + 0.36 * len(named))
    bars = ax.barh(list(named), list(named.values()), color=COLOURS[0], height=0.6)
    ax.bar_label(bars, [f"{cost:.2f}" for cost in named.values()], fontsize=8, padding=3)
    ax.scatter(others, [label] * len(others), color=COLOURS[1], alpha=0.7, s=26)
    ax.axvline(0, color=GREY, linewidth=0.8)
    ax.invert_yaxis()
    ax.use_sticky_edges = False
    ax.margins(x=0.12)
    ax.set_xlabel(xlabel)
    return ax


def _shape(linear):
    """Return the shape of a linear layer as it multiplies, (in, out)."""
    return f"({linear.in_features}, {linear.out_features})"


def _box(ax, place, text, width=1.5, height=0.75, learned=False):
    x, y = place
    colour = COLOURS[1] if learned else COLOURS[0]
    corner = (x - width / 2, y - height / 2)
    box = FancyBboxPatch(corner, width, height, boxstyle="round,pad=0.05", fc="white", ec=colour, lw=1.5, zorder=3)
    ax.add_patch(box)
    ax.text(x, y, text, ha="center", va="center", fontsize=8.5, linespacing=1.4, zorder=4)
    return box


def _arrow(ax, start, end):
    """Draw an arrow from the middle of one box to the middle of another, seen only between them."""
    middles = [(box.get_x() + box.get_width() / 2, box.get_y() + box.get_height() / 2) for box in (end, start)]
    style = {"arrowstyle": "-|>", "color": GREY, "linewidth": 1.2, "patchA": start, "patchB": end, "shrinkB": 2}
    ax.annotate("", *middles, arrowprops=style)

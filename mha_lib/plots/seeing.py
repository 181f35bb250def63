"""What heads look at: a layer drawn from its own shapes, tables of layers and heads, and what losing a head costs."""

import numpy as np
from matplotlib.patches import FancyBboxPatch

from mha_lib.plots.style import COLOURS, GREY, SEQUENTIAL, axes, folded, stacked

CARDS = 3  # heads that are drawn, at most


def show_layer_flow(layer, num_tokens, ax=None):
    """Draw what multi-head attention does to one sequence, every shape read from a `MultiHeadAttention`.

    Orange boxes hold learned matrices, blue ones what is computed. The heads are cards; three are drawn at most.
    """
    num_heads, d_model = layer.num_heads, layer.project_out.in_features
    n, d = num_tokens, d_model // num_heads
    ax = axes(ax, height=7.6)
    ax.set(xlim=(0, 4.0), ylim=(0, 8.6))
    ax.set_axis_off()
    boxes = {
        "x": _box(ax, (2.0, 8.1), f"x  ({n}, {d_model})"),
        "in": _box(ax, (2.0, 7.1), f"project_qkv\n{_shape(layer.project_qkv)}", learned=True),
        **{
            part: _box(ax, (x, 5.95), f"{part}\n({n}, {d_model})", width=1.1)
            for part, x in zip("qkv", (0.65, 2.0, 3.35), strict=True)
        },
        "concat": _box(ax, (2.0, 2.2), f"concat  ({n}, {d_model})", width=1.9),
        "out": _box(ax, (2.0, 1.3), f"project_out\n{_shape(layer.project_out)}", learned=True),
        "output": _box(ax, (2.0, 0.4), f"output  ({n}, {d_model})", width=1.9),
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
        x, y = 2.0 + 0.14 * place, 4.1 + 0.14 * place
        text = f"head 0 of {num_heads}\nq, k, v ({n}, {d})\nscores, softmax,\nweights ({n}, {n})\nmix ({n}, {d})"
        card = _box(ax, (x, y), text if place == 0 else "", width=1.8, height=1.6)
    note = f"{num_heads} heads, {n} × {n} weights each"
    ax.text(2.0, 3.12, note, ha="center", va="top", color=GREY, backgroundcolor="white", zorder=3)
    return card


def show_head_tables(tables):
    """Draw one number for each layer and head, one table below the other, on one scale from 0 to 1; return the axes.

    tables: a dict of title -> (layers, h), such as what `share_table` returns
    """
    num_layers, num_heads = np.shape(next(iter(tables.values())))
    column = stacked(len(tables), height=1.0 + 0.3 * num_layers)
    for ax, (title, table) in zip(column, tables.items(), strict=True):
        ax.imshow(table, cmap=SEQUENTIAL, vmin=0.0, vmax=1.0, aspect="auto")
        ax.set_title(title)
        ax.set(xlabel="head", ylabel="layer", xticks=range(num_heads), yticks=range(num_layers))
        for (layer, head), value in np.ndenumerate(np.asarray(table)):
            colour = "white" if value > 0.55 else "black"
            ax.text(head, layer, f"{value:.2f}", ha="center", va="center", color=colour)
    return column


def show_costs(named, others, xlabel, label="others"):
    """Draw a bar for each entry of `named`, a dict of label -> cost, and a dot for each of the `others` below them."""
    ax = axes(height=1.4 + 0.45 * len(named))
    bars = ax.barh([folded(name, 16) for name in named], list(named.values()), color=COLOURS[0], height=0.6)
    ax.bar_label(bars, [f"{cost:.2f}" for cost in named.values()], padding=3)
    ax.scatter(others, [folded(label, 16)] * len(others), color=COLOURS[1], alpha=0.7, s=26)
    ax.axvline(0, color=GREY, linewidth=0.8)
    ax.invert_yaxis()
    ax.use_sticky_edges = False
    ax.margins(x=0.3)
    ax.set_xlabel(xlabel)
    return ax


def _shape(linear):
    """Return the shape of a linear layer as it multiplies, (in, out)."""
    return f"({linear.in_features}, {linear.out_features})"


def _box(ax, place, text, width=1.2, height=0.56, learned=False):
    x, y = place
    colour = COLOURS[1] if learned else COLOURS[0]
    corner = (x - width / 2, y - height / 2)
    box = FancyBboxPatch(corner, width, height, boxstyle="round,pad=0.05", fc="white", ec=colour, lw=1.5, zorder=3)
    ax.add_patch(box)
    ax.text(x, y, text, ha="center", va="center", linespacing=1.2, zorder=4)
    return box


def _arrow(ax, start, end):
    """Draw an arrow from the middle of one box to the middle of another, seen only between them."""
    middles = [(box.get_x() + box.get_width() / 2, box.get_y() + box.get_height() / 2) for box in (end, start)]
    style = {"arrowstyle": "-|>", "color": GREY, "linewidth": 1.2, "patchA": start, "patchB": end, "shrinkB": 2}
    ax.annotate("", *middles, arrowprops=style)

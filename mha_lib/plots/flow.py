"""One head as a drawing: which array is made from which, in five steps."""

from matplotlib.patches import FancyBboxPatch, Rectangle

from mha_lib.plots.style import COLOURS, GREY, WIDTH, axes

STEPS = {
    "project": (1.25, 4.05),
    "score": (4.05, 5.45),
    "mask": (5.45, 6.85),
    "normalise": (6.85, 8.25),
    "mix": (8.25, 9.7),
}
PLACES = {
    "w_q": (1.9, 3.6),
    "w_k": (1.9, 2.3),
    "w_v": (1.9, 1.0),
    "q": (3.4, 3.6),
    "k": (3.4, 2.3),
    "v": (3.4, 1.0),
    "scores": (4.75, 2.95),
    "mask": (6.15, 3.9),
    "masked scores": (6.15, 2.95),
    "weights": (7.55, 2.95),
    "output": (8.97, 2.0),
}
ARROWS = (
    ("w_q", "q"),
    ("w_k", "k"),
    ("w_v", "v"),
    ("q", "scores"),
    ("k", "scores"),
    ("scores", "masked scores"),
    ("mask", "masked scores"),
    ("masked scores", "weights"),
    ("weights", "output"),
    ("v", "output"),
)
LEARNED = ("w_q", "w_k", "w_v")


def show_self_attention_flow(ax=None):
    """Draw self-attention: `x` is the source of queries, keys and values alike."""
    shapes = _shapes(queries="n", keys="n") | {"x": "(n, d_model)"}
    return _draw(ax, {"x": (0.55, 2.3)}, [("x", name) for name in LEARNED], shapes)


def show_cross_attention_flow(ax=None):
    """Draw cross-attention: `x` is the source of the queries, `memory` of the keys and values."""
    shapes = _shapes(queries="q", keys="k") | {"x": "(q, d_model)", "memory": "(k, d_model)"}
    sources = {"x": (0.55, 3.6), "memory": (0.55, 1.65)}
    return _draw(ax, sources, [("x", "w_q"), ("memory", "w_k"), ("memory", "w_v")], shapes)


def _shapes(queries, keys):
    table = f"({queries}, {keys})"
    return {
        **{"w_q": "(d_model, d)", "w_k": "(d_model, d)", "w_v": "(d_model, e)"},
        **{"q": f"({queries}, d)", "k": f"({keys}, d)", "v": f"({keys}, e)", "output": f"({queries}, e)"},
        **{"scores": table, "mask": table, "masked scores": table, "weights": table},
    }


def _draw(ax, sources, arrows, shapes):
    ax = axes(ax, width=WIDTH * 1.3, height=3.7)
    ax.set(xlim=(-0.08, 9.7), ylim=(0.4, 4.95))
    ax.set_axis_off()
    for number, (step, (left, right)) in enumerate(STEPS.items()):
        ax.add_patch(Rectangle((left, 0.4), right - left, 4.55, color=GREY, alpha=0.05 + 0.07 * (number % 2), lw=0))
        ax.text((left + right) / 2, 4.68, step, ha="center", va="center", fontsize=10, style="italic")
    boxes = {name: _box(ax, place, name, shapes[name]) for name, place in (PLACES | sources).items()}
    for start, end in (*arrows, *ARROWS):
        _arrow(ax, boxes[start], boxes[end])
    return ax


def _box(ax, place, name, shape):
    x, y = place
    colour = COLOURS[1] if name in LEARNED else COLOURS[0]
    box = FancyBboxPatch((x - 0.54, y - 0.24), 1.08, 0.48, boxstyle="round,pad=0.04", fc="white", ec=colour, lw=1.5)
    ax.add_patch(box)
    ax.text(x, y, f"{name}\n{shape}", ha="center", va="center", fontsize=8.5, linespacing=1.3)
    return box


def _arrow(ax, start, end):
    """Draw an arrow from the middle of one box to the middle of another, seen only between them."""
    middles = [(box.get_x() + box.get_width() / 2, box.get_y() + box.get_height() / 2) for box in (end, start)]
    style = {"arrowstyle": "-|>", "color": GREY, "linewidth": 1.2, "patchA": start, "patchB": end, "shrinkB": 1}
    ax.annotate("", *middles, arrowprops=style)

"""One head as a drawing: which array is made from which, in five steps."""

from matplotlib.patches import FancyBboxPatch, Rectangle

from mha_lib.plots.style import COLOURS, GREY, axes

STEPS = {
    "project": (6.55, 4.05),
    "score": (4.05, 3.05),
    "mask": (3.05, 2.05),
    "normalise": (2.05, 1.05),
    "mix": (1.05, 0),
}
WIDTHS = {"masked scores": 1.3, "mask": 0.8}
LEFT, MIDDLE, RIGHT = 0.62, 1.86, 3.1
PLACES = {
    **{"w_q": (LEFT, 5.9), "w_k": (MIDDLE, 5.9), "w_v": (RIGHT, 5.9)},
    **{"q": (LEFT, 4.55), "k": (MIDDLE, 4.55), "v": (RIGHT, 4.55)},
    **{"scores": (2.0, 3.55), "masked scores": (2.0, 2.55), "mask": (0.5, 2.55), "weights": (2.0, 1.55)},
    "output": (2.85, 0.5),
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
    return _draw(ax, {"x": (MIDDLE, 7.1)}, [("x", name) for name in LEARNED], shapes)


def show_cross_attention_flow(ax=None):
    """Draw cross-attention: `x` is the source of the queries, `memory` of the keys and values."""
    shapes = _shapes(queries="q", keys="k") | {"x": "(q, d_model)", "memory": "(k, d_model)"}
    sources = {"x": (LEFT, 7.1), "memory": (2.48, 7.1)}
    return _draw(ax, sources, [("x", "w_q"), ("memory", "w_k"), ("memory", "w_v")], shapes)


def _shapes(queries, keys):
    table = f"({queries}, {keys})"
    return {
        **{"w_q": "(d_model, d)", "w_k": "(d_model, d)", "w_v": "(d_model, e)"},
        **{"q": f"({queries}, d)", "k": f"({keys}, d)", "v": f"({keys}, e)", "output": f"({queries}, e)"},
        **{"scores": table, "mask": table, "masked scores": table, "weights": table},
    }


def _draw(ax, sources, arrows, shapes):
    ax = axes(ax, height=7.0)
    ax.set(xlim=(0, 4.05), ylim=(0, 7.5))
    ax.set_axis_off()
    for number, (step, (top, bottom)) in enumerate(STEPS.items()):
        ax.add_patch(Rectangle((0, bottom), 4.05, top - bottom, color=GREY, alpha=0.05 + 0.07 * (number % 2), lw=0))
        ax.text(3.9, (top + bottom) / 2, step, ha="center", va="center", style="italic", rotation=90)
    boxes = {name: _box(ax, place, name, shapes[name]) for name, place in (PLACES | sources).items()}
    for start, end in (*arrows, *ARROWS):
        _arrow(ax, boxes[start], boxes[end])
    return ax


def _box(ax, place, name, shape):
    x, y = place
    colour = COLOURS[1] if name in LEARNED else COLOURS[0]
    width = WIDTHS.get(name, 1.1)
    corner = (x - width / 2, y - 0.26)
    box = FancyBboxPatch(corner, width, 0.52, boxstyle="round,pad=0.04", fc="white", ec=colour, lw=1.5)
    ax.add_patch(box)
    ax.text(x, y, f"{name}\n{shape}", ha="center", va="center", linespacing=1.2)
    return box


def _arrow(ax, start, end):
    """Draw an arrow from the middle of one box to the middle of another, seen only between them."""
    middles = [(box.get_x() + box.get_width() / 2, box.get_y() + box.get_height() / 2) for box in (end, start)]
    style = {"arrowstyle": "-|>", "color": GREY, "linewidth": 1.2, "patchA": start, "patchB": end, "shrinkB": 1}
    ax.annotate("", *middles, arrowprops=style)

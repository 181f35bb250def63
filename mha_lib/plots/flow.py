"""One head as a drawing: which array is made from which, in five steps."""

from matplotlib.patches import FancyBboxPatch, Rectangle

from mha_lib.plots.style import COLOURS, GREY, TEXT, axes

STEPS = {  # from one height down to another
    "project": (6.4, 4.0),
    "score": (4.0, 3.0),
    "mask": (3.0, 2.0),
    "normalise": (2.0, 1.0),
    "mix": (1.0, -0.1),
}
PLACES = {
    "w_q": (0.75, 5.6),
    "w_k": (2.1, 5.6),
    "w_v": (3.45, 5.6),
    "q": (0.75, 4.5),
    "k": (2.1, 4.5),
    "v": (3.45, 4.5),
    "scores": (2.1, 3.5),
    "mask": (0.62, 2.5),
    "masked scores": (2.1, 2.5),
    "weights": (2.1, 1.5),
    "output": (3.45, 0.45),
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
    return _draw(ax, {"x": (2.1, 6.9)}, [("x", name) for name in LEARNED], shapes)


def show_cross_attention_flow(ax=None):
    """Draw cross-attention: `x` is the source of the queries, `memory` of the keys and values."""
    shapes = _shapes(queries="q", keys="k") | {"x": "(q, d_model)", "memory": "(k, d_model)"}
    sources = {"x": (0.75, 6.9), "memory": (2.8, 6.9)}
    return _draw(ax, sources, [("x", "w_q"), ("memory", "w_k"), ("memory", "w_v")], shapes)


def _shapes(queries, keys):
    table = f"({queries}, {keys})"
    return {
        **{"w_q": "(d_model, d)", "w_k": "(d_model, d)", "w_v": "(d_model, e)"},
        **{"q": f"({queries}, d)", "k": f"({keys}, d)", "v": f"({keys}, e)", "output": f"({queries}, e)"},
        **{"scores": table, "mask": table, "masked scores": table, "weights": table},
    }


def _draw(ax, sources, arrows, shapes):
    ax = axes(ax, height=6.0)
    ax.set(xlim=(-0.45, 4.2), ylim=(-0.1, 7.25))
    ax.set_axis_off()
    for number, (step, (top, bottom)) in enumerate(STEPS.items()):
        ax.add_patch(Rectangle((-0.45, bottom), 4.65, top - bottom, color=GREY, alpha=0.05 + 0.07 * (number % 2), lw=0))
        style = {"ha": "center", "va": "center", "rotation": 90, "fontsize": TEXT, "style": "italic"}
        ax.text(-0.2, (top + bottom) / 2, step, **style)
    boxes = {name: _box(ax, place, name, shapes[name]) for name, place in (PLACES | sources).items()}
    for start, end in (*arrows, *ARROWS):
        _arrow(ax, boxes[start], boxes[end])
    return ax


def _box(ax, place, name, shape):
    x, y = place
    colour = COLOURS[1] if name in LEARNED else COLOURS[0]
    half = 0.75 if len(name) > 8 else 0.6
    box = FancyBboxPatch((x - half, y - 0.3), 2 * half, 0.6, boxstyle="round,pad=0.04", fc="white", ec=colour, lw=1.5)
    ax.add_patch(box)
    ax.text(x, y, f"{name}\n{shape}", ha="center", va="center", fontsize=TEXT, linespacing=1.1)
    return box


def _arrow(ax, start, end):
    """Draw an arrow from the middle of one box to the middle of another, seen only between them."""
    middles = [(box.get_x() + box.get_width() / 2, box.get_y() + box.get_height() / 2) for box in (end, start)]
    style = {"arrowstyle": "-|>", "color": GREY, "linewidth": 1.2, "patchA": start, "patchB": end, "shrinkB": 1}
    ax.annotate("", *middles, arrowprops=style)

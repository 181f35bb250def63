"""Blocks and stacks: the residual stream with its norms, and a model drawn from its own parts."""

from itertools import pairwise

from matplotlib.patches import Circle, FancyBboxPatch

from mha_lib.plots.style import COLOURS, GREY, WIDTH, axes

LAYERS = ("attention", "feed-forward")
SPAN = 5.0  # how far one layer with its branch reaches along the stream


def show_norm_places():
    """Draw a pre-norm block above a post-norm block; return the two axes.

    The thick line is the residual stream. In a pre-norm block nothing stands on it but sums.
    """
    figure = axes(width=WIDTH * 1.3, height=4.4).figure
    figure.clear()
    top, bottom = figure.subplots(2, 1)
    _draw_block(top, "pre-norm: x + f(LayerNorm(x))", pre=True)
    _draw_block(bottom, "post-norm: LayerNorm(x + f(x))", pre=False)
    return [top, bottom]


def show_modules(model, ax=None):
    """Draw a PyTorch model as a column of its parts, first at the bottom, each with how many numbers it learns.

    The parts of an encoder are opened; what is in a block stands in its box. Embeddings in a row are added.
    """
    boxes = [(name, module) for name, module in _parts(model) if _count(module)]
    ax = axes(ax, height=0.6 * len(boxes) + 0.6)
    ax.set(xlim=(-3.4, 3.4), ylim=(-0.75, len(boxes) - 0.1))
    ax.set_axis_off()
    below = None
    for height, (name, module) in enumerate(boxes):
        _box(
            ax,
            0,
            height,
            6.4,
            f"{name}   {_count(module):,}\n{_inside(module)}",
            COLOURS[1 if _is_block(module) else 0],
        )
        if _is_embedding(module) and _is_embedding(below):
            ax.text(0, height - 0.5, "+", ha="center", va="center", fontsize=12)
        else:
            _arrow(ax, (0, height - 0.66), (0, height - 0.34))
        below = module
    return ax


def _draw_block(ax, title, pre):
    ax.set(xlim=(-0.4, 2 * SPAN + 1.4), ylim=(-0.7, 2.1))
    ax.set_axis_off()
    ax.set_title(title, fontsize=10)
    ax.annotate("", (2 * SPAN + 1.0, 0), (0, 0), arrowprops={"arrowstyle": "-|>", "color": COLOURS[0], "linewidth": 3})
    ax.text(-0.1, 0, "x", ha="right", va="center", fontsize=11)
    for start, layer in zip((0.3, SPAN + 0.3), LAYERS, strict=True):
        _branch(ax, start, layer, pre)


def _branch(ax, start, layer, pre):
    plus = start + (4.2 if pre else 2.9)
    boxes = [("LayerNorm", start + 1.1), (layer, start + 2.9)] if pre else [(layer, start + 1.6)]
    stops = [start, *(x for _, x in boxes), plus]
    ax.plot([start, start], [0, 1.4], color=GREY, linewidth=1.2)
    ax.plot([stops[-2], plus], [1.4, 1.4], color=GREY, linewidth=1.2)
    _arrow(ax, (plus, 1.4), (plus, 0.22))
    for left, right in pairwise(stops[:-1]):
        _arrow(ax, (left, 1.4), (right - 0.72, 1.4))
    for name, x in boxes:
        _box(ax, x, 1.4, 1.4, name, COLOURS[2] if name == "LayerNorm" else COLOURS[1])
    ax.add_patch(Circle((plus, 0), 0.2, fc="white", ec=COLOURS[0], lw=2, zorder=3))
    ax.text(plus, 0, "+", ha="center", va="center", fontsize=12, zorder=4)
    if not pre:
        _box(ax, plus + 1.05, 0, 1.4, "LayerNorm", COLOURS[2])


def _parts(model):
    """Yield (name, module) of the model's parts, containers opened until something computes."""
    for name, module in model.named_children():
        if type(module).__name__ in ("Encoder", "ModuleList"):
            yield from ((f"{name}.{inner}", part) for inner, part in _parts(module))
        else:
            yield name, module


def _inside(module):
    parts = [name for name, part in module.named_children() if _count(part)]
    return ", ".join(parts) if parts else f"{type(module).__name__} {tuple(module.weight.shape)}"


def _is_embedding(module):
    return type(module).__name__ == "Embedding"


def _is_block(module):
    return any(_count(part) for part in module.children())


def _count(module):
    return sum(parameter.numel() for parameter in module.parameters())


def _box(ax, x, y, width, text, colour):
    corner = (x - width / 2 + 0.04, y - 0.28)
    ax.add_patch(
        FancyBboxPatch(corner, width - 0.08, 0.56, boxstyle="round,pad=0.04", fc="white", ec=colour, lw=1.5, zorder=3)
    )
    ax.text(x, y, text, ha="center", va="center", fontsize=8.5, linespacing=1.3, zorder=4)


def _arrow(ax, start, end):
    ax.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": GREY, "linewidth": 1.2})

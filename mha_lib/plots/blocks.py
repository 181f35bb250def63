"""Blocks and stacks: the residual stream with its norms, and a model drawn from its own parts."""

from itertools import pairwise

from matplotlib.patches import Circle, FancyBboxPatch

from mha_lib.plots.style import COLOURS, GREY, TEXT, axes, stacked

SPAN = 5.0  # how far a layer with its branch reaches along the stream


def show_norm_places():
    """Draw one layer of a pre-norm block above one of a post-norm block; return the two axes.

    The thick line is the residual stream. In a pre-norm block nothing stands on it but sums.
    """
    top, bottom = stacked(2, height=1.7)
    _draw_layer(top, "pre-norm: x + f(LayerNorm(x))", pre=True)
    _draw_layer(bottom, "post-norm: LayerNorm(x + f(x))", pre=False)
    return [top, bottom]


def show_modules(model, ax=None):
    """Draw a PyTorch model as a column of its parts, first at the bottom, each with how many numbers it learns.

    The parts of an encoder are opened; what is in a block stands in its box. Embeddings in a row are added.
    """
    boxes = [(name, module) for name, module in _parts(model) if _count(module)]
    ax = axes(ax, height=0.95 * len(boxes) + 0.4)
    ax.set(xlim=(-3.4, 3.4), ylim=(-0.75, len(boxes) - 0.4))
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
            ax.text(0, height - 0.5, "+", ha="center", va="center", fontsize=TEXT)
        else:
            _arrow(ax, (0, height - 0.65), (0, height - 0.35))
        below = module
    return ax


def _draw_layer(ax, title, pre):
    ax.set(xlim=(-0.4, SPAN + 0.6), ylim=(-0.6, 1.9))
    ax.set_axis_off()
    ax.set_title(title, fontsize=TEXT)
    stream = {"arrowstyle": "-|>", "color": COLOURS[0], "linewidth": 3}
    ax.annotate("", (SPAN + 0.6, 0), (0, 0), arrowprops=stream)
    ax.text(-0.1, 0, "x", ha="right", va="center", fontsize=TEXT)
    plus, boxes = (4.75, [("LayerNorm", 1.45), ("layer f", 3.4)]) if pre else (2.9, [("layer f", 1.5)])
    ax.plot([0.3, 0.3], [0, 1.4], color=GREY, linewidth=1.2)
    ax.plot([boxes[-1][1], plus], [1.4, 1.4], color=GREY, linewidth=1.2)
    _arrow(ax, (plus, 1.4), (plus, 0.3))
    for left, right in pairwise([0.3, *(x for _, x in boxes)]):
        _arrow(ax, (left, 1.4), (right - 0.85, 1.4))
    for name, x in boxes:
        _box(ax, x, 1.4, 1.7, name, COLOURS[2] if name == "LayerNorm" else COLOURS[1])
    ax.add_patch(Circle((plus, 0), 0.24, fc="white", ec=COLOURS[0], lw=2, zorder=3))
    ax.text(plus, 0, "+", ha="center", va="center", fontsize=TEXT, zorder=4)
    if not pre:
        _box(ax, plus + 1.3, 0, 1.7, "LayerNorm", COLOURS[2])


def _parts(model):
    """Yield (name, module) of the model's parts, containers opened until something computes."""
    for name, module in model.named_children():
        if type(module).__name__ in ("Encoder", "ModuleList"):
            yield from ((f"{name}.{inner}", part) for inner, part in _parts(module))
        else:
            yield name, module


def _inside(module):
    parts = [name for name, part in module.named_children() if _count(part)]
    if not parts:
        return f"{type(module).__name__} {tuple(module.weight.shape)}"
    return ",\n".join(", ".join(parts[i : i + 2]) for i in range(0, len(parts), 2))


def _is_embedding(module):
    return type(module).__name__ == "Embedding"


def _is_block(module):
    return any(_count(part) for part in module.children())


def _count(module):
    return sum(parameter.numel() for parameter in module.parameters())


def _box(ax, x, y, width, text, colour):
    corner = (x - width / 2 + 0.04, y - 0.29)
    ax.add_patch(
        FancyBboxPatch(corner, width - 0.08, 0.58, boxstyle="round,pad=0.04", fc="white", ec=colour, lw=1.5, zorder=3)
    )
    ax.text(x, y, text, ha="center", va="center", fontsize=TEXT, linespacing=1.15, zorder=4)


def _arrow(ax, start, end):
    ax.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": GREY, "linewidth": 1.2})

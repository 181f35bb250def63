"""Blocks and stacks: the residual stream with its norms, and a model drawn from its own parts."""

from itertools import pairwise

from matplotlib.patches import FancyBboxPatch

from mha_lib.plots.style import COLOURS, GREY, axes, folded, stacked

LAYERS = ("attention", "feed-forward")
SPAN = 4.7  # how far one layer with its branch reaches along the stream
OUT = 1.4  # how far from the stream a branch runs


def show_norm_places():
    """Draw a pre-norm block beside a post-norm block, both from the bottom up; return the two axes.

    The thick line is the residual stream. In a pre-norm block nothing stands on it but sums.
    """
    left, right = stacked(2, height=6.2, columns=2)
    _draw_block(left, "pre-norm:\nx + f(LayerNorm(x))", pre=True)
    _draw_block(right, "post-norm:\nLayerNorm(x + f(x))", pre=False)
    return [left, right]


def show_modules(model, ax=None):
    """Draw a PyTorch model as a column of its parts, first at the bottom, each with how many numbers it learns.

    The parts of an encoder are opened; what is in a block stands in its box. Embeddings in a row are added.
    """
    boxes = [(name, module) for name, module in _parts(model) if _count(module)]
    ax = axes(ax, height=1.2 * len(boxes) + 0.2)
    ax.set(xlim=(-3.4, 3.4), ylim=(-0.75, len(boxes) - 0.1))
    ax.set_axis_off()
    below = None
    for height, (name, module) in enumerate(boxes):
        _box(
            ax,
            0,
            height,
            6.4,
            f"{name}   {_count(module):,}\n{folded(_inside(module), 36)}",
            COLOURS[1 if _is_block(module) else 0],
        )
        if _is_embedding(module) and _is_embedding(below):
            ax.text(0, height - 0.5, "+", ha="center", va="center")
        else:
            _arrow(ax, (0, height - 0.66), (0, height - 0.34))
        below = module
    return ax


def _draw_block(ax, title, pre):
    ax.set(xlim=(-0.5, 2.5), ylim=(-0.6, 2 * SPAN + 1.2))
    ax.set_axis_off()
    ax.set_title(title)
    ax.annotate("", (0, 2 * SPAN + 1.1), (0, 0), arrowprops={"arrowstyle": "-|>", "color": COLOURS[0], "linewidth": 3})
    ax.text(0, -0.1, "x", ha="center", va="top")
    for start, layer in zip((0.3, SPAN + 0.3), LAYERS, strict=True):
        _branch(ax, start, layer, pre)


def _branch(ax, start, layer, pre):
    plus = start + (3.9 if pre else 2.7)
    boxes = [("LayerNorm", start + 1.0), (layer, start + 2.6)] if pre else [(layer, start + 1.4)]
    stops = [start, *(y for _, y in boxes), plus]
    ax.plot([0, OUT], [start, start], color=GREY, linewidth=1.2)
    ax.plot([OUT, OUT], [stops[-2], plus], color=GREY, linewidth=1.2)
    _arrow(ax, (OUT, plus), (0.2, plus))
    for below, above in pairwise(stops[:-1]):
        _arrow(ax, (OUT, below), (OUT, above - 0.34))
    for name, y in boxes:
        _box(ax, OUT, y, 2.1, name, COLOURS[2] if name == "LayerNorm" else COLOURS[1])
    ax.plot(0, plus, "o", color="white", markeredgecolor=COLOURS[0], markersize=15, markeredgewidth=2, zorder=3)
    ax.text(0, plus, "+", ha="center", va="center", zorder=4)
    if not pre:
        _box(ax, 0.55, plus + 0.9, 1.9, "LayerNorm", COLOURS[2])


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
    ax.text(x, y, text, ha="center", va="center", linespacing=1.3, zorder=4)


def _arrow(ax, start, end):
    ax.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": GREY, "linewidth": 1.2})

"""What attention costs: growth on logarithmic axes, the walk over tiles, the roofline."""

import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.patches import Patch

from mha_lib.cost.blockwise import blocks, visible_tiles
from mha_lib.cost.counts import attainable_rate, fitted_slope
from mha_lib.plots.style import COLOURS, GREY, axes, legend, stacked

MARKERS = "osD^v"
SKIPPED, VISITED, DIAGONAL = range(3)


def show_growth(curves, xlabel, ylabel, ax=None, title=None):
    """Draw costs against sizes on logarithmic axes, where a power is a straight line; each label gets its slope.

    curves: a dict of label -> (sizes, costs); the slope is fitted to the last three points
    """
    ax = axes(ax, height=3.2)
    for (label, (sizes, costs)), colour, marker in zip(curves.items(), COLOURS, MARKERS, strict=False):
        slope = fitted_slope(sizes[-3:], costs[-3:])
        ax.loglog(sizes, costs, color=colour, marker=marker, markersize=4, label=f"{label}, slope {slope:.2f}")
    sizes = sorted({int(size) for pair in curves.values() for size in pair[0]})
    ax.set_xticks(sizes, [str(size) for size in sizes], rotation=60)
    ax.minorticks_off()
    ax.set(xlabel=xlabel, ylabel=ylabel, title=title or "")
    ax.grid(color=GREY, alpha=0.2)
    if curves:
        legend(ax)
    return ax


def show_growth_panels(panels, xlabel):
    """Draw panels of `show_growth`, one below the other, from `panels`, a dict of label of the costs -> curves."""
    column = stacked(len(panels), height=3.2)
    for ax, (ylabel, curves) in zip(column, panels.items(), strict=True):
        show_growth(curves, xlabel, ylabel, ax)
    return column


def show_tile_walk(num_queries, num_keys, block_q, block_k, ax=None, title=None):
    """Draw the causal walk: each visited tile with its turn, those that need a mask, and those that are skipped."""
    kinds, turns = np.full((num_queries, num_keys), SKIPPED), []
    for rows in blocks(num_queries, block_q):
        for columns, mask in visible_tiles(rows, num_keys, num_keys - num_queries, None, True, block_k):
            kinds[rows, columns] = VISITED if mask is None else DIAGONAL
            turns.append((rows, columns))
    ax = axes(ax, height=5.8)
    ax.imshow(kinds, cmap=ListedColormap(["white", "#bcd3ec", COLOURS[0]]), vmin=0, vmax=2, aspect="equal")
    for turn, (rows, columns) in enumerate(turns, start=1):
        dark = kinds[rows.start, columns.start] == DIAGONAL
        centre = (columns.start + columns.stop - 1) / 2, (rows.start + rows.stop - 1) / 2
        ax.text(*centre, str(turn), ha="center", va="center", color="white" if dark else "black")
    _rule(ax, num_queries, num_keys, block_q, block_k)
    ax.set(xlabel="key", ylabel="query", title=title or "")
    return ax


def _rule(ax, num_queries, num_keys, block_q, block_k):
    """Draw the edges of the tiles, the staircase of the causal mask, and a legend."""
    for row in range(block_q, num_queries, block_q):
        ax.axhline(row - 0.5, color=GREY, linewidth=0.8)
    for column in range(block_k, num_keys, block_k):
        ax.axvline(column - 0.5, color=GREY, linewidth=0.8)
    seen = np.arange(num_queries) + num_keys - num_queries + 0.5
    (line,) = ax.step(np.append(seen, seen[-1]), np.arange(num_queries + 1) - 0.5, where="pre", color=COLOURS[1])
    line.set_label("end of what a query sees")
    colours = {"visited": "#bcd3ec", "visited, with a mask": COLOURS[0], "skipped": "white"}
    patches = [Patch(facecolor=colour, edgecolor=GREY, label=label) for label, colour in colours.items()]
    ax.figure.legend(handles=[*patches, line], loc="outside upper center")


def show_roofline(points, peak, bandwidth, ax=None, title=None):
    """Draw the roofline of a machine and programs under it, on logarithmic axes.

    points: a dict of label -> (operations a byte, operations a second)   peak: operations a second
    bandwidth: bytes a second
    """
    ax = axes(ax, height=3.4)
    ridge = peak / bandwidth
    most = max([ridge, *(intensity for intensity, _ in points.values())])
    intensities = np.geomspace(ridge / 30, 4 * most, 200)
    ax.loglog(intensities, attainable_rate(intensities, peak, bandwidth) / 1e9, color=GREY, label="roofline")
    ax.axvline(ridge, color=GREY, linestyle=":", linewidth=1)
    ax.text(ridge * 1.1, 0.03, f"ridge: {ridge:.1f}", transform=ax.get_xaxis_transform())
    for (label, (intensity, rate)), colour, marker in zip(points.items(), COLOURS, MARKERS, strict=False):
        ax.loglog([intensity], [rate / 1e9], marker, color=colour, label=label)
    ax.yaxis.set_minor_formatter("")
    ax.set(xlabel="operations a byte", ylabel="10⁹ operations a second", title=title or "")
    ax.grid(color=GREY, alpha=0.2)
    legend(ax)
    return ax

"""Measurements of a GPU: against the length on log axes, and under the roofline."""

import numpy as np
from matplotlib.patches import Rectangle

from mha_lib.gpu import measurements as gpu
from mha_lib.plots.style import COLOURS, GREY, axes, folded, legend, stacked

MARKERS = "osD^vP*Xh"


def show_measured(measurement, **case):
    """Draw time and peak memory against the length, one line a variant, or empty axes that say there are none yet.

    measurement: what `newest_measurement` returns   case: as in `mha_lib.gpu.measurements.select`; return the axes
    """
    quantities = {"milliseconds": "milliseconds", "peak memory, MiB": "peak_mib"}
    if measurement is None:
        row = stacked(2, height=2.0)
        return [say_none(ax, "sequence length", label) for ax, label in zip(row, quantities, strict=True)]
    panels = {label: gpu.series(measurement, key, **case) for label, key in quantities.items()}
    return show_against_length(panels, gpu.out_of_memory(measurement, **case))


def show_measured_roofline(measurement, n, **case):
    """Draw each variant under the roof that the same run measured, at n tokens, or empty axes that say there is none.

    The arguments are those of `show_measured`, without a step: the forward pass is meant.
    """
    if measurement is None:
        return say_none(axes(height=2.4), "operations a byte", "10¹² operations a second")
    peak, bandwidth = 1e12 * measurement["product_tflops"][case["dtype"]], 1e9 * measurement["copy_gb_s"]
    return show_points_under_roof(gpu.roofline_points(measurement, n, **case), peak, bandwidth)


def say_none(ax, xlabel, ylabel):
    """Return the axes, empty but for a sentence: no GPU has been measured."""
    ax.text(0.5, 0.5, "no GPU measured yet", ha="center", transform=ax.transAxes, color=GREY)
    ax.set(xlabel=xlabel, ylabel=ylabel, xticks=[], yticks=[])
    return ax


def show_against_length(panels, refused=None):
    """Draw quantities against the sequence length, both axes logarithmic; return the list of axes.

    panels: ylabel -> {variant: (lengths (n,), values (n,))}, NaN where there is none
    refused: {variant: length} at which it ran out of memory, marked by a cross at the top of every panel
    """
    names = list(dict.fromkeys(name for curves in panels.values() for name in curves))
    row = stacked(len(panels), height=3.4)
    for ax, (ylabel, curves) in zip(row, panels.items(), strict=True):
        for name, (lengths, values) in curves.items():
            ax.plot(lengths, values, label=name, markersize=4, **look(names.index(name)))
        ax.set(yscale="log", xlabel="sequence length", ylabel=ylabel)
        ax.set_xscale("log", base=2)
        ax.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        ax.tick_params(axis="x", rotation=60)
        ax.grid(color=GREY, alpha=0.2)
        mark_refusals(ax, refused or {}, names)
    legend(row[0])
    return row


def mark_refusals(ax, refused, names):
    """Draw a cross at the length at which a variant ran out of memory, one below the other at the top of the axes."""
    place = {"transform": ax.get_xaxis_transform()}
    for number, (name, length) in enumerate(refused.items()):
        colour, height = look(names.index(name))["color"] if name in names else GREY, 0.94 - 0.09 * number
        ax.plot(length, height, "x", color=colour, markersize=8, markeredgewidth=2, **place)
        ax.text(0.93 * length, height, f"{name}: out of memory", ha="right", va="center", **place)


def show_points_under_roof(points, peak, bandwidth, ax=None):
    """Draw a roofline and measured points below it: the rate against the arithmetic intensity, on log axes.

    points: {variant: (operations a byte, operations a second)}   peak: operations a second   bandwidth: bytes a second
    """
    ax = axes(ax, height=3.4)
    x = np.geomspace(1, 10 * max([peak / bandwidth, *(intensity for intensity, _ in points.values())]), 200)
    ax.plot(x, np.minimum(peak, bandwidth * x) / 1e12, color=GREY, label="the roof")
    for number, (name, (intensity, rate)) in enumerate(points.items()):
        ax.plot(intensity, rate / 1e12, label=name, **(look(number) | {"linestyle": "none"}))
    ax.axvline(peak / bandwidth, color=GREY, linewidth=0.8, linestyle=":")
    ax.set(xscale="log", yscale="log", xlabel="operations a byte", ylabel="10¹² operations a second")
    ax.grid(color=GREY, alpha=0.2)
    legend(ax)
    return ax


def look(number):
    """Return the colour, marker and line of the curve with this number; no two of nine look alike."""
    style = "-" if number < len(COLOURS) else "--"
    return {"color": COLOURS[number % len(COLOURS)], "marker": MARKERS[number % len(MARKERS)], "linestyle": style}


def show_kernels(kernels, ax=None):
    """Draw who reads and writes what: one box a kernel beside a line for the card's memory, an arrow for each array.

    kernels: {name: (arrays read, arrays written)}; an array whose name ends in "!" has n x n numbers and a thick arrow

    The first kernel stands on top.
    """
    rows = [len(read) + len(written) for read, written in kernels.values()]
    ends = -np.cumsum([row + 0.6 for row in rows])
    ax = axes(ax, height=0.4 - 0.3 * ends[-1])
    ax.plot([0, 0], [0, ends[-1]], color=GREY, linewidth=3)
    ax.text(-0.12, ends[-1] / 2, "the card's memory", color=GREY, ha="right", va="center", rotation=90)
    for (name, (read, written)), count, end in zip(kernels.items(), rows, ends, strict=True):
        ax.add_patch(Rectangle((2.2, end + 0.3), 1.7, count, facecolor="white", edgecolor=COLOURS[0]))
        ax.text(3.05, end + 0.3 + count / 2, folded(name, 12), ha="center", va="center")
        for place, (array, reads) in enumerate([(a, True) for a in read] + [(a, False) for a in written]):
            arrow(ax, end + count - 0.4 - place, array, reads)
    ax.set(xlim=(-0.5, 4.0), ylim=(ends[-1], 0))
    ax.axis("off")
    return ax


def arrow(ax, y, array, reads):
    """Draw one array's way to a kernel or back from it."""
    big = array.endswith("!")
    style = {"arrowstyle": "-|>", "linewidth": 3.5 if big else 1.2, "color": COLOURS[1] if big else COLOURS[0]}
    ax.annotate("", (2.15 if reads else 0.08, y), (0.08 if reads else 2.15, y), arrowprops=style)
    ax.text(1.1, y + 0.1, array.removesuffix("!"), ha="center", va="bottom")

"""Vectors as arrows in the plane and as points; the angles between random ones."""

import numpy as np

from mha_lib.plots.labels import label_apart
from mha_lib.plots.style import COLOURS, GREY, axes, legend
from mha_lib.similarity.vectors import cosine, shadow

MARKERS = ("o", "s", "^", "D", "v", "P")


def show_arrows(arrows, xlabel="first entry", ylabel="second entry", ax=None, title=None):
    """Draw one arrow from the origin for each entry of `arrows`, a dict of label -> (x, y)."""
    ax = axes(ax)
    for (label, tip), colour in zip(arrows.items(), COLOURS, strict=False):
        _arrow(ax, np.asarray(tip, dtype=float), label, colour)
    _frame(ax, np.array(list(arrows.values()), dtype=float))
    ax.set_xlabel(xlabel)
    ax.set_ylabel(ylabel)
    ax.set_title(title or "")
    return ax


def show_angle(arrows, xlabel="first entry", ylabel="second entry", ax=None, title=None):
    """Draw two arrows and the angle between them.

    arrows: a dict of two labels -> (x, y)
    """
    ax = show_arrows(arrows, xlabel, ylabel, ax, title)
    first, second = (np.asarray(tip, dtype=float) for tip in arrows.values())
    start = np.arctan2(first[1], first[0])
    turn = (np.arctan2(second[1], second[0]) - start + np.pi) % (2 * np.pi) - np.pi
    along = start + np.linspace(0, turn)
    radius = 0.35 * min(np.hypot(*first), np.hypot(*second))
    ax.plot(radius * np.cos(along), radius * np.sin(along), color=GREY, linewidth=1.2)
    middle = start + turn / 2
    angle = np.degrees(np.arccos(np.clip(cosine(first, second), -1, 1)))
    spot = 1.45 * radius * np.array([np.cos(middle), np.sin(middle)])
    ax.annotate(f"{angle:.0f}°", spot, ha="center", va="center", bbox={"color": "white", "pad": 1})
    return ax


def show_shadow(arrows, xlabel="first entry", ylabel="second entry", ax=None, title=None):
    """Draw two arrows, and the shadow that the second throws on the line of the first.

    arrows: a dict of two labels -> (x, y)
    """
    ax = show_arrows(arrows, xlabel, ylabel, ax, title)
    first, second = (np.asarray(tip, dtype=float) for tip in arrows.values())
    foot = shadow(second, first)
    ax.plot(*zip(second, foot, strict=True), color=GREY, linestyle="--", linewidth=1.2)
    ax.plot(*zip((0, 0), foot, strict=True), color=COLOURS[2], linewidth=6, alpha=0.45, solid_capstyle="butt")
    away = 16 * (foot - second) / max(np.hypot(*(foot - second)), 1e-9)
    ax.annotate("shadow", foot / 2, away, textcoords="offset points", ha="center", va="center", color=COLOURS[2])
    _frame(ax, np.array([first, second, foot]))
    return ax


def show_blend(vectors, weights, names, xlabel="first entry", ylabel="second entry", ax=None, title=None):
    """Draw how an output is blended: the vectors, thin; their weighted shares head to tail, thick; and the output.

    vectors: (k, 2)   weights: (k,)   names: k words, six at most; a vector of zeros is left out

    Each share has the colour of its vector, beside which its name and its weight are written.
    """
    ax = axes(ax)
    vectors, weights = np.asarray(vectors, dtype=float), np.asarray(weights, dtype=float)
    ends = np.cumsum(weights[:, None] * vectors, axis=0)
    starts = ends - weights[:, None] * vectors
    for name, weight, vector, *share, colour in zip(names, weights, vectors, starts, ends, COLOURS, strict=False):
        if vector.any():
            _shaft(ax, vector, colour, linewidth=1)
            _name_beside(ax, vector, f"{name} {weight:.2f}", colour)
            ax.plot(*np.transpose(share), color=colour, linewidth=5, alpha=0.55, solid_capstyle="butt")
    _shaft(ax, ends[-1], "black", linewidth=2.5)
    _name_beside(ax, ends[-1], "output", "black", on_the_left=_left_of(ends[-1], ends.mean(axis=0)) <= 0)
    _frame(ax, np.array([*vectors, *ends]))
    _leave_room(ax)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.set_title(title or "")
    return ax


def show_words(points, labels, groups, ax=None, title=None):
    """Draw words as labelled points in a plane, each group in a colour and with a mark of its own.

    points: (n, 2)   labels: n words   groups: a dict of name -> words, six at most; words in no group are left out
    """
    ax = axes(ax, height=5.2)
    ax.margins(x=0.32, y=0.1)
    where = dict(zip(labels, np.asarray(points), strict=True))
    for (name, members), colour, marker in zip(groups.items(), COLOURS, MARKERS, strict=False):
        x, y = np.array([where[word] for word in members]).T
        ax.scatter(x, y, color=colour, marker=marker, s=18, label=name)
    shown = {word: colour for members, colour in zip(groups.values(), COLOURS, strict=False) for word in members}
    label_apart(ax, {word: where[word] for word in shown}, shown)
    ax.set_xlabel("first principal component")
    ax.set_ylabel("second principal component")
    ax.set_title(title or "")
    legend(ax)
    return ax


def show_angles(degrees, ax=None, title=None):
    """Draw how angles spread: one outline for each entry of `degrees`, a dict of label -> angles from 0 to 180."""
    ax = axes(ax)
    for (label, angles), colour in zip(degrees.items(), COLOURS, strict=False):
        ax.hist(angles, bins=np.arange(0, 181, 3), density=True, histtype="step", color=colour, label=label)
    ax.set_xlabel("angle in degrees")
    ax.set_ylabel("share of the pairs,\nper degree")
    ax.set_xticks(range(0, 181, 45))
    ax.set_title(title or "")
    legend(ax)
    return ax


def _arrow(ax, tip, label, colour):
    _shaft(ax, tip, colour, linewidth=2)
    outwards = 14 * tip / max(np.hypot(*tip), 1e-9)
    side = "center" if abs(tip[0]) < abs(tip[1]) else ("left" if tip[0] > 0 else "right")
    ax.annotate(label, tip, outwards, textcoords="offset points", color=colour, ha=side, va="center")


def _shaft(ax, tip, colour, linewidth):
    style = {"arrowstyle": "-|>", "color": colour, "linewidth": linewidth, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", tip, (0, 0), arrowprops=style)


def _name_beside(ax, tip, label, colour, on_the_left=False):
    """Write a label beside a tip, on its right or its left seen from the origin."""
    right = np.array([tip[1], -tip[0]]) / max(np.hypot(*tip), 1e-9)
    away = 11 * (-right if on_the_left else right)
    side = "center" if abs(away[0]) < abs(away[1]) / 2 else ("left" if away[0] > 0 else "right")
    ax.annotate(label, tip, away, textcoords="offset points", color=colour, ha=side, va="center")


def _left_of(tip, point):
    """Return how far a point lies to the left of the line from the origin to a tip, 0 for next to nothing."""
    return np.round((tip[0] * point[1] - tip[1] * point[0]) / max(np.hypot(*tip), 1e-9), 9)


def _leave_room(ax):
    """Widen the axes for names beside tips, even where the arrows stand steeply."""
    left, right = ax.get_xlim()
    ax.set_xlim(left, max(right, left + 1.4 * np.ptp(ax.get_ylim())))


def _frame(ax, tips):
    low, high = np.minimum(tips.min(axis=0), 0), np.maximum(tips.max(axis=0), 0)
    margin = 0.18 * (high - low).max()
    left, right = low[0] - (1.6 if low[0] < 0 else 1) * margin, high[0] + 1.6 * margin
    ax.set(xlim=(left, right), ylim=(low[1] - margin, high[1] + margin), aspect="equal")
    ax.axhline(0, color=GREY, linewidth=0.6)
    ax.axvline(0, color=GREY, linewidth=0.6)
    ax.grid(color=GREY, alpha=0.2)

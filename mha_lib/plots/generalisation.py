"""Overfitting along a training, and gates: how they are drawn, and which of them stay open."""

import numpy as np

from mha_lib.plots.curves import show_curves
from mha_lib.plots.style import COLOURS, GREY, axes, legend, stacked


def show_overfitting(steps, losses, shares, lowest=None):
    """Draw losses above shares of right answers along a training; return the two axes.

    steps: (looks,)   losses, shares: dicts of label -> (looks,)   lowest: a step to mark in both panels
    """
    row = stacked(2, height=2.7)
    show_curves(np.asarray(steps), losses, "step", "loss", row[0])
    show_curves(np.asarray(steps), shares, "step", "share of right answers", row[1])
    row[1].set_ylim(0, 1.05)
    if lowest is not None:
        for ax in row:
            ax.axvline(lowest, color=GREY, linestyle="--", linewidth=1, label="lowest loss, new")
    for ax in row:
        legend(ax)
    return row


def show_gate_draws(panels):
    """Draw how often a gate falls where, one panel for each title; what is exactly 0 or 1 has bars of its own.

    panels: a dict of title -> gates, many draws of one
    """
    row = stacked(len(panels), height=2.2)
    for ax, (title, gates) in zip(row, panels.items(), strict=True):
        gates = np.asarray(gates)
        ends = [(gates == end).mean() for end in (0.0, 1.0)]
        inner, edges = np.histogram(gates[(gates > 0) & (gates < 1)], bins=10, range=(0, 1))
        ax.bar((edges[1:] + edges[:-1]) / 2, inner / len(gates), width=0.09, color=COLOURS[0], label="between")
        bars = ax.bar([-0.1, 1.1], ends, width=0.09, color=COLOURS[1], label="exactly 0 or 1")
        ax.bar_label(bars, [f"{share:.2f}" for share in ends], padding=2)
        ax.set(ylabel="share of draws", title=title, ylim=(0, 1.1), xticks=[0, 0.5, 1])
    row[-1].set_xlabel("gate")
    row[0].figure.legend(*row[0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return row


def show_gates(steps, probabilities, ax=None):
    """Draw each gate's probability of being open along a training; those that end below a half are grey.

    steps: (looks,)   probabilities: (looks, h)
    """
    ax = axes(ax)
    probabilities = np.asarray(probabilities)
    colours, shut = iter(COLOURS * 2), "shut in the end"
    for head, curve in enumerate(probabilities.T):
        if curve[-1] > 0.5:
            ax.plot(steps, curve, color=next(colours), linewidth=2, label=f"head {head}")
        else:
            ax.plot(steps, curve, color=GREY, linewidth=1, alpha=0.7, label=shut)
            shut = None
    ax.set(xlabel="step", ylabel="probability of being open", ylim=(0, 1.05))
    ax.grid(color=GREY, alpha=0.2)
    legend(ax)
    return ax

"""Chapter 21: what is forecast, what surprises, and who wins."""

import numpy as np

from mha_lib.applications.verdicts import LOSES, MARGIN, TIE, WINS
from mha_lib.plots.style import COLOURS, GREY, axes, legend

VERDICT_COLOURS = {WINS: COLOURS[0], TIE: COLOURS[4], LOSES: COLOURS[1]}
MARKERS = {WINS: "o", TIE: "s", LOSES: "D"}


def show_verdicts(entries, margin=MARGIN, ax=None):
    """Draw each study's difference and two standard errors to both sides; in the grey band nobody is ahead enough.

    entries: a list of `mha_lib.applications.verdicts.Entry`, drawn from top to bottom
    """
    ax = axes(ax, height=1.4 + 0.45 * len(entries))
    ax.axvspan(-margin, margin, color=GREY, alpha=0.2, linewidth=0)
    ax.axvline(0, color=GREY, linewidth=0.8)
    for place, entry in enumerate(entries):
        word, difference, two_errors = entry.verdict
        style = {"color": VERDICT_COLOURS[word], "marker": MARKERS[word], "capsize": 3, "linestyle": "none"}
        ax.errorbar(difference, place, xerr=two_errors, label=word, **style)
    ax.set_yticks(range(len(entries)), [f"{e.study}\n({e.metric})" for e in entries])
    ax.invert_yaxis()
    ax.set_xlabel("attention minus baseline")
    handles, labels = ax.get_legend_handles_labels()
    once = dict(zip(labels, handles, strict=True))
    ax.figure.legend(once.values(), once.keys(), loc="outside upper center")
    return ax


def show_forecasts(past, future, forecasts, ylabel, ax=None):
    """Draw a past, what really came, and forecasts of it, a dict of label -> values.

    past: (p,)   future and each forecast: (a,)
    """
    ax = axes(ax)
    ahead = np.arange(1, len(future) + 1)
    ax.plot(np.arange(1 - len(past), 1), past, color=GREY, label="known")
    ax.plot(ahead, future, color="black", label="what came")
    for (label, values), colour, line in zip(forecasts.items(), COLOURS, ("-", "--", "-.", ":"), strict=False):
        ax.plot(ahead, values, color=colour, linestyle=line, label=label)
    ax.axvline(0.5, color=GREY, linewidth=0.8, linestyle=":")
    ax.set_xlabel("steps from the last known value")
    ax.set_ylabel(ylabel)
    ax.grid(color=GREY, alpha=0.2)
    legend(ax)
    return ax


def show_surprise(events, surprise, marked=None, ax=None):
    """Draw the surprise of each event of a sequence as a bar, the first on top; the bar `marked` has another colour.

    events: n words   surprise: (n,), in nats
    """
    ax = axes(ax, height=0.8 + 0.24 * len(events))
    colours = [COLOURS[1] if place == marked else COLOURS[0] for place in range(len(events))]
    ax.barh(range(len(events)), surprise, color=colours, height=0.7)
    ax.set_yticks(range(len(events)), events)
    ax.set_ylim(len(events) - 0.4, -0.6)
    ax.set_xlabel("surprise, nats")
    return ax

"""One bar a key: scores, exponentials, weights."""

from mha_lib.plots.style import COLOURS, GREY, axes, stacked


def show_bars(values, labels, ylabel, ax=None, title=None):
    """Draw one bar for each value, its number at its end.

    values: (k,)   labels: k words
    """
    ax = axes(ax)
    bars = ax.bar(range(len(values)), values, color=COLOURS[0], width=0.7)
    ax.bar_label(bars, [_short(value) for value in values], padding=2)
    ax.axhline(0, color=GREY, linewidth=0.8)
    ax.set_xticks(range(len(values)), labels, rotation=45)
    ax.set_xlabel("key")
    ax.set_ylabel(ylabel)
    ax.set_title(title or "")
    ax.margins(y=0.2)
    return ax


def show_bar_panels(panels, labels, ylabel=None, ylim=None):
    """Draw panels of bars, one below the other, from `panels`, a dict of title -> values; return the list of axes.

    each values: (k,)   labels: k words   ylim: (low, high), where all panels should share one scale

    A panel's title names its axis too, unless `ylabel` names all of them.
    """
    column = stacked(len(panels), height=2.4)
    for ax, (title, values) in zip(column, panels.items(), strict=True):
        show_bars(values, labels, ylabel or title, ax, title if ylabel else None)
        ax.set_ylim(ylim)
        ax.set_xlabel("key" if ax is column[-1] else "")
    return column


def _short(value):
    whole = float(value).is_integer() or abs(value) >= 10
    return f"{value:.0f}" if whole else f"{value:.2f}"

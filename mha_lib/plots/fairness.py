"""What chance alone would do, and gaps with the intervals that they come with."""

from mha_lib.plots.style import COLOURS, GREY, axes, folded, legend


def show_null(differences, observed, xlabel, ax=None, title=None, bins=30):
    """Draw how differences spread over all partitions, and where the observed one stands.

    differences: (n,)   observed: a number
    """
    ax = axes(ax)
    ax.hist(differences, bins=bins, color=COLOURS[0], alpha=0.75)
    ax.axvline(observed, color=COLOURS[1], linewidth=2)
    right = observed > (min(differences) + max(differences)) / 2
    where = {"xytext": (-6 if right else 6, -4), "textcoords": "offset points", "ha": "right" if right else "left"}
    ax.annotate("as given", (observed, 1), xycoords=("data", "axes fraction"), va="top", color=COLOURS[1], **where)
    ax.margins(y=0.15)
    ax.set_xlabel(xlabel)
    ax.set_ylabel("partitions")
    ax.set_title(title or "")
    return ax


def show_intervals(series, xlabel, limit=None, ax=None, title=None):
    """Draw gaps as dots with their intervals, one row a gap and one colour for each entry of `series`.

    series: a dict of label -> a dict of gap -> (value, low, high), the same gaps in all   limit: what is allowed
    """
    names = list(next(iter(series.values())))
    ax = axes(ax, height=0.9 + 0.6 * len(names))
    for place, ((label, gaps), colour) in enumerate(zip(series.items(), COLOURS, strict=False)):
        rows = [i + 0.28 * (place - (len(series) - 1) / 2) for i in range(len(names))]
        values, lows, highs = zip(*(gaps[name] for name in names), strict=True)
        ax.hlines(rows, lows, highs, color=colour, linewidth=2)
        ax.plot(values, rows, "os^D"[place % 4], color=colour, label=label)
    for bound in [] if limit is None else (-limit, limit):
        ax.axvline(bound, color=GREY, linestyle=":")
    ax.axvline(0, color=GREY, linewidth=0.8)
    ax.set_yticks(range(len(names)), [folded(name, 16) for name in names])
    ax.set_ylim(len(names) - 0.4, -0.6)
    ax.set_xlabel(xlabel)
    ax.set_title(title or "")
    if len(series) > 1:
        legend(ax)
    return ax

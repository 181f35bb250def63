"""Variants of attention: which heads share, and how large a cache grows."""

from mha_lib.plots.style import COLOURS, GREY, axes, legend, stacked


def show_sharing(num_heads, panels):
    """Draw query heads above and their heads of keys and values below, a line for who reads what; return the axes.

    panels: a dict of title -> number of heads of keys and values
    """
    column = stacked(len(panels), height=1.6)
    for ax, (title, num_kv_heads) in zip(column, panels.items(), strict=True):
        repeats = num_heads // num_kv_heads
        for head in range(num_heads):
            group = head // repeats
            colour = COLOURS[group % len(COLOURS)]
            below = group * repeats + (repeats - 1) / 2
            ax.plot([head, below], [1, 0], color=colour, linewidth=1.2, zorder=1)
            ax.scatter([head], [1], s=230, color="white", edgecolors=colour, zorder=2)
            ax.scatter([below], [0], s=190, marker="s", color=colour, zorder=2)
            ax.text(head, 1, str(head), ha="center", va="center", zorder=3, color="black")
        ax.set(title=title, xlim=(-0.7, num_heads - 0.3), ylim=(-0.35, 1.35), xticks=[])
        ax.set_yticks([1, 0], ["queries", "keys,\nvalues"])
        ax.spines[:].set_visible(False)
        ax.tick_params(length=0)
    return column


def show_cache_sizes(num_tokens, curves, ax=None):
    """Draw the size of caches against the number of tokens, both in powers of two.

    num_tokens: (n,)   curves: a dict of label -> bytes (n,)
    """
    ax = axes(ax, height=3.4)
    for (label, sizes), colour, marker in zip(curves.items(), COLOURS, "osD^vP", strict=False):
        gibibytes = [size / 2**30 for size in sizes]
        ax.plot(num_tokens, gibibytes, color=colour, marker=marker, markersize=4, label=label)
    ax.set_xscale("log", base=2)
    ax.set_yscale("log", base=2)
    ax.set_xticks(num_tokens, [f"{n:,}" for n in num_tokens], rotation=60)
    low, high = ax.get_ylim()
    powers = [2.0**power for power in range(-20, 20, 2) if low <= 2.0**power <= high]
    ax.set_yticks(powers, [f"{power:g}" if power >= 1 else f"1/{1 / power:g}" for power in powers])
    ax.minorticks_off()
    ax.set(xlabel="tokens", ylabel="GiB for one sequence")
    ax.grid(color=GREY, alpha=0.2)
    legend(ax)
    return ax

"""Curves against a temperature, on a logarithmic axis: each doubling is one step."""

from mha_lib.plots.curves import show_curves


def show_against_temperature(temperatures, curves, ylabel, ax=None, title=None):
    """Draw one line for each entry of `curves`, a dict of label -> values, with 0 at the bottom.

    temperatures: (n,), above 0   each curve: (n,)
    """
    ax = show_curves(temperatures, curves, "temperature", ylabel, ax, title)
    ax.set_xscale("log")
    ax.xaxis.set_major_formatter("{x:g}")
    ax.set_ylim(bottom=0)
    return ax

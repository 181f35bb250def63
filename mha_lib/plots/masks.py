"""Masks side by side."""

from mha_lib.plots.heatmaps import show_mask
from mha_lib.plots.style import stacked


def show_masks(masks, queries=None, keys=None):
    """Draw several masks of one shape, two in a row, the queries named in front; return the axes of each.

    masks: a dict of title -> (q, k) booleans   queries, keys: labels, one a row and one a column
    """
    num_queries = len(next(iter(masks.values())))
    row = stacked(len(masks), height=1.5 + 0.26 * num_queries, columns=2)
    for ax, (title, mask) in zip(row, masks.items(), strict=True):
        show_mask(mask, queries, keys, ax, title)
        ax.tick_params(axis="x", labelrotation=90 if keys else 0)
    for ax in row[1::2]:
        ax.set_ylabel("")
        ax.set_yticklabels([])
    return row

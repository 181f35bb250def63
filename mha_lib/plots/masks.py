"""Masks side by side."""

from mha_lib.plots.heatmaps import show_mask
from mha_lib.plots.style import side_by_side


def show_masks(masks, queries=None, keys=None):
    """Draw several masks of one shape in a row, the queries named once; return the axes of each.

    masks: a dict of title -> (q, k) booleans   queries, keys: labels, one a row and one a column
    """
    num_queries = len(next(iter(masks.values())))
    row = side_by_side(len(masks), height=1.7 + 0.24 * num_queries, width=1.0 + 1.7 * len(masks))
    for ax, (title, mask) in zip(row, masks.items(), strict=True):
        show_mask(mask, queries, keys, ax, title)
    for ax in row[1:]:
        ax.set_ylabel("")
        ax.set_yticklabels([])
    return row

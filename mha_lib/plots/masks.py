"""Masks, two in a row."""

import numpy as np

from mha_lib.plots.heatmaps import show_mask
from mha_lib.plots.style import folded, stacked


def show_masks(masks, queries=None, keys=None):
    """Draw several masks of one shape two in a row, the queries named once a row; return the axes of each.

    masks: a dict of title -> (q, k) booleans   queries, keys: labels, one a row and one a column
    """
    num_queries, num_keys = np.shape(next(iter(masks.values())))
    height = (1.45 if keys is not None else 1.1) + 1.45 * num_queries / num_keys
    grid = stacked(len(masks), height, columns=2)
    for ax, (title, mask) in zip(grid, masks.items(), strict=True):
        show_mask(mask, queries, keys, ax, folded(title, 18))
        ax.tick_params(axis="x", rotation=90 if keys is not None else 0)
    for ax in grid[1::2]:
        ax.set_ylabel("")
        ax.set_yticklabels([])
    return grid

"""Buckets of distance, one table beside the other."""

import numpy as np

from mha_lib.plots.style import side_by_side


def show_buckets(tables):
    """Draw tables of buckets side by side, a colour and a number for each bucket; return the axes of each.

    tables: a dict of title -> (q, k) integers
    """
    row = side_by_side(len(tables), height=3.9, width=8.4)
    for ax, (title, buckets) in zip(row, tables.items(), strict=True):
        ax.imshow(buckets, cmap="Pastel1", vmin=0, vmax=8)
        for (query, key), bucket in np.ndenumerate(buckets):
            ax.text(key, query, int(bucket), ha="center", va="center", fontsize=8)
        ax.set(title=title, xlabel="key", ylabel="query" if ax is row[0] else "")
        ax.set_xticks(range(np.shape(buckets)[1]))
        ax.set_yticks(range(np.shape(buckets)[0]))
    return row

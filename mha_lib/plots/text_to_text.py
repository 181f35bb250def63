"""Buckets of distance, one table below the other."""

import numpy as np

from mha_lib.plots.style import stacked


def show_buckets(tables):
    """Draw tables of buckets, one below the other, a colour and a number for each bucket; return the axes of each.

    tables: a dict of title -> (q, k) integers
    """
    column = stacked(len(tables), height=4.0)
    for ax, (title, buckets) in zip(column, tables.items(), strict=True):
        ax.imshow(buckets, cmap="Pastel1", vmin=0, vmax=8)
        for (query, key), bucket in np.ndenumerate(buckets):
            ax.text(key, query, int(bucket), ha="center", va="center")
        ax.set(title=title, xlabel="key", ylabel="query")
        ax.set_xticks(range(np.shape(buckets)[1]))
        ax.set_yticks(range(np.shape(buckets)[0]))
    return column

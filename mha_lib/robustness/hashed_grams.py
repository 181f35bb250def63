"""Chapter 23. Hashed n-grams: what stands side by side, counted. The baseline that many a model has to beat."""

from zlib import crc32

import numpy as np


def hashed_grams(sequences, sizes, num_columns):
    """Return how often each n-gram stands in each sequence, by its root; n-grams share columns where they must.

    sequences: a list of strings, for n-grams of characters, or of tuples of strings, for n-grams of words
    sizes: a tuple of lengths n   num_columns: as many as there are, each n-gram in the column of its hash
    ->  (b, num_columns)

    No vocabulary is kept, so nothing is unknown; two n-grams may fall into one column. The root makes the second time
    count for less than the first. Source: Weinberger et al., 2009, section 2, without their signs.

    >>> hashed_grams(["abab"], (2,), 1000).max().round(4)
    np.float64(1.4142)
    >>> int((hashed_grams([("not", "good")], (1, 2), 1000) > 0).sum())
    3
    """
    counts = np.zeros((len(sequences), num_columns))
    for row, sequence in zip(counts, sequences, strict=True):
        for n in sizes:
            for start in range(len(sequence) - n + 1):
                row[crc32("\n".join(sequence[start : start + n]).encode()) % num_columns] += 1
    return np.sqrt(counts)

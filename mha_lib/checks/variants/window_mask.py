"""Exercise window_mask: the window mask."""

import numpy as np

from mha_lib.diagnosis.broken import edit, rewrite
from mha_lib.diagnosis.exercise import Exercise, Probe
from mha_lib.variants.windows import window_mask

LAST_QUERY = "The last query is the newest token. At which key does it stand?"
COUNT_KEYS = "With before = 2 and after = 0, how many keys does the last query see, itself included?"
SIDES = "Read one row aloud: how many keys before the query, how many after it?"


def window_by_distance(num_queries, num_keys, before, after=0):
    """Return which keys lie in each query's window."""
    query = np.arange(num_queries)[:, None] + num_keys - num_queries
    key = np.arange(num_keys)
    not_too_old = key >= query - before
    not_too_new = key <= query + after
    return not_too_old & not_too_new


def window_by_loop(num_queries, num_keys, before, after=0):
    """Return the same, a cell at a time."""
    mask = np.zeros((num_queries, num_keys), dtype=bool)
    for i, j in np.ndindex(mask.shape):
        mask[i, j] = -before <= j - (i + num_keys - num_queries) <= after
    return mask


def window_by_triangles(num_queries, num_keys, before, after=0):
    """Return the same, two triangles of which one is cut off the other."""
    ones, offset = np.ones((num_queries, num_keys), dtype=bool), num_keys - num_queries
    return np.tril(ones, offset + after) & ~np.tril(ones, offset - before - 1)


def blocks_instead_of_windows(num_queries, num_keys, before, after=0):
    """Return a mask that cuts the sequence into pieces, each of which looks at itself alone."""
    size = before + 1 + after
    query = np.arange(num_queries)[:, None] + num_keys - num_queries
    return np.arange(num_keys) // size == query // size


def window_probes(rng):
    """Return sizes: the worked example, square, a cache, one token, no window to speak of, both sides."""
    before, after = (int(size) for size in rng.permutation([1, 2]))
    return [
        Probe("the worked example", (2, 5, 2), {"after": 0}),
        Probe("6 queries and keys, causal", (6, 6, 2), {"after": 0}),
        Probe("each sees itself alone", (4, 4, 0), {"after": 0}),
        Probe("one query and 7 keys", (1, 7, 3), {"after": 0}),
        Probe("a window wider than the text", (3, 3, 9), {"after": 9}),
        Probe("both ways, not equally far", (7, 7, before), {"after": after}),
        Probe("ahead alone", (5, 5, 0), {"after": 3}),
        Probe("3 new queries after 6 keys, both ways", (3, 9, 3), {"after": 1}),
    ]


OLD, NEW = "key >= query - before", "key <= query + after"


EXERCISE = Exercise(
    reference=window_mask,
    worked=window_by_distance,
    returns="booleans, True means may attend: (q, k)",
    probes=window_probes,
    mistakes=(
        edit("aligned top-left", LAST_QUERY, (" + num_keys - num_queries", "")),
        edit("one key too few", COUNT_KEYS, (OLD, "key > query - before")),
        edit("one key too many", COUNT_KEYS, (OLD, "key >= query - before - 1")),
        edit("one key too few ahead", SIDES, (NEW, "key < query + after")),
        edit("before and after exchanged", SIDES, (OLD, "key >= query - after"), (NEW, "key <= query + before")),
        edit("as far ahead as back", SIDES, (NEW, "key <= query + before")),
        edit("never ahead", SIDES, (NEW, "key <= query")),
        edit("sees the whole future", SIDES, ("not_too_old & not_too_new", "not_too_old")),
        edit("sees the whole past", SIDES, ("not_too_old & not_too_new", "not_too_new")),
        edit(
            "True where a key is hidden",
            "What does True mean in this book?",
            ("not_too_old & not_too_new", "~(not_too_old & not_too_new)"),
        ),
        rewrite(
            "pieces instead of windows",
            "Two neighbours on the two sides of a cut: do they see each other?",
            blocks_instead_of_windows,
        ),
    ),
    equivalents=(window_by_loop, window_by_triangles),
    hints=(
        "Write the distance from each query to each key as a table. Which entries are allowed?",
        "Query i stands at position i + num_keys - num_queries. Compare keys with both ends of its window.",
        "(key >= query - before) & (key <= query + after), query as a column, key as a row.",
    ),
)

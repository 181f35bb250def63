"""Exercise causal_mask: the causal mask."""

import numpy as np

from mha_lib import masks as library
from mha_lib.checks.masks.shared import BOOLEANS, READ_ALOUD
from mha_lib.diagnosis.broken import edit, rewrite
from mha_lib.diagnosis.exercise import Exercise, Probe, Property

ROWS = "A row is a query, a column is a key. Which of the two is the newest token's row?"


def causal_mask(num_queries, num_keys=None):
    """Return True where the key's position is at most the query's."""
    num_keys = num_queries if num_keys is None else num_keys
    query = np.arange(num_queries)[:, None] + num_keys - num_queries
    return np.arange(num_keys) <= query


def causal_by_tri(num_queries, num_keys=None):
    """Return the same: a lower triangle, its diagonal moved to the right by the number of cached keys."""
    num_keys = num_queries if num_keys is None else num_keys
    return np.tri(num_queries, num_keys, num_keys - num_queries, dtype=bool)


def causal_by_counting_from_the_end(num_queries, num_keys=None):
    """Return the same: query and key counted from the end, where they line up."""
    num_keys = num_queries if num_keys is None else num_keys
    from_the_end = np.arange(num_keys)[::-1]
    return from_the_end >= np.arange(num_queries)[::-1, None]


def causal_on_the_other_diagonal(num_queries, num_keys=None):
    """Return a triangle in the wrong corner: the first query sees most."""
    return np.fliplr(np.triu(np.ones((num_queries, num_keys or num_queries), dtype=bool)))


def causal_probes(rng):
    """Return sizes: square, one word, and fewer queries than keys."""
    return [
        Probe("3 words", (3,)),
        Probe("a single word", (1,)),
        Probe("6 words", (6,)),
        Probe("as many queries as keys, both given", (4, 4)),
        Probe("1 new query and 4 keys", (1, 4)),
        Probe("2 new queries and 5 keys", (2, 5)),
    ]


def first_query_sees_one(mask, num_queries, num_keys=None):
    """Return whether the first query may attend to its own position and what came before it."""
    return mask[0].sum() == (num_keys or num_queries) - num_queries + 1


def last_query_sees_all(mask, num_queries, num_keys=None):
    """Return whether the last row is all True."""
    return bool(np.all(mask[-1]))


EXERCISE = Exercise(
    reference=library.causal_mask,
    worked=causal_mask,
    returns="booleans, one row a query and one column a key: (q, k)",
    probes=causal_probes,
    mistakes=(
        edit("excludes the diagonal", "May a token look at itself? What does your first row see?", ("<=", "<")),
        edit(
            "leaks one",
            "Which of your entries lets the first query see the second token?",
            ("<= query", "<= query + 1"),
        ),
        edit("the upper triangle", "Which way does time run along a row? " + ROWS, ("<=", ">=")),
        rewrite(
            "the triangle in the other corner",
            "How many keys may the first query see, and how many the last?",
            causal_on_the_other_diagonal,
        ),
        edit(
            "aligned top-left",
            "The last query is the newest token. Which keys are older than it?",
            (" + num_keys - num_queries", ""),
        ),
        edit("polarity inverted", READ_ALOUD, ("<=", ">")),
        edit("rows are keys", ROWS, ("np.arange(num_keys) <= query", "(np.arange(num_keys) <= query).T")),
        edit(
            "always square",
            "With 2 queries and 5 keys, how many columns has a row?",
            ("num_keys = num_queries if num_keys is None else num_keys", "num_keys = num_queries"),
        ),
        edit(
            "numbers instead of booleans",
            BOOLEANS,
            ("np.arange(num_keys) <= query", "(np.arange(num_keys) <= query) * 1.0"),
        ),
    ),
    equivalents=(causal_by_tri, causal_by_counting_from_the_end),
    hints=(
        "Number the keys 0, 1, 2, ... At which of these numbers does each query stand?",
        "The last query stands at the last key. So query i of q stands at position i + num_keys - num_queries.",
        "Compare np.arange(num_keys) with np.arange(num_queries)[:, None] + num_keys - num_queries.",
    ),
    properties=(
        Property("the first query sees its own position and those before it", first_query_sees_one),
        Property("the last query sees every key", last_query_sees_all),
    ),
)

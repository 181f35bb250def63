"""Exercise alibi_bias: ALiBi."""

import numpy as np

from mha_lib.checks.positions.shared import LAST
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.positions import arrays as library


def alibi_bias(num_heads, num_queries, num_keys):
    """Return minus the distance of query and key, times the slope of the head."""
    slopes = 2.0 ** (-8.0 * np.arange(1, num_heads + 1) / num_heads)
    query = np.arange(num_queries)[:, None] + num_keys - num_queries
    distance = np.abs(np.arange(num_keys) - query)
    return slopes[:, None, None] * -distance


def alibi_bias_by_products(num_heads, num_queries, num_keys):
    """Return the same: each slope is the last one times their common ratio."""
    slopes = np.cumprod(np.full(num_heads, 2.0 ** (-8.0 / num_heads)))
    i, j = np.arange(num_keys - num_queries, num_keys), np.arange(num_keys)
    return np.multiply.outer(slopes, np.minimum(i[:, None] - j, j - i[:, None]))


def bias_probes(rng):
    """Return a number of heads and sizes: the worked example, few queries, all alike, all different."""
    return [
        Probe("the worked example", (8, 1, 3)),
        Probe("a query and a key", (2, 1, 1)),
        Probe("3 heads, 3 queries, 3 keys", (3, 3, 3)),
        Probe("2 heads, 5 queries, 5 keys", (2, 5, 5)),
        Probe("4 heads, 2 queries, 6 keys", (4, 2, 6)),
    ]


def nothing_positive(bias, *args):
    """Return whether no number is above 0."""
    return bool(np.all(bias <= 0))


EXERCISE = Exercise(
    reference=library.alibi_bias,
    worked=alibi_bias,
    returns="biases, for each head one row a query and one column a key: (h, q, k)",
    probes=bias_probes,
    mistakes=(
        edit(
            "rewards distance",
            "Should a far key be easier or harder to reach? Which sign makes a weight smaller?",
            ("* -distance", "* distance"),
        ),
        edit(
            "slopes begin at 1",
            "With 8 heads the first slope is one half. Where does your counting of heads begin?",
            ("np.arange(1, num_heads + 1)", "np.arange(num_heads)"),
        ),
        edit(
            "the distance keeps its sign",
            "Without a causal mask there are keys after the query. What do they get?",
            ("np.abs(np.arange(num_keys) - query)", "query - np.arange(num_keys)"),
        ),
        edit("aligned top-left", LAST, (" + num_keys - num_queries", "")),
        edit(
            "the slopes of 8 heads",
            "The slopes end at 2 ** -8 with any number of heads. Where do yours end with 4?",
            ("-8.0 * np.arange(1, num_heads + 1) / num_heads", "-1.0 * np.arange(1, num_heads + 1)"),
        ),
        edit(
            "one slope for all heads",
            "Why have several heads, if all are equally short-sighted?",
            ("np.arange(1, num_heads + 1)", "np.ones(num_heads)"),
        ),
        edit(
            "slopes fall in a line",
            "Each slope is the one before it times a fixed number. Is yours?",
            ("2.0 ** (-8.0 * np.arange(1, num_heads + 1) / num_heads)", "np.arange(num_heads, 0, -1) / num_heads"),
        ),
        edit(
            "heads last",
            "The scores are (h, q, k). Which axis of yours counts the heads?",
            ("slopes[:, None, None] * -distance", "-distance[..., None] * slopes"),
        ),
    ),
    equivalents=(alibi_bias_by_products,),
    hints=(
        "One table of distances serves all heads. Each head multiplies it by a number of its own.",
        "Query i stands at position i + num_keys - num_queries. The distance to key j is the absolute difference.",
        "slopes = 2.0 ** (-8 * h / num_heads) for h = 1, 2, ...; return -slopes[:, None, None] * distance.",
    ),
    properties=(Property("no bias is above 0", nothing_positive),),
)

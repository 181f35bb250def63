"""Exercise causal_buckets: the decoder's buckets."""

import numpy as np

from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.positions import arrays as positions

BEHIND = "A key after the query is hidden anyway. Which keys are the buckets for?"
NEWEST = "The last query is the newest token. How far is key 0 from it?"


def causal_buckets(num_queries, num_keys, num_buckets, max_distance):
    """Return the bucket of each key's distance behind each query."""
    alone = num_buckets // 2
    query = np.arange(num_queries)[:, None] + num_keys - num_queries
    distance = np.maximum(query - np.arange(num_keys), 0)
    share = np.log(np.maximum(distance, 1) / alone) / np.log(max_distance / alone)
    far = np.minimum(alone + np.floor(share * (num_buckets - alone) + 1e-9).astype(int), num_buckets - 1)
    return np.where(distance < alone, distance, far)


def causal_buckets_by_loop(num_queries, num_keys, num_buckets, max_distance):
    """Return the same, one pair after the other, each bucket found by walking up the edges."""
    alone = num_buckets // 2
    growth = (max_distance / alone) ** (1 / (num_buckets - alone))
    buckets = np.zeros((num_queries, num_keys), dtype=int)
    for i, j in np.ndindex(num_queries, num_keys):
        distance = max(i + num_keys - num_queries - j, 0)
        bucket = min(distance, alone)
        while alone <= bucket < num_buckets - 1 and distance >= alone * growth ** (bucket + 1 - alone) - 1e-6:
            bucket += 1
        buckets[i, j] = bucket
    return buckets


def bucket_probes(rng):
    """Return sizes: the worked example, one new query, square and far, few buckets, T5's own."""
    return [
        Probe("the worked example", (3, 3, 4, 16)),
        Probe("one query with 20 keys", (1, 20, 4, 16)),
        Probe("12 queries and keys, 6 buckets", (12, 12, 6, 9)),
        Probe("2 queries with 9 keys", (2, 9, 4, 6)),
        Probe("distances beyond the largest", (1, 60, 8, int(rng.integers(20, 30)))),
        Probe("T5's 32 buckets up to 128", (2, 200, 32, 128)),
    ]


def within_buckets(buckets, num_queries, num_keys, num_buckets, max_distance):
    """Return whether every bucket lies between 0 and num_buckets - 1."""
    return bool(np.all((np.asarray(buckets) >= 0) & (np.asarray(buckets) < num_buckets)))


EXERCISE = Exercise(
    reference=positions.causal_buckets,
    worked=causal_buckets,
    returns="buckets, one row a query and one column a key, whole numbers: (q, k)",
    probes=bucket_probes,
    mistakes=(
        edit("the future instead of the past", BEHIND, ("query - np.arange(num_keys)", "np.arange(num_keys) - query")),
        edit(
            "keys ahead count by their distance",
            BEHIND,
            ("np.maximum(query - np.arange(num_keys), 0)", "np.abs(query - np.arange(num_keys))"),
        ),
        edit(
            "half the buckets kept for the future",
            "The encoder needs buckets for both directions. Which does the decoder need?",
            ("num_buckets // 2", "num_buckets // 4"),
            ("num_buckets - alone", "num_buckets // 2 - alone"),
            ("num_buckets - 1", "num_buckets // 2 - 1"),
        ),
        edit(
            "no logarithm",
            "Which distances have a bucket each, and which share one?",
            ("np.floor(share * (num_buckets - alone) + 1e-9).astype(int)", "distance - alone"),
        ),
        edit(
            "far distances run over",
            "What becomes of a distance beyond the largest?",
            ("np.minimum(alone + ", "(alone + "),
            (", num_buckets - 1)", ")"),
        ),
        edit(
            "the logarithm starts at 1",
            "The first shared bucket begins where the lone ones end. What is your logarithm there?",
            ("np.maximum(distance, 1) / alone", "np.maximum(distance, 1)"),
            ("max_distance / alone", "max_distance"),
        ),
        edit("rounded to the nearest bucket", "Floor, or the nearest?", ("np.floor(", "np.round(")),
        edit("the query's own position is one step away", NEWEST, ("query - np", "query + 1 - np")),
        edit("aligned top-left", NEWEST, (" + num_keys - num_queries", "")),
        edit(
            "rows are keys",
            "Row 0 belongs to the first query. How long is it?",
            ("np.where(distance < alone, distance, far)", "np.where(distance < alone, distance, far).T"),
        ),
    ),
    equivalents=(causal_buckets_by_loop,),
    hints=(
        "First how far behind its query each key lies, 0 where it does not lie behind. Then two cases: near and far.",
        "All buckets look back: the first half of them stand for one distance each, the rest share by the logarithm.",
        "far is alone + floor(log(distance / alone) / log(max_distance / alone) * (num_buckets - alone)), or the last.",
    ),
    properties=(Property("every bucket lies between 0 and num_buckets - 1", within_buckets),),
)

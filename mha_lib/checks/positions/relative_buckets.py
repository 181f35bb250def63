"""Exercise relative_buckets: buckets of distance."""

import numpy as np

from mha_lib.checks.positions.shared import LAST
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.positions import arrays as library


def relative_buckets(num_queries, num_keys, num_buckets, max_distance):
    """Return the bucket of each key's distance from each query."""
    half, alone = num_buckets // 2, num_buckets // 4
    query = np.arange(num_queries)[:, None] + num_keys - num_queries
    offset = np.arange(num_keys) - query
    distance = np.abs(offset)
    share = np.log(np.maximum(distance, 1) / alone) / np.log(max_distance / alone)
    far = np.minimum(alone + (share * (half - alone)).astype(int), half - 1)
    return np.where(distance < alone, distance, far) + half * (offset > 0)


def relative_buckets_by_loop(num_queries, num_keys, num_buckets, max_distance):
    """Return the same, one pair after the other, each bucket found by walking up the edges."""
    half, alone = num_buckets // 2, num_buckets // 4
    growth = (max_distance / alone) ** (1 / (half - alone))
    buckets = np.zeros((num_queries, num_keys), dtype=int)
    for i, j in np.ndindex(num_queries, num_keys):
        offset = j - (i + num_keys - num_queries)
        bucket = min(abs(offset), alone)
        while alone <= bucket < half - 1 and abs(offset) >= alone * growth ** (bucket + 1 - alone):
            bucket += 1
        buckets[i, j] = bucket + (half if offset > 0 else 0)
    return buckets


def bucket_probes(rng):
    """Return sizes and buckets: the worked example, square, few queries, distances beyond the largest."""
    return [
        Probe("the worked example", (1, 8, 8, 16)),
        Probe("a query and a key", (1, 1, 8, 16)),
        Probe("5 queries and keys in 4 buckets", (5, 5, 4, 6)),
        Probe("30 queries and keys, distances beyond the largest", (30, 30, 12, 20)),
        Probe("3 queries and 50 keys", (3, 50, 16, 40)),
    ]


def within_buckets(buckets, num_queries, num_keys, num_buckets, max_distance):
    """Return whether every bucket is one of those that exist."""
    return bool(np.all((buckets >= 0) & (buckets < num_buckets)))


EXERCISE = Exercise(
    reference=library.relative_buckets,
    worked=relative_buckets,
    returns="buckets, one row a query and one column a key, whole numbers: (q, k)",
    probes=bucket_probes,
    mistakes=(
        edit(
            "past and future swapped",
            "Which keys get the upper half of the buckets, those before the query or those after it?",
            ("offset > 0", "offset < 0"),
        ),
        edit(
            "past and future share their buckets",
            "Can your buckets tell the word before from the word after?",
            (" + half * (offset > 0)", ""),
        ),
        edit(
            "the query's own position counts as the future",
            "Distance 0 is bucket 0. In which half is yours?",
            ("offset > 0", "offset >= 0"),
        ),
        edit(
            "no logarithm",
            "Which distances have a bucket each, and which share one?",
            ("num_buckets // 4", "num_buckets // 2 - 1"),
        ),
        edit(
            "far distances run over",
            "How many buckets has each direction? What becomes of a distance beyond the largest?",
            (
                "np.minimum(alone + (share * (half - alone)).astype(int), half - 1)",
                "(share * (half - alone)).astype(int) + alone",
            ),
        ),
        edit(
            "the logarithm starts at 1",
            "The first shared bucket begins where the lone ones end. What is your logarithm there?",
            ("np.maximum(distance, 1) / alone", "np.maximum(distance, 1)"),
            ("max_distance / alone", "max_distance"),
        ),
        edit("aligned top-left", LAST, (" + num_keys - num_queries", "")),
    ),
    equivalents=(relative_buckets_by_loop,),
    hints=(
        "First the offset of each key from its query, with its sign. Then three cases: near, far, and after the query.",
        "Half the buckets are for each direction. Of those, the first half stand for one distance each.",
        "far = alone + floor(log(distance / alone) / log(max_distance / alone) * (half - alone)), at most half - 1.",
    ),
    properties=(Property("every bucket lies between 0 and num_buckets - 1", within_buckets),),
)

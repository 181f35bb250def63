"""Exercise recall_at: recall at k."""

import numpy as np

from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.vision import contrastive

ANY_RIGHT = "A query with three right answers, and one of them comes first. Has it found what it looked for?"


def recall_at(scores, right, k):
    """Return the share of queries with a right answer among their k best."""
    best = np.argsort(-scores, axis=1)[:, :k]
    return np.take_along_axis(right, best, axis=1).any(axis=1).mean()


def recall_by_counting(scores, right, k):
    """Return the same: a query has found something if fewer than k wrong answers beat its best right one."""
    found = 0
    for row, good in zip(scores, right, strict=True):
        found += bool(good.any()) and int((row > row[good].max()).sum()) < k
    return found / len(scores)


def recall_by_threshold(scores, right, k):
    """Return the same: the k-th best score is the bar."""
    bar = np.sort(scores, axis=-1)[:, -k]
    return float(np.mean(((scores >= bar[:, None]) & right).any(-1)))


def recall_probe(rng, label, num_queries, num_answers, share, k):
    """Return a probe of `recall_at`, the scores all different and every query with at least one right answer."""
    scores = rng.permutation(num_queries * num_answers).reshape(num_queries, num_answers) / 10
    right = rng.random((num_queries, num_answers)) < share
    right[np.arange(num_queries), rng.integers(num_answers, size=num_queries)] = True
    return Probe(label, (scores, right, k))


def recall_probes(rng):
    """Return scores: the worked example, one query, square, a query without a right answer, wide and high ones."""
    scores = np.array([[0.9, 0.1, 0.5], [0.2, 0.8, 0.3]])
    probes = [
        Probe("the worked example", (scores, np.array([[True, False, False], [True, False, False]]), 2)),
        recall_probe(rng, "one query", 1, 4, 0.3, 1),
        recall_probe(rng, "6 queries and 6 answers", 6, 6, 0.2, 2),
        recall_probe(rng, "9 queries, most answers right", 9, 5, 0.7, 1),
        recall_probe(rng, "8 queries and 12 answers", 8, 12, 0.15, 3),
        recall_probe(rng, "12 queries and 7 answers", 12, 7, 0.2, 2),
    ]
    lost = probes[-1].args[1]
    lost[3] = False
    return probes


def is_a_share(result, scores, right, k):
    """Return whether the result lies between 0 and 1."""
    return bool(0 <= result <= 1)


EXERCISE = Exercise(
    reference=contrastive.recall_at,
    worked=recall_at,
    returns="a number from 0 to 1",
    probes=recall_probes,
    mistakes=(
        edit("the k worst", "Which comes first in argsort, the smallest score or the largest?", ("-scores", "scores")),
        edit(
            "the share of right answers among the k",
            ANY_RIGHT,
            (".any(axis=1).mean()", ".mean()"),
        ),
        edit(
            "the share of all right answers that were found",
            ANY_RIGHT,
            (
                "np.take_along_axis(right, best, axis=1).any(axis=1).mean()",
                "(np.take_along_axis(right, best, axis=1).sum(1) / np.maximum(right.sum(1), 1)).mean()",
            ),
        ),
        edit(
            "each answer looks for its query",
            "A row is a query. Along which axis does a query have its best?",
            ("np.argsort(-scores, axis=1)[:, :k]", "np.argsort(-scores.T, axis=1)[:, :k]"),
            ("take_along_axis(right,", "take_along_axis(right.T,"),
        ),
        edit("one too many", "How many answers does k = 1 look at?", ("[:, :k]", "[:, : k + 1]")),
        edit(
            "the k-th alone", "Does a right answer in the first place count for k = 2?", ("[:, :k]", "[:, k - 1 : k]")
        ),
        edit("how many instead of which share", "Twice as many queries, and a recall above 1?", (".mean()", ".sum()")),
        edit(
            "only the answer of the same number",
            "Several answers may be right. Which of them does your table of right answers know?",
            ("take_along_axis(right,", "take_along_axis(np.eye(*right.shape, dtype=bool),"),
        ),
    ),
    equivalents=(recall_by_counting, recall_by_threshold),
    hints=(
        "For each query: the places of its k best answers, and whether any of them is right.",
        "np.argsort sorts from the smallest. np.take_along_axis(right, best, axis=1) looks the places up.",
        "np.take_along_axis(right, np.argsort(-scores, axis=1)[:, :k], axis=1).any(axis=1).mean()",
    ),
    properties=(Property("it lies between 0 and 1", is_a_share),),
)

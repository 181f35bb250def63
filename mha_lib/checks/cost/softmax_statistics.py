"""Exercise softmax_statistics: two passes."""

import numpy as np

from mha_lib.checks.cost.shared import MINUS_INFINITY, STATISTIC_PROPERTIES, STATISTICS, score_probes
from mha_lib.cost.blockwise import softmax_statistics
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.exercise import Exercise
from mha_lib.softmax import logsumexp


def written_statistics(scores):
    """Return each row's maximum, and the sum of its exponentials below it."""
    maximum = scores.max(axis=-1)
    level = np.where(np.isneginf(maximum), 0.0, maximum)
    exponentials = np.exp(scores - level[..., None])
    return maximum, exponentials.sum(axis=-1)


def statistics_by_rows(scores):
    """Return the same, a row at a time."""
    rows = scores.reshape(-1, scores.shape[-1])
    maxima = [max(row) for row in rows]
    sums = [sum(np.exp(s - m) for s in row if s > -np.inf) for row, m in zip(rows, maxima, strict=True)]
    return np.reshape(maxima, scores.shape[:-1]), np.reshape(np.array(sums, float), scores.shape[:-1])


def statistics_through_logs(scores):
    """Return the same by way of log-sum-exp, with no sum for a row of nothing."""
    maximum = np.max(scores, axis=-1)
    with np.errstate(invalid="ignore"):
        return maximum, np.nan_to_num(np.exp(logsumexp(scores) - maximum), nan=0.0)


BELOW = "np.exp(scores - level[..., None])"


EXERCISE = Exercise(
    reference=softmax_statistics,
    worked=written_statistics,
    call=STATISTICS,
    returns="a tuple: maximum (...), normaliser (...)",
    probes=score_probes,
    mistakes=(
        edit("no maximum subtracted", "What is exp(1000)? And exp(-200000)?", (BELOW, "np.exp(scores)")),
        edit(
            "subtracts the largest of all rows",
            "Does one row know another's largest score?",
            (BELOW, "np.exp(scores - scores.max())"),
        ),
        edit(
            "-inf minus -inf",
            MINUS_INFINITY,
            ("np.where(np.isneginf(maximum), 0.0, maximum)", "maximum"),
        ),
        edit(
            "down the columns",
            "Which axis does one query own?",
            ("axis=-1", "axis=-2"),
            ("level[..., None]", "level[..., None, :]"),
        ),
        edit(
            "the largest exponential, not their sum",
            "One number must stand for all the keys of a row.",
            ("exponentials.sum", "exponentials.max"),
        ),
        edit(
            "the mean, not the sum",
            "What do weights of 1/normaliser sum to?",
            ("exponentials.sum", "exponentials.mean"),
        ),
        edit(
            "the exponential of the maximum",
            "The maximum itself is wanted: a score, not an exponential.",
            ("return maximum,", "return np.exp(maximum),"),
        ),
    ),
    equivalents=(statistics_by_rows, statistics_through_logs),
    hints=(
        "Pass one finds the largest score of each row, pass two adds up exponentials. Chapter 2 had both.",
        "Subtract the maximum before exp. A row whose maximum is -inf must end at 0, and -inf minus -inf is NaN.",
        "level = np.where(np.isneginf(maximum), 0.0, maximum), then np.exp(scores - level[..., None]).sum(axis=-1).",
    ),
    properties=STATISTIC_PROPERTIES,
)

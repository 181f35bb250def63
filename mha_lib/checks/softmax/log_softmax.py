"""Exercise log_softmax: find the mistake."""

import numpy as np

from mha_lib.checks.softmax.shared import (
    AXIS_ONE,
    HOW_MANY,
    KEEPDIMS,
    OVERFLOW,
    OWN_LARGEST,
    SHIFT,
    WHICH_AXIS,
    rows_sum_to_one,
    table_probes,
)
from mha_lib.diagnosis.broken import edit, rewrite
from mha_lib.diagnosis.exercise import Exercise, Property
from mha_lib.softmax import logsumexp, softmax


def log_softmax(scores):
    """Return the logarithms of the weights: each score less its row's log-sum-exp."""
    shifted = scores - scores.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def log_softmax_from_logsumexp(scores):
    """Return the same, by way of the library's log-sum-exp."""
    return scores - logsumexp(scores)[..., None]


def log_softmax_pairwise(scores):
    """Return the same, by way of NumPy's logaddexp."""
    return scores - np.logaddexp.reduce(scores, axis=-1, keepdims=True)


def logarithm_of_softmax(scores):
    """Return the logarithm of the weights, taken after they were rounded to floats."""
    return np.log(softmax(scores))


def logarithm_of_softmax_and_epsilon(scores):
    """Return the same with a floor of 1e-9 below every weight."""
    return np.log(softmax(scores) + 1e-9)


def exponentials_sum_to_one(logs, scores):
    """Return whether exp of the answer sums to 1 along each row."""
    return rows_sum_to_one(np.exp(logs), scores)


EXERCISE = Exercise(
    reference=log_softmax,
    returns="the logarithms of the weights, as many as scores: (..., k)",
    probes=table_probes,
    mistakes=(
        rewrite(
            "the logarithm of a weight that became 0",
            "exp(-1200) is 0 in float64, and log(0) is -inf. Can you do without making the weight first?",
            logarithm_of_softmax,
        ),
        rewrite(
            "hides log 0 behind an epsilon",
            "Your floor is the same for every score below it. Should two scores of -1000 and -2000 look alike?",
            logarithm_of_softmax_and_epsilon,
        ),
        edit("no maximum subtracted", OVERFLOW, (SHIFT, "scores")),
        edit("subtracts the largest score of all rows", OWN_LARGEST, (SHIFT, "scores - scores.max()")),
        edit(
            "the largest left out of the log-sum-exp",
            "Either shift the scores in both places, or add the largest back to the logarithm. Which did you mean?",
            ("return shifted -", "return scores -"),
        ),
        edit(
            "subtracts the largest score and no more",
            "Take exp of your answer and sum over the row. What is missing?",
            (" - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))", ""),
        ),
        edit(
            "subtracts the sum, not its logarithm",
            "The logarithm of a quotient is a difference of two ... what?",
            ("np.log(np.exp(shifted).sum(axis=-1, keepdims=True))", "np.exp(shifted).sum(axis=-1, keepdims=True)"),
        ),
        edit(
            "adds the logarithm of the sum",
            "Can the logarithm of a weight be above 0?",
            ("return shifted -", "return shifted +"),
        ),
        edit("along the columns", WHICH_AXIS, ("axis=-1", "axis=-2")),
        edit("along axis 1, whatever comes before", AXIS_ONE, ("axis=-1", "axis=1")),
        edit("over everything", HOW_MANY, ("axis=-1, keepdims=True", "keepdims=True")),
        edit("forgets keepdims in the sum", KEEPDIMS, ("sum(axis=-1, keepdims=True)", "sum(axis=-1)")),
    ),
    equivalents=(log_softmax_from_logsumexp, log_softmax_pairwise),
    hints=(
        "A weight is a quotient. The logarithm of a quotient is a difference: write it down before you code.",
        "log of exp(s) over the sum is s minus the log-sum-exp of the row. No weight is ever made.",
        "scores - logsumexp(scores)[..., None]: the None gives each row's number a last axis to subtract along.",
    ),
    properties=(Property("exp of each row sums to 1", exponentials_sum_to_one),),
)

"""Exercise logsumexp: log-sum-exp."""

import numpy as np

from mha_lib.checks.softmax.shared import HOW_MANY, KEEPDIMS, OVERFLOW, OWN_LARGEST, WHICH_AXIS, table_probes
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.exercise import Exercise, Property
from mha_lib.softmax import logsumexp

ADD_BACK = "You took something away before exp. What is log(sum(exp(scores))) of a row of three 5s, with a pencil?"


LSE = "np.log(np.exp(scores - largest).sum(axis=-1)) + largest[..., 0]"


def logsumexp_pairwise(scores):
    """Return log-sum-exp, two numbers at a time."""
    return np.logaddexp.reduce(scores, axis=-1)


def logsumexp_squeezed(scores):
    """Return the same, the last axis kept until the end."""
    largest = np.max(scores, axis=-1, keepdims=True)
    return (largest + np.log(np.sum(np.exp(scores - largest), axis=-1, keepdims=True))).squeeze(axis=-1)


def at_least_the_largest(value, scores):
    """Return whether log-sum-exp lies between the largest score and that plus log k."""
    above = value - np.max(scores, axis=-1)
    return bool(np.all((above >= -1e-9) & (above <= np.log(np.shape(scores)[-1]) + 1e-9)))


EXERCISE = Exercise(
    reference=logsumexp,
    returns="one number a row: (...)",
    probes=table_probes,
    mistakes=(
        edit("no maximum subtracted", OVERFLOW, ("scores - largest", "scores"), (" + largest[..., 0]", "")),
        edit("forgets to add the largest back", ADD_BACK, (" + largest[..., 0]", "")),
        edit("subtracts the largest again", ADD_BACK, ("+ largest", "- largest")),
        edit(
            "adds the largest back inside the logarithm",
            "Outside the logarithm the shift is a sum. What is it inside?",
            (LSE, "np.log(np.exp(scores - largest).sum(axis=-1) + largest[..., 0])"),
        ),
        edit(
            "the sum of the logarithms",
            "Which comes first here, the sum or the logarithm?",
            ("np.log(np.exp(scores - largest).sum(axis=-1))", "np.log(np.exp(scores - largest)).sum(axis=-1)"),
        ),
        edit(
            "the mean, not the sum",
            "Of six scores of 0, what is the sum of the exponentials? And their mean?",
            (".sum(", ".mean("),
        ),
        edit(
            "no logarithm",
            "Scores of 0 and 0: is your answer log 2, or 2?",
            ("return " + LSE, "return np.exp(scores).sum(axis=-1)"),
        ),
        edit("a logarithm to base 10", "Which logarithm undoes exp?", ("np.log(", "np.log10(")),
        edit(
            "log1p of the sum",
            "log1p(x) is log(1 + x). Is the largest score's own exponential, which is 1, in your sum already?",
            ("np.log(", "np.log1p("),
        ),
        edit("along the columns", WHICH_AXIS, ("axis=-1", "axis=-2"), ("largest[..., 0]", "largest[..., 0, :]")),
        edit(
            "over everything",
            HOW_MANY,
            ("axis=-1, keepdims=True", ""),
            ("sum(axis=-1)", "sum()"),
            ("largest[..., 0]", "largest"),
        ),
        edit(
            "subtracts the largest score of all rows",
            OWN_LARGEST,
            ("axis=-1, keepdims=True", ""),
            ("largest[..., 0]", "largest"),
        ),
        edit(
            "keeps the last axis",
            "How many numbers should a row of scores give? What is your answer's last axis?",
            ("sum(axis=-1)", "sum(axis=-1, keepdims=True)"),
            ("largest[..., 0]", "largest"),
        ),
        edit("adds a column to a row", KEEPDIMS, ("largest[..., 0]", "largest")),
    ),
    equivalents=(logsumexp_pairwise, logsumexp_squeezed),
    hints=(
        "Take the largest score m out of the sum: each exp(s) is exp(m) times exp(s - m).",
        "log(exp(m) * rest) is m + log(rest). Mind the shapes: m has lost the last axis, or kept it with length 1.",
        "m = scores.max(axis=-1, keepdims=True), then np.log(np.exp(scores - m).sum(axis=-1)) + m[..., 0]",
    ),
    properties=(Property("each answer lies between the largest score and that plus log k", at_least_the_largest),),
)

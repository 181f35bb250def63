"""Exercise softmax: softmax."""

import numpy as np

from mha_lib.checks.softmax.shared import (
    AXIS_ONE,
    DIVISION,
    HOW_MANY,
    KEEPDIMS,
    ORDER,
    OVERFLOW,
    OWN_LARGEST,
    POSITIVE,
    SHIFT,
    SUMS,
    TOTAL,
    WHICH_AXIS,
    softmax_through_logs,
    table_probes,
)
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.exercise import Exercise
from mha_lib.diagnosis.judge import MUTATES, MUTATES_HINT
from mha_lib.softmax import softmax

WHICH_ROWS = (
    "Axis 0 is the column of a table, and the tables of a batch. Which axis is the row, however many there are?"
)


FAR_BELOW = "One score of the row is -inf, or far below the rest. Does what you subtract feel it?"


def softmax_row_by_row(scores):
    """Return the same, one row at a time."""

    def of_one_row(row):
        exponentials = np.exp(row - max(row))
        return exponentials / sum(exponentials)

    return np.apply_along_axis(of_one_row, -1, scores)


def softmax_transposed(scores):
    """Return the same: with the keys first, no keepdims is needed."""
    exponentials = np.exp(np.moveaxis(scores, -1, 0) - np.max(scores, axis=-1))
    return np.moveaxis(exponentials / exponentials.sum(axis=0), 0, -1)


def softmax_with_harmless_epsilon(scores):
    """Return the same: after the shift the sum is at least 1, so 1e-12 more is neither needed nor seen."""
    exponentials = np.exp(scores - np.max(scores, axis=-1, keepdims=True))
    return exponentials / (np.sum(exponentials, axis=-1, keepdims=True) + 1e-12)


SOFTMAX_MISTAKES = (
    edit("softmax down the columns", WHICH_AXIS, ("axis=-1", "axis=-2")),
    edit("softmax along axis 0", WHICH_ROWS, ("axis=-1", "axis=0")),
    edit("softmax along axis 1, whatever comes before", AXIS_ONE, ("axis=-1", "axis=1")),
    edit("softmax over everything", HOW_MANY, ("axis=-1, keepdims=True", "keepdims=True")),
    edit(
        "divides by the sums of the columns",
        WHICH_AXIS,
        (TOTAL, TOTAL.replace("-1", "0")),
    ),
    edit("divides by the sum of everything", HOW_MANY, (TOTAL, "exponentials.sum()")),
    edit("no maximum subtracted", OVERFLOW, (SHIFT, "scores")),
    edit("subtracts the largest score of all rows", OWN_LARGEST, (SHIFT, "scores - scores.max()")),
    edit("subtracts the smallest score", FAR_BELOW, ("scores.max", "scores.min")),
    edit("subtracts the mean", FAR_BELOW, ("scores.max", "scores.mean")),
    edit(
        "adds the largest score",
        "After the shift the largest score should be 0. What is it in your row?",
        ("scores - scores.max", "scores + scores.max"),
    ),
    edit(
        "the order reversed",
        "Does your largest score get the largest weight?",
        (SHIFT, "scores.max(axis=-1, keepdims=True) - scores"),
    ),
    edit(
        "clips the scores",
        "Two scores of 1000 and 1002 differ. Do they still, after your clip?",
        (SHIFT, "np.clip(scores, -700, 700)"),
    ),
    edit(
        "hides NaN behind zeros",
        "A row of zeros shares out nothing. What made the NaN, and how could it be avoided?",
        (SHIFT, "scores"),
        ("return " + DIVISION, f"return np.nan_to_num({DIVISION}, nan=0.0)"),
    ),
    edit("forgets keepdims in the sum", KEEPDIMS, ("sum(axis=-1, keepdims=True)", "sum(axis=-1)")),
    edit("forgets keepdims in the maximum", KEEPDIMS, ("max(axis=-1, keepdims=True)", "max(axis=-1)")),
    edit(
        "divides the scores, without exp",
        "Can a weight be negative? What does exp do to a negative score?",
        (DIVISION, "scores / scores.sum(axis=-1, keepdims=True)"),
    ),
    edit("no normaliser", "What is the sum of your row? What must it be divided by?", (DIVISION, "exponentials")),
    edit(
        "returns the logarithms of the weights",
        "Do your rows sum to 1? What undoes a logarithm?",
        (DIVISION, f"shifted - np.log({TOTAL})"),
    ),
    edit(
        "adds 1e-3 to the sum",
        "After the largest score is subtracted, how small can the sum become? Is there anything to guard against?",
        (TOTAL, f"({TOTAL} + 1e-3)"),
    ),
    edit(
        "a sigmoid for each score",
        "Raise one score. Do the other weights of its row fall?",
        (DIVISION, "1 / (1 + np.exp(-scores))"),
    ),
    edit(
        "all to the largest",
        "One score is larger by a hair, and gets everything. What should a soft choice do?",
        (DIVISION, "(shifted == 0).astype(float)"),
    ),
    edit(
        "softmax of a softmax",
        "What you have after one softmax are weights, no longer scores. How often do you take exp?",
        ("np.exp(shifted)", "np.exp(np.exp(shifted) / np.exp(shifted).sum(axis=-1, keepdims=True))"),
    ),
    edit(
        MUTATES,
        MUTATES_HINT,
        ("shifted = " + SHIFT, "shifted = scores\n    shifted -= scores.max(axis=-1, keepdims=True)"),
    ),
)


EXERCISE = Exercise(
    reference=softmax,
    returns="weights, as many as scores, each row summing to 1: (..., k)",
    probes=table_probes,
    mistakes=SOFTMAX_MISTAKES,
    equivalents=(softmax_through_logs, softmax_row_by_row, softmax_transposed, softmax_with_harmless_epsilon),
    hints=(
        "Do for every row what you did for one: subtract its largest score, take exp, divide by its sum.",
        "The row is the last axis, axis=-1. With keepdims=True the largest scores stay a column, one number a row.",
        "e = np.exp(scores - scores.max(axis=-1, keepdims=True)), then e over its sum along the same axis.",
    ),
    properties=(SUMS, POSITIVE, ORDER),
)

"""Exercise entropy: entropy."""

import numpy as np

from mha_lib.checks.softmax.shared import AXIS_ONE, FLOATS, HOW_MANY, WHICH_AXIS, weight_probes
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.exercise import Exercise, Property
from mha_lib.softmax import entropy

SAFE_LOG = "np.log(weights, out=np.zeros_like(weights), where=weights > 0)"


ENTROPY_SUM = "0.0 - np.sum(weights * logs, axis=-1)"


def entropy_where(weights):
    """Return the entropy, the logarithm of 0 never taken."""
    return -np.sum(weights * np.log(np.where(weights > 0, weights, 1.0)), axis=-1)


def entropy_skipping_nan(weights):
    """Return the same: 0 times log 0 is NaN, and left out of the sum."""
    return -np.nansum(weights * np.log(weights), axis=-1)


def entropy_with_tiny_epsilon(weights):
    """Return the same to eleven digits."""
    return np.sum(weights * -np.log(weights + 1e-12), axis=-1)


def between_zero_and_log_k(value, weights):
    """Return whether every entropy lies between 0 and log k."""
    return bool(np.all((value >= -1e-9) & (value <= np.log(weights.shape[-1]) + 1e-9)))


EXERCISE = Exercise(
    reference=entropy,
    returns="one number a row, in nats: (...)",
    probes=weight_probes,
    mistakes=(
        edit(
            "0 times log 0",
            "A weight of 0 should add nothing. What does NumPy make of 0 * np.log(0)?",
            (SAFE_LOG, "np.log(weights)"),
        ),
        edit("the sign is missing", "Is the logarithm of a weight positive or negative?", ("0.0 - np.sum", "np.sum")),
        edit("in bits", "Which logarithm measures in nats?", (SAFE_LOG, SAFE_LOG.replace("np.log", "np.log2"))),
        edit(
            "an epsilon that shows",
            "How far is log(w + 1e-3) from log(w) when w is small? Is there an exact way to leave out a 0?",
            (SAFE_LOG, "np.log(weights + 1e-3)"),
        ),
        edit("along axis 1, whatever comes before", AXIS_ONE, ("axis=-1", "axis=1")),
        edit("one sum over everything", HOW_MANY, ("axis=-1", "axis=None")),
        edit("down the columns", WHICH_AXIS, ("axis=-1", "axis=-2")),
        edit(
            "the mean over the keys",
            "Each logarithm is weighted already. By what would you divide a second time?",
            ("np.sum(", "np.mean("),
        ),
        edit(
            "logarithms without their weights",
            "How much should the logarithm of a tiny weight count?",
            ("weights * logs", "logs"),
        ),
        edit(
            "softmax of the weights",
            "You were given weights. They have been through softmax already.",
            (FLOATS, "weights = np.exp(weights) / np.exp(weights).sum(axis=-1, keepdims=True)"),
        ),
        edit(
            "the number of keys, exp of the entropy",
            "For two equal weights, is your answer log 2, or 2?",
            (ENTROPY_SUM, "np.exp(-np.sum(weights * logs, axis=-1))"),
        ),
        edit(
            "as a share of log k",
            "For six equal weights, is your answer log 6, or 1?",
            (ENTROPY_SUM, "-np.sum(weights * logs, axis=-1) / np.log(weights.shape[-1])"),
        ),
        edit(
            "keeps the last axis",
            "How many numbers should a row of weights give? What is your answer's last axis?",
            ("axis=-1", "axis=-1, keepdims=True"),
        ),
    ),
    equivalents=(entropy_where, entropy_skipping_nan, entropy_with_tiny_epsilon),
    hints=(
        "Multiply each weight by its logarithm, add up along the row, change the sign. One case needs care.",
        "A weight of 0 adds nothing, but NumPy's log(0) is -inf. Let the logarithm see another number there.",
        "np.where(weights > 0, weights, 1.0) is safe to take the logarithm of, and log 1 is 0.",
    ),
    properties=(Property("each answer lies between 0 and log k", between_zero_and_log_k),),
)

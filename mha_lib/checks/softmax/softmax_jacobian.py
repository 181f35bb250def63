"""Exercise softmax_jacobian: the Jacobian."""

import numpy as np

from mha_lib.checks.softmax.shared import FLOATS, weight_probes
from mha_lib.diagnosis.broken import edit, rewrite
from mha_lib.diagnosis.exercise import Exercise, Property
from mha_lib.softmax import softmax_jacobian

OUTER = "weights[..., :, None] * weights[..., None, :]"


SLOPES = f"diagonal - {OUTER}"


def jacobian_factored(weights):
    """Return w_i (delta_ij - w_j)."""
    return weights[..., :, None] * (np.eye(weights.shape[-1]) - weights[..., None, :])


def jacobian_transposed(weights):
    """Return the same with i and j exchanged: it is symmetric."""
    return np.swapaxes(jacobian_factored(weights), -1, -2)


def jacobian_by_loop(weights):
    """Return the same, entry by entry."""
    k = weights.shape[-1]
    jacobian = np.zeros((*weights.shape, k))
    for i in range(k):
        for j in range(k):
            jacobian[..., i, j] = weights[..., i] * ((i == j) - weights[..., j])
    return jacobian


def jacobian_of_one_row(weights):
    """Return the slopes of a single row of weights; on more rows it goes wrong."""
    return np.diag(weights) - np.outer(weights, weights)


def rows_sum_to_zero(jacobian, weights):
    """Return whether each row of the Jacobian sums to 0."""
    return np.allclose(np.sum(jacobian, axis=-1), 0)


def is_symmetric(jacobian, weights):
    """Return whether the last two axes can be exchanged."""
    return np.allclose(jacobian, np.swapaxes(jacobian, -1, -2))


EXERCISE = Exercise(
    reference=softmax_jacobian,
    returns="slopes, first the weight i, then the score j: (..., k, k)",
    probes=weight_probes,
    mistakes=(
        edit(
            "the diagonal only",
            "Raise one score. Do the other weights stay where they are?",
            (SLOPES, "diagonal * (1 - weights[..., None, :])"),
        ),
        edit(
            "the diagonal only, as a vector",
            "Each of k weights answers to each of k scores. How many slopes are that?",
            (SLOPES, "weights * (1 - weights)"),
        ),
        edit(
            "the normaliser held still",
            "When a score rises, its exponential rises. What else in the quotient rises with it?",
            (SLOPES, "diagonal"),
        ),
        edit(
            "the diagonal forgotten",
            "A weight's own score sits above the line too. Which term comes from there, and only where i is j?",
            (SLOPES, OUTER.replace("weights", "-weights", 1)),
        ),
        edit(
            "the sign reversed",
            "Raise a score: does its own weight rise or fall? What sign must the diagonal have?",
            ("return diagonal - ", "return -diagonal + "),
        ),
        edit(
            "plus for minus",
            "The weights sum to 1 whatever the scores. What must each row of slopes sum to?",
            ("return diagonal - ", "return diagonal + "),
        ),
        edit(
            "the sign lost off the diagonal",
            "Raise one score: do the other weights rise or fall?",
            (SLOPES, f"diagonal * (1 - weights[..., None, :]) + {OUTER} * (1 - np.eye(weights.shape[-1]))"),
        ),
        edit(
            "ones on the diagonal",
            "For weights of a half and a half, how steep is a weight in its own score? With a pencil.",
            ("weights[..., :, None] * np.eye(weights.shape[-1])", "np.eye(weights.shape[-1])"),
        ),
        edit(
            "the slopes of the logarithms",
            "This is how log w_i answers. What is the slope of w_i, if you know that of its logarithm?",
            (SLOPES, "np.eye(weights.shape[-1]) - weights[..., None, :]"),
        ),
        edit(
            "softmax of the weights",
            "You were given weights. They have been through softmax already.",
            (FLOATS, "weights = np.exp(weights) / np.exp(weights).sum(axis=-1, keepdims=True)"),
        ),
        rewrite(
            "np.diag and np.outer on a table",
            "What do np.diag and np.outer do with a table of rows? You want one matrix for each row.",
            jacobian_of_one_row,
        ),
    ),
    equivalents=(jacobian_factored, jacobian_transposed, jacobian_by_loop),
    hints=(
        "Two cases. Where i is j the slope is w_i (1 - w_i), elsewhere it is -w_i w_j. One formula holds both.",
        "A column of weights times a row of them gives all products: weights[..., :, None] * weights[..., None, :]",
        "weights[..., :, None] * (np.eye(k) - weights[..., None, :]), with k = weights.shape[-1].",
    ),
    properties=(
        Property("each row of slopes sums to 0", rows_sum_to_zero),
        Property("the slopes are symmetric", is_symmetric),
    ),
)

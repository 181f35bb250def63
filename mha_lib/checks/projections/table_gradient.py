"""Exercise table_gradient: what to change in the table of scores."""

import numpy as np

from mha_lib import projections as library
from mha_lib.checks.projections.shared import WHICH_AXIS
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.softmax import softmax


def table_gradient(x, w, looks):
    """Return how the mean of -log of the right weights answers to each entry of w."""
    n = len(x)
    weights = softmax(x @ w @ x.T)
    right = np.eye(n)[looks]
    error = weights - right
    return x.T @ error @ x / n


def table_gradient_by_loop(x, w, looks):
    """Return the same, token by token: each adds what asks times how far it looks wrong."""
    gradient = np.zeros_like(w)
    for i, row in enumerate(softmax(x @ w @ x.T)):
        gradient += np.outer(x[i], row @ x - x[looks[i]])
    return gradient / len(x)


def table_gradient_in_place(x, w, looks):
    """Return the same: take 1 from the right weights, then sum over both ends of each score."""
    error = softmax(x @ w @ x.T)
    error[np.arange(len(x)), looks] -= 1
    return np.einsum("ia,ij,jb->ab", x, error, x) / len(x)


def loss(x, w, looks):
    """Return the mean of -log of the right weights."""
    scores = x @ w @ x.T
    largest = scores.max(axis=1)
    logsumexp = largest + np.log(np.exp(scores - largest[:, None]).sum(axis=1))
    return float(np.mean(logsumexp - scores[np.arange(len(x)), looks]))


def lowers_the_loss(gradient, x, w, looks):
    """Return whether a short step against the gradient makes the loss no larger."""
    return loss(x, w - 1e-5 * np.asarray(gradient), looks) <= loss(x, w, looks) + 1e-15


def gradient_probes(rng):
    """Return tokens, a table and who should look at whom: ragged and square, all at one token, a token alone."""
    worked = (np.eye(2), np.array([[0.0, np.log(3.0)], [0.0, 0.0]]), np.array([1, 0]))
    return [
        Probe("the worked example", worked),
        Probe("a table of zeros", (draw(rng, 3, 2), np.zeros((2, 2)), np.array([1, 2, 2]))),
        Probe("a token alone", (draw(rng, 1, 3), draw(rng, 3, 3), np.array([0]))),
        Probe("4 tokens that all should look at the last", (draw(rng, 4, 3), draw(rng, 3, 3), np.full(4, 3))),
        Probe("5 tokens of width 3", (draw(rng, 5, 3), draw(rng, 3, 3), np.array([1, 2, 2, 4, 0]))),
        Probe("3 tokens of width 3", (draw(rng, 3, 3), draw(rng, 3, 3), np.array([1, 1, 0]))),
    ]


EXERCISE = Exercise(
    reference=library.table_gradient,
    worked=table_gradient,
    returns="slopes of the loss, one for each entry of the table: (d, d)",
    probes=gradient_probes,
    mistakes=(
        edit(
            "the sign reversed",
            "Take a small step against your gradient. Does the loss fall, or rise?",
            ("weights - right", "right - weights"),
        ),
        edit(
            "adds up over the tokens",
            "The loss is a mean. Write the sentence down twice: should its gradient double?",
            (" / n", ""),
        ),
        edit(
            "divides by the width",
            "The mean is taken over tokens. How many of those are there?",
            ("@ x / n", "@ x / x.shape[1]"),
        ),
        edit(
            "the weights alone",
            "Suppose every token looks just where it should. Is your gradient zero then?",
            ("weights - right", "weights"),
        ),
        edit(
            "the right places alone",
            "Suppose every token looks just where it should. Is your gradient zero then?",
            ("weights - right", "-right"),
        ),
        edit(
            "who is looked at, for who looks",
            "looks[i] belongs to token i. In which row of the one-hots does it stand?",
            ("[looks]", "[looks].T"),
        ),
        edit(
            "the gradient turned round",
            "W[a, b]: feature a of the one who asks, feature b of the one who is asked. Which x stands on the left?",
            ("x.T @ error @ x", "x.T @ error.T @ x"),
        ),
        edit("softmax over the queries", WHICH_AXIS, ("softmax(x @ w @ x.T)", "softmax((x @ w @ x.T).T).T")),
        edit(
            "the table left out of the scores",
            "Change w. Do your weights change?",
            ("x @ w @ x.T", "x @ x.T"),
        ),
        edit(
            "the table turned round",
            "Score (i, j) is x[i] @ w @ x[j]. In yours, does the one who asks meet the rows of w?",
            ("x @ w @ x.T", "x @ w.T @ x.T"),
        ),
        edit(
            "scores divided by the root of the width",
            "This loss is made of x @ w @ x.T as it is. Did the text divide it?",
            ("x @ w @ x.T", "x @ w @ x.T / np.sqrt(x.shape[1])"),
        ),
        edit(
            "stops at the scores",
            "You have slopes in the scores, one a pair of tokens. How does a score answer to an entry of w?",
            ("x.T @ error @ x", "error"),
        ),
        edit(
            "only the one who asks",
            "A score has a token at both ends. Which end is missing from your product?",
            ("x.T @ error @ x", "x.T @ error"),
        ),
        edit(
            "the slope of the weight, without the logarithm",
            "The loss has -log in front. By what does a logarithm divide its slope?",
            ("weights - right", "(weights - right) * (weights * right).sum(axis=1, keepdims=True)"),
        ),
    ),
    equivalents=(table_gradient_by_loop, table_gradient_in_place),
    hints=(
        "First the weights, softmax(x @ w @ x.T). By how much is each wrong?",
        "np.eye(n)[looks] is 1 where each token should look. Weights minus that is the slope in each score.",
        "x.T @ (weights - np.eye(len(x))[looks]) @ x / len(x)",
    ),
    properties=(Property("a short step against the gradient lowers the loss", lowers_the_loss),),
)

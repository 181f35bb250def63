"""Exercise article_self_attention: find the mistake."""

import numpy as np

from mha_lib.checks.projections.shared import SELF_BETWEEN, self_probes
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.exercise import Exercise
from mha_lib.softmax import softmax


def article_self_attention(x, w_q, w_k, w_v):
    """Return the article's self-attention with its values: the weights times what each token gives."""
    q, k, v = x @ w_q, x @ w_k, x @ w_v
    scores = q @ np.swapaxes(k, -1, -2) / np.sqrt(q.shape[-1])
    weights = softmax(scores)
    return weights @ v


def article_self_attention_projecting_last(x, w_q, w_k, w_v):
    """Return the same: mix the tokens, then project the mixture."""
    scores = (x @ w_q) @ np.swapaxes(x @ w_k, -1, -2) * w_q.shape[1] ** -0.5
    return softmax(scores) @ x @ w_v


def article_probes(rng):
    """Return the tokens and matrices of self-attention without a mask."""
    return [probe for probe in self_probes(rng) if len(probe.args) == 4]


EXERCISE = Exercise(
    reference=article_self_attention,
    returns="outputs, one row a token, as wide as w_v has columns: (..., n, e)",
    probes=article_probes,
    mistakes=(
        edit(
            "the weights alone",
            "Your rows sum to 1: they say where to look. What was read there?",
            ("weights @ v", "weights"),
        ),
        edit(
            "mixes the keys",
            "What gets averaged: what a token is found by, or what it gives?",
            ("weights @ v", "weights @ k"),
        ),
        edit(
            "mixes the tokens, unprojected",
            "What does a token give away: all of itself, or what w_v takes from it?",
            ("weights @ v", "weights @ x"),
        ),
        edit(
            "multiplies entry by entry",
            "The output of a query is a sum over all keys. Does * add anything up?",
            ("weights @ v", "weights * v"),
        ),
        edit(
            "values on the left",
            "weights are (queries, keys), v is (keys, e). Which axis is to be summed over?",
            ("weights @ v", "v @ weights"),
        ),
        edit(
            "values inside the softmax",
            "Softmax makes weights. Are values to become weights?",
            ("weights @ v", "softmax(scores @ v)"),
        ),
        edit(
            "scale after the softmax",
            "What does the root divide in the formula: the scores, or the weights?",
            (" / np.sqrt(q.shape[-1])", ""),
            ("weights @ v", "weights @ v / np.sqrt(q.shape[-1])"),
        ),
        edit(
            "weights transposed",
            "Each row of weights belongs to one query. Whose weights make your first row?",
            ("weights @ v", "np.swapaxes(weights, -1, -2) @ v"),
        ),
    ),
    equivalents=(article_self_attention_projecting_last,),
    hints=(
        "Look at the shape that the printed formula gives. What should one row for each token hold?",
        "The weights say how much of each token. Of what, is missing.",
        "weights @ v, with v = x @ w_v.",
    ),
    properties=(SELF_BETWEEN,),
)

"""Exercise causal_linear_attention: running sums."""

import numpy as np

from mha_lib.diagnosis.broken import edit, rewrite
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.masks import causal_mask
from mha_lib.variants.linear_attention import (
    causal_linear_attention,
    linear_attention,
    linear_weights,
    positive_features,
)

SELF = "Place i may attend to itself. In which order do you write and read?"
ROW_SUM = "Which number makes the weights of one query sum to 1? It depends on the query and on all keys so far."
FEATURES = "Which vectors become features, and what is a feature of 0?"
PAST = "What does token 1 know of token 2?"


def by_running_sums(q, k, v):
    """Return causal linear attention, a matrix and a vector kept from token to token."""
    q, k = positive_features(q), positive_features(k)
    state = np.zeros((*k.shape[:-2], k.shape[-1], v.shape[-1]))
    total = np.zeros((*k.shape[:-2], k.shape[-1]))
    rows = []
    for i in range(q.shape[-2]):
        query, key, value = q[..., i, :], k[..., i, :], v[..., i, :]
        state = state + key[..., :, None] * value[..., None, :]
        total = total + key
        read = (query[..., None, :] @ state)[..., 0, :]
        rows.append(read / (query * total).sum(axis=-1, keepdims=True))
    return np.stack(rows, axis=-2)


def by_a_table(q, k, v):
    """Return the same from the masked table of weights."""
    return linear_weights(q, k, causal_mask(q.shape[-2])) @ v


def by_cumulative_sums(q, k, v):
    """Return the same, every state at once, the normaliser as one more column of the values."""
    q, k = positive_features(q), positive_features(k)
    wide = np.concatenate([v, np.ones((*v.shape[:-1], 1))], axis=-1)
    states = np.cumsum(k[..., :, None] * wide[..., None, :], axis=-3)
    read = np.einsum("...nd,...nde->...ne", q, states)
    return read[..., :-1] / read[..., -1:]


def reads_the_future(q, k, v):
    """Return linear attention over all tokens."""
    return linear_attention(q, k, v)


def sum_probes(rng):
    """Return queries, keys and values: the worked example, one token, square, batches, ragged, falling keys."""
    return [
        Probe("the worked example", (np.zeros((3, 2)), np.zeros((3, 2)), np.array([[3.0], [5.0], [10.0]]))),
        Probe("one token", (draw(rng, 1, 3), draw(rng, 1, 3), draw(rng, 1, 2))),
        Probe("4 tokens of width 4", (draw(rng, 4, 4), draw(rng, 4, 4), draw(rng, 4, 4))),
        Probe("a batch of 1", (draw(rng, 1, 3, 4), draw(rng, 1, 3, 4), draw(rng, 1, 3, 2))),
        Probe("2 sequences of 3 heads", (draw(rng, 2, 3, 4, 5), draw(rng, 2, 3, 4, 5), draw(rng, 2, 3, 4, 2))),
        Probe("numbers from -60 to 60", (draw(rng, 5, 3, scale=20.0), draw(rng, 5, 3, scale=20.0), draw(rng, 5, 2))),
        Probe("6 tokens of width 3", (draw(rng, 6, 3), draw(rng, 6, 3), draw(rng, 6, 2))),
    ]


def within_the_past(output, q, k, v):
    """Return whether each output lies between the smallest and the largest value so far."""
    low, high = np.minimum.accumulate(v, axis=-2), np.maximum.accumulate(v, axis=-2)
    return bool(np.all((output >= low - 1e-9) & (output <= high + 1e-9)))


ADD, NORMALISER = "state + key[..., :, None] * value[..., None, :]", "(query * total).sum(axis=-1, keepdims=True)"


EXERCISE = Exercise(
    reference=causal_linear_attention,
    worked=by_running_sums,
    returns="what each token reads: (..., n, e)",
    probes=sum_probes,
    mistakes=(
        edit(
            "reads before it writes",
            SELF,
            ("@ state)", "@ (state - key[..., :, None] * value[..., None, :]))"),
            ("query * total", "query * (total - key)"),
        ),
        edit("no normaliser", ROW_SUM, (f" / {NORMALISER}", "")),
        edit("divides by the number of tokens", ROW_SUM, (NORMALISER, "(i + 1)")),
        edit("normalises by the newest key alone", ROW_SUM, ("query * total", "query * key")),
        edit("normalises without the query", ROW_SUM, ("query * total", "total")),
        edit("keeps the newest token alone", "What of the tokens before?", (ADD, ADD.removeprefix("state + "))),
        rewrite("reads the future", PAST, reads_the_future),
        edit("queries without features", FEATURES, ("q, k = positive_features(q),", "q, k = q,")),
        edit(
            "keys without features",
            FEATURES,
            ("q, k = positive_features(q), positive_features(k)", "q, k = positive_features(q), k"),
        ),
        edit(
            "features without the 1",
            FEATURES,
            ("positive_features(q), positive_features(k)", "positive_features(q) - 1, positive_features(k) - 1"),
        ),
        edit(
            "scales by the root of the width",
            "The root tames softmax. Is there a softmax here?",
            ("positive_features(q),", "positive_features(q / np.sqrt(q.shape[-1])),"),
        ),
    ),
    equivalents=(by_a_table, by_cumulative_sums),
    hints=(
        "What a query reads is a sum over the past, divided by another sum over the past. Keep both sums.",
        "Add the outer product of the key's features and the value to a matrix, the features to a vector; then read.",
        "state += outer(phi(k), v); total += phi(k); out = phi(q) @ state / (phi(q) @ total)",
    ),
    properties=(Property("each output lies between the smallest and the largest value so far", within_the_past),),
)

"""Chapter 16. Linear attention: weights that are products of features, so that sums can be kept instead of tokens."""

import numpy as np

from mha_lib.softmax import as_mask


def positive_features(x):
    """Return the features of queries or keys: x + 1 where x is above 0, exp(x) elsewhere; always above 0.

    x: (..., d)  ->  (..., d)

    Source: Katharopoulos et al., 2020, equation 7: elu(x) + 1.

    >>> positive_features([2.0, 0.0, -np.inf]).tolist()
    [3.0, 1.0, 0.0]
    """
    x = np.asarray(x, dtype=float)
    return np.where(x > 0, x + 1, np.exp(np.minimum(x, 0.0)))


def linear_weights(q, k, mask=None):
    """Return the weights of linear attention as a table: products of features, each row divided by its sum.

    q: (..., q, d)   k: (..., k, d)   mask: broadcast to (..., q, k), True means may attend  ->  (..., q, k)

    For looking at, and to compare with: whoever needs the output alone never makes this table. A query that may attend
    to nothing gets zeros.
    Source: Katharopoulos et al., 2020, equation 4.

    >>> linear_weights([[0.0, 0.0]], [[0.0, 0.0], [2.0, 2.0]]).tolist()
    [[0.25, 0.75]]
    """
    similarities = positive_features(q) @ np.swapaxes(positive_features(k), -1, -2)
    if mask is not None:
        similarities = similarities * as_mask(mask)
    totals = similarities.sum(axis=-1, keepdims=True)
    return np.divide(similarities, totals, out=np.zeros_like(similarities), where=totals > 0)


def linear_attention(q, k, v):
    """Return what each query reads with `linear_weights`, without the table of weights.

    q: (..., q, d)   k: (..., k, d)   v: (..., k, e)  ->  (..., q, e)

    The product of keys and values comes first, (d, e), and the queries meet it: time and memory grow with q + k, not
    with q * k.
    Raises ValueError if the numbers of keys and values differ.
    Source: Katharopoulos et al., 2020, equations 5 and 6.

    >>> linear_attention([[0.0, 0.0]], [[0.0, 0.0], [2.0, 2.0]], [[0.0], [8.0]]).tolist()
    [[6.0]]
    """
    q, k, v = positive_features(q), positive_features(k), np.asarray(v, dtype=float)
    if k.shape[-2] != v.shape[-2]:
        raise ValueError(f"each key needs one value, got {k.shape[-2]} keys and {v.shape[-2]} values")
    state = np.swapaxes(k, -1, -2) @ v
    totals = q @ k.sum(axis=-2)[..., None]
    return q @ state / totals


def causal_linear_attention(q, k, v):
    """Return the same where each query sees the keys up to its own: a recurrent network with a matrix as its state.

    q, k: (..., n, d)   v: (..., n, e)  ->  (..., n, e)

    What is kept from token to token is the sum of the keys' features times values, (d, e), and the sum of the
    features, (d,): it does not grow.
    Raises ValueError if there are not as many queries, keys and values.
    Source: Katharopoulos et al., 2020, equations 16 to 20.

    >>> x = np.zeros((3, 2))
    >>> causal_linear_attention(x, x, [[3.0], [5.0], [10.0]]).tolist()
    [[3.0], [4.0], [6.0]]
    """
    q, k, v = positive_features(q), positive_features(k), np.asarray(v, dtype=float)
    if not q.shape[-2] == k.shape[-2] == v.shape[-2]:
        lengths = q.shape[-2], k.shape[-2], v.shape[-2]
        raise ValueError("each token needs a query, a key and a value, got {}, {} and {}".format(*lengths))
    state = np.zeros((*k.shape[:-2], k.shape[-1], v.shape[-1]))
    total = np.zeros((*k.shape[:-2], k.shape[-1]))
    out = np.empty((*q.shape[:-1], v.shape[-1]))
    for i in range(q.shape[-2]):
        query, key, value = q[..., i, :], k[..., i, :], v[..., i, :]
        state += key[..., :, None] * value[..., None, :]
        total += key
        out[..., i, :] = (query[..., None, :] @ state)[..., 0, :] / (query * total).sum(-1, keepdims=True)
    return out

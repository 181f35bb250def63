"""Chapter 3. Scaled dot-product attention: what is a query, a key, a value?"""

import numpy as np

from mha_lib.softmax import masked_softmax


def attention_scores(q, k):
    """Return how well each query matches each key: their dot product over the square root of the width.

    q: (..., q, d)   k: (..., k, d)  ->  (..., q, k)

    The division keeps the variance of a score near 1 whatever the width.
    Raises ValueError if the widths d differ.
    Source: Vaswani et al., 2017, eq. 1 and footnote 4.

    >>> attention_scores([[2.0, 0.0, 0.0, 0.0]], [[3.0, 1.0, 1.0, 1.0]]).tolist()
    [[3.0]]
    """
    q, k = np.asarray(q, dtype=float), np.asarray(k, dtype=float)
    if q.shape[-1] != k.shape[-1]:
        raise ValueError(f"queries and keys must have the same width d, got {q.shape[-1]} and {k.shape[-1]}")
    return q @ np.swapaxes(k, -1, -2) / np.sqrt(q.shape[-1])


def attention_weights(q, k, mask=None):
    """Return how each query divides its attention over the keys; each row sums to 1.

    q: (..., q, d)   k: (..., k, d)   mask: broadcast to (..., q, k), True means may attend  ->  (..., q, k)

    A query that may attend to nothing gets zeros.
    Raises ValueError if the widths differ or the mask is not boolean.
    Source: Vaswani et al., 2017, eq. 1.

    >>> attention_weights([[0.0, 0.0]], [[1.0, 2.0], [3.0, 4.0]]).tolist()
    [[0.5, 0.5]]
    """
    return masked_softmax(attention_scores(q, k), mask)


def attention(q, k, v, mask=None):
    """Return for each query the average of the values, weighted by how well the query matches their keys.

    q: (..., q, d)   k: (..., k, d)   v: (..., k, e)   mask: broadcast to (..., q, k)  ->  (..., q, e)

    Raises ValueError if the numbers of keys and values differ.
    Source: Vaswani et al., 2017, eq. 1.

    >>> attention([[0.0, 0.0]], [[1.0, 2.0], [3.0, 4.0]], [[10.0], [20.0]]).tolist()
    [[15.0]]
    """
    k, v = np.asarray(k, dtype=float), np.asarray(v, dtype=float)
    if k.shape[-2] != v.shape[-2]:
        raise ValueError(f"each key needs one value, got {k.shape[-2]} keys and {v.shape[-2]} values")
    return attention_weights(q, k, mask) @ v

"""Chapter 4. Masks: who may look at whom? True means "may attend"."""

import numpy as np

from mha_lib.attention import attention_scores
from mha_lib.softmax import as_mask, masked_softmax


def causal_mask(num_queries, num_keys=None):
    """Return a mask that hides the future: each query may attend to its own position and to earlier ones.

    ->  (q, k) booleans, True means may attend

    The last query is the newest token and sees every key, so with fewer queries than keys the triangle is
    aligned bottom-right. Without `num_keys` there are as many keys as queries.
    Source: Vaswani et al., 2017, section 3.2.3.

    >>> causal_mask(2, 4).astype(int).tolist()
    [[1, 1, 1, 0], [1, 1, 1, 1]]
    """
    num_keys = num_queries if num_keys is None else num_keys
    query = np.arange(num_queries)[:, None] + num_keys - num_queries
    return np.arange(num_keys) <= query


def padding_mask(lengths, num_keys):
    """Return a mask that hides padding: keys at or beyond each sequence's length.

    lengths: (b,) integers  ->  (b, 1, k) booleans, True means may attend; the 1 stands for every query

    Raises ValueError if a length is negative or above `num_keys`.

    >>> padding_mask([3, 1], 4).astype(int).tolist()
    [[[1, 1, 1, 0]], [[1, 0, 0, 0]]]
    """
    lengths = np.asarray(lengths)
    if lengths.min(initial=0) < 0 or lengths.max(initial=0) > num_keys:
        raise ValueError(f"lengths must lie between 0 and num_keys ({num_keys}), got {lengths.tolist()}")
    return np.arange(num_keys) < lengths[:, None, None]


def combine_masks(*masks):
    """Return the mask that allows what every mask allows; None allows everything.

    masks: None, or booleans that broadcast to (..., q, k)  ->  booleans, or None if all are None

    Raises ValueError if a mask is not boolean.

    >>> combine_masks(causal_mask(2), None, padding_mask([1], 2)).astype(int).tolist()
    [[[1, 0], [1, 0]]]
    """
    given = [as_mask(mask) for mask in masks if mask is not None]
    if not given:
        return None
    allowed = given[0]
    for mask in given[1:]:
        allowed = allowed & mask
    return allowed


def masked_attention(q, k, v, mask=None):
    """Return for each query the average of the values that it may read, weighted by how well it matches their keys.

    q: (..., q, d)   k: (..., k, d)   v: (..., k, e)   mask: broadcast to (..., q, k), True means may attend
    ->  (..., q, e)

    Without a mask every query reads every key. A query that may attend to nothing reads zeros.
    Raises ValueError if the widths of queries and keys or the numbers of keys and values differ, or if the mask is
    not boolean.
    Source: Vaswani et al., 2017, eq. 1 and section 3.2.3.

    >>> masked_attention([[0.0], [0.0]], [[1.0], [2.0]], [[10.0], [20.0]], causal_mask(2)).tolist()
    [[10.0], [15.0]]
    """
    return masked_softmax(attention_scores(q, k), mask) @ np.asarray(v, dtype=float)


def leaks_future(attend, x):
    """Return whether changing a token of `x` changes an output that comes before it.

    attend: a function (n, d) -> (n, e)   x: (n, d)  ->  a boolean

    Each token but the first is changed in turn, by much; outputs that move by less than 1e-6 count as rounding.
    True proves a leak. False says only that these changes of this `x` showed none.

    >>> x = np.array([[1.0, 0.0], [0.0, 1.0], [2.0, 2.0]])
    >>> leaks_future(lambda x: x.cumsum(axis=0), x), leaks_future(lambda x: x - x.mean(axis=0), x)
    (False, True)
    """
    before = attend(x)
    for position in range(1, len(x)):
        changed = np.array(x, dtype=float)
        changed[position] += 10.0
        after = attend(changed)
        if not np.allclose(after[:position], before[:position], rtol=0.0, atol=1e-6):
            return True
    return False

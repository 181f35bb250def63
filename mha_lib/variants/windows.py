"""Chapter 16. Windows: each token looks at its neighbours alone, and layers carry news further."""

import numpy as np

from mha_lib.attention import attention
from mha_lib.cost.blockwise import blocks
from mha_lib.softmax import as_mask


def window_mask(num_queries, num_keys, before, after=0):
    """Return a mask that hides what is far away: a query sees `before` keys behind itself, itself, and `after` ahead.

    ->  (q, k) booleans, True means may attend

    With `after` 0 it is causal, and a query sees at most before + 1 keys. Aligned bottom-right: the last query stands
    at the last key.
    Raises ValueError if `before` or `after` is negative.
    Source: Beltagy et al., 2020, section 3.1 (w / 2 on each side); Child et al., 2019, section 4.

    >>> window_mask(2, 5, before=2).astype(int).tolist()
    [[0, 1, 1, 1, 0], [0, 0, 1, 1, 1]]
    """
    if min(before, after) < 0:
        raise ValueError(f"a window reaches 0 places or more each way, got before = {before} and after = {after}")
    query = np.arange(num_queries)[:, None] + num_keys - num_queries
    ahead = np.arange(num_keys) - query
    return (-before <= ahead) & (ahead <= after)


def with_global_tokens(mask, places):
    """Return the mask with some tokens made global: they see every token, and every token sees them.

    mask: (n, n) booleans   places: which tokens, integers  ->  (n, n) booleans, a new array

    A global token that comes late would show the future; combine the result with a causal mask if it must not.
    Source: Beltagy et al., 2020, section 3.1, "Global Attention".

    >>> with_global_tokens(np.eye(3, dtype=bool), [0]).astype(int).tolist()
    [[1, 1, 1], [1, 1, 0], [1, 0, 1]]
    """
    is_global = np.isin(np.arange(len(mask)), places)
    return as_mask(mask) | is_global[:, None] | is_global


def reach(mask, num_layers):
    """Return which tokens can have an influence on each place after some layers of one mask.

    mask: (n, n) booleans  ->  (n, n) booleans, row i says which tokens can change what place i holds

    The residual path counts: a place always keeps what it had. News travels one window a layer.

    >>> reach(window_mask(4, 4, before=1), num_layers=2).astype(int).tolist()
    [[1, 0, 0, 0], [1, 1, 0, 0], [1, 1, 1, 0], [0, 1, 1, 1]]
    """
    step = as_mask(mask) | np.eye(len(mask), dtype=bool)
    reached = np.eye(len(mask), dtype=bool)
    for _ in range(num_layers):
        reached = step @ reached
    return reached


def window_attention(q, k, v, before, after=0, block_q=64):
    """Return attention under `window_mask`, without the scores outside of the window.

    q: (..., q, d)   k: (..., k, d)   v: (..., k, e)  ->  (..., q, e)

    Some queries at a time meet the keys that at least one of them may see: before + block_q + after of them, however
    many there are. Time grows with the number of queries, not with its square.
    Source: Beltagy et al., 2020, section 3.1 and appendix A, which cut the band in other pieces.

    >>> x = np.eye(6)
    >>> np.allclose(window_attention(x, x, x, before=2, block_q=4), attention(x, x, x, window_mask(6, 6, before=2)))
    True
    """
    q, k, v = (np.asarray(x, dtype=float) for x in (q, k, v))
    num_keys, first = k.shape[-2], k.shape[-2] - q.shape[-2]
    parts = []
    for rows in blocks(q.shape[-2], block_q):
        low, high = max(rows.start + first - before, 0), min(max(rows.stop + first + after, 0), num_keys)
        ahead = np.arange(low, high) - np.arange(rows.start, rows.stop)[:, None] - first
        seen = (-before <= ahead) & (ahead <= after)
        parts.append(attention(q[..., rows, :], k[..., low:high, :], v[..., low:high, :], seen))
    return np.concatenate(parts, axis=-2)

"""Chapter 16. Grouped heads: several query heads that share one head of keys and values."""

import numpy as np

from mha_lib.attention import attention
from mha_lib.softmax import as_mask


def grouped_attention(q, k, v, mask=None):
    """Return what each query head reads, where neighbouring heads share keys and values.

    q: (..., h, q, d)   k: (..., g, k, d)   v: (..., g, k, e)   mask: broadcast to (..., h, q, k)  ->  (..., h, q, e)

    With r = h / g, heads 0 to r - 1 read keys and values 0, the next r read 1, and so on. With g = 1 all share one
    ("multi-query"), with g = h nobody shares ("multi-head"). Nothing is copied: the r queries of a group meet their
    keys as if they were r times as many queries of one head.
    Raises ValueError if g does not divide h, or if keys and values differ in their number of heads.
    Source: Shazeer, 2019, section 3; Ainslie et al., 2023, section 2.2.

    >>> q, k, v = np.zeros((4, 1, 2)), np.zeros((2, 1, 2)), np.array([[[3.0]], [[5.0]]])
    >>> grouped_attention(q, k, v)[:, 0, 0].tolist()
    [3.0, 3.0, 5.0, 5.0]
    """
    q, k, v = (np.asarray(x, dtype=float) for x in (q, k, v))
    repeats = group_size(q.shape[-3], k.shape[-3])
    if k.shape[-3] != v.shape[-3]:
        raise ValueError(f"keys ({k.shape[-3]} heads) and values ({v.shape[-3]} heads) must have as many heads")
    grouped = q.reshape(*q.shape[:-3], k.shape[-3], repeats, *q.shape[-2:])
    if mask is not None:
        full = np.broadcast_to(as_mask(mask), (*q.shape[:-1], k.shape[-2]))
        mask = full.reshape(*grouped.shape[:-1], k.shape[-2])
    read = attention(grouped, k[..., None, :, :], v[..., None, :, :], mask)
    return read.reshape(*q.shape[:-1], v.shape[-1])


def pool_heads(w, num_heads, num_kv_heads):
    """Return a projection with fewer heads: each is the mean of neighbouring ones.

    w: (..., h * d), such as w_k or w_v, or a bias (h * d,)   num_heads: h   num_kv_heads: g, a divisor of h
    ->  (..., g * d)

    Head i owns columns i * d to (i + 1) * d, before and after. Head j of the result is the mean of heads j * r to
    (j + 1) * r - 1 with r = h / g.
    Raises ValueError if g does not divide h, or h the width.
    Source: Ainslie et al., 2023, section 2.1 and figure 1.

    >>> pool_heads([[1.0, 2.0, 3.0, 4.0, 10.0, 20.0, 30.0, 40.0]], num_heads=4, num_kv_heads=2).tolist()
    [[2.0, 3.0, 20.0, 30.0]]
    """
    w = np.asarray(w, dtype=float)
    repeats = group_size(num_heads, num_kv_heads)
    if w.shape[-1] % num_heads:
        raise ValueError(f"the width ({w.shape[-1]}) must be a multiple of num_heads ({num_heads})")
    heads = w.reshape(*w.shape[:-1], num_kv_heads, repeats, w.shape[-1] // num_heads)
    return heads.mean(axis=-2).reshape(*w.shape[:-1], -1)


def group_size(num_heads, num_kv_heads):
    """Return how many query heads share one head of keys and values.

    Raises ValueError unless num_kv_heads divides num_heads.

    >>> group_size(8, 2)
    4
    """
    if num_kv_heads < 1 or num_heads % num_kv_heads:
        raise ValueError(f"num_heads ({num_heads}) must be a multiple of num_kv_heads ({num_kv_heads})")
    return num_heads // num_kv_heads

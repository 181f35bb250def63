"""Chapter 6. Heads: why several attentions at once?"""

import numpy as np

from mha_lib.attention import attention
from mha_lib.projections import project
from mha_lib.softmax import entropy


def split_heads(x, num_heads):
    """Return `x` cut into heads: the first d columns are head 0, the next d are head 1, and so on.

    x: (..., n, d_model)   num_heads: h, a divisor of d_model  ->  (..., h, n, d) with d = d_model / h

    The head axis comes before the tokens, so that a product over the last two axes works on each head alone.
    A reshape to (..., h, n, d) has the same shape and is wrong: it cuts between tokens, not between columns.
    No number is copied; where `x` is an array, the result is another view of it.
    Raises ValueError if num_heads does not divide d_model.
    Source: Vaswani et al., 2017, section 3.2.2.

    >>> split_heads([[0.0, 1.0, 2.0, 3.0], [4.0, 5.0, 6.0, 7.0]], 2).tolist()
    [[[0.0, 1.0], [4.0, 5.0]], [[2.0, 3.0], [6.0, 7.0]]]
    """
    x = np.asarray(x, dtype=float)
    *lead, n, d_model = x.shape
    if num_heads < 1 or d_model % num_heads:
        raise ValueError(f"the width d_model ({d_model}) must be a multiple of num_heads ({num_heads})")
    x = x.reshape(*lead, n, num_heads, d_model // num_heads)
    return np.swapaxes(x, -2, -3)


def merge_heads(x):
    """Return the heads side by side again, one row a token: the inverse of `split_heads`.

    x: (..., h, n, d)  ->  (..., n, h * d)

    Source: "Concat" in Vaswani et al., 2017, section 3.2.2.

    >>> merge_heads([[[0.0, 1.0], [4.0, 5.0]], [[2.0, 3.0], [6.0, 7.0]]]).tolist()
    [[0.0, 1.0, 2.0, 3.0], [4.0, 5.0, 6.0, 7.0]]
    """
    x = np.swapaxes(np.asarray(x, dtype=float), -2, -3)
    *lead, n, num_heads, d_head = x.shape
    return x.reshape(*lead, n, num_heads * d_head)


def multi_head_attention(x, memory, w_q, w_k, w_v, w_o, num_heads, mask=None):
    """Return what each token of `x` reads from `memory` with several heads, mixed by w_o.

    x: (..., q, d_model)   memory: (..., k, d_model)   w_q, w_k, w_v, w_o: (d_model, d_model)
    num_heads: h   mask: broadcast to (..., h, q, k), True means may attend  ->  (..., q, d_model)

    For self-attention pass `x` twice. Head i owns columns i * d to (i + 1) * d of w_q, w_k and w_v, and those rows
    of w_o, with d = d_model / h; its scores are divided by the root of d, not of d_model.
    A mask that differs within a batch needs an axis for the heads, (b, 1, q, k): (b, q, k) would line b up with h.
    Raises ValueError if num_heads does not divide the width.
    Source: Vaswani et al., 2017, section 3.2.2.

    >>> x, eye = np.array([[0.0, 0.0], [2.0, 4.0]]), np.eye(2)
    >>> multi_head_attention(x, x, 0 * eye, 0 * eye, eye, eye, num_heads=2).tolist()
    [[1.0, 2.0], [1.0, 2.0]]
    """
    q, k, v = (split_heads(project(*pair), num_heads) for pair in ((x, w_q), (memory, w_k), (memory, w_v)))
    return project(merge_heads(attention(q, k, v, mask)), w_o)


def head_divergence(weights):
    """Return how differently each two heads look: their Jensen-Shannon divergence in bits, averaged over the queries.

    weights: (..., h, q, k), each row summing to 1  ->  (..., h, h), symmetric, 0 on the diagonal

    0 means the same map, 1 means that no key gets weight from both. It says where heads look, not what they read.
    Source: Lin, 1991, eq. 4.1.

    >>> head_divergence([[[1.0, 0.0]], [[0.0, 1.0]], [[1.0, 0.0]]]).tolist()
    [[0.0, 1.0, 0.0], [1.0, 0.0, 1.0], [0.0, 1.0, 0.0]]
    """
    weights = np.asarray(weights, dtype=float)
    one, other = weights[..., :, None, :, :], weights[..., None, :, :, :]  # (..., h, 1, q, k) and (..., 1, h, q, k)
    gained = entropy((one + other) / 2) - (entropy(one) + entropy(other)) / 2  # (..., h, h, q)
    return gained.mean(axis=-1) / np.log(2)

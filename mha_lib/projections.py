"""Chapter 5. Projections: what does a sequence ask of itself?"""

import numpy as np

from mha_lib.attention import attention
from mha_lib.softmax import softmax


def table_gradient(x, w, looks):
    """Return the slope of the loss in each entry of the table `w`, where token i should look at token `looks[i]`.

    x: (n, d), one sequence   w: (d, d)   looks: (n,) integers  ->  (d, d)

    Token i scores token j with x[i] @ w @ x[j]. The loss is the mean over i of -log of the weight at looks[i].
    Raises ValueError if the table does not fit the tokens.

    >>> table_gradient(np.eye(2), np.zeros((2, 2)), [1, 1]).tolist()
    [[0.25, -0.25], [0.25, -0.25]]
    """
    x, w = np.asarray(x, dtype=float), np.asarray(w, dtype=float)
    if w.shape != (x.shape[1], x.shape[1]):
        raise ValueError(f"tokens of width {x.shape[1]} need a square table of that width, got {w.shape}")
    right = np.eye(len(x))[np.asarray(looks)]
    return x.T @ (softmax(x @ w @ x.T) - right) @ x / len(x)


def project(x, w, bias=None):
    """Return each row of `x` multiplied by the matrix `w`, plus the bias if there is one.

    x: (..., n, d_in)   w: (d_in, d_out)   bias: (d_out,)  ->  (..., n, d_out)

    Every token goes through the same matrix. `torch.nn.Linear` stores the transpose, (d_out, d_in).
    Raises ValueError if the widths differ.

    >>> project([[1.0, 2.0]], [[1.0, 0.0, 3.0], [0.0, 1.0, 4.0]]).tolist()
    [[1.0, 2.0, 11.0]]
    """
    x, w = np.asarray(x, dtype=float), np.asarray(w, dtype=float)
    if x.shape[-1] != w.shape[0]:
        raise ValueError(f"the tokens' width ({x.shape[-1]}) must equal the number of rows of w ({w.shape[0]})")
    return x @ w if bias is None else x @ w + bias


def cross_attention(x, memory, w_q, w_k, w_v, mask=None):
    """Return what each token of `x` reads from the tokens of `memory`, with one head.

    x: (..., q, d_model)   memory: (..., k, d_model)   w_q, w_k: (d_model, d)   w_v: (d_model, e)  ->  (..., q, e)

    Queries come from `x`; keys and values come from `memory`.
    Source: Vaswani et al., 2017, section 3.2.3; Bahdanau et al., 2015, section 3.1.

    >>> eye = np.eye(2)
    >>> cross_attention([[0.0, 0.0]], [[1.0, 0.0], [3.0, 4.0]], eye, eye, eye).tolist()
    [[2.0, 2.0]]
    """
    return attention(project(x, w_q), project(memory, w_k), project(memory, w_v), mask)


def self_attention(x, w_q, w_k, w_v, mask=None):
    """Return what each token of `x` reads from the tokens of `x` itself, with one head.

    x: (..., n, d_model)   w_q, w_k: (d_model, d)   w_v: (d_model, e)  ->  (..., n, e)

    Source: Vaswani et al., 2017, section 3.2.3.

    >>> self_attention([[1.0], [3.0]], [[0.0]], [[0.0]], [[1.0]]).tolist()
    [[2.0], [2.0]]
    """
    return cross_attention(x, x, w_q, w_k, w_v, mask)


def permutation_gap(attend, x, order):
    """Return how far `attend` is from treating its tokens alike: 0 if reordering them only reorders its output.

    attend: a function (..., n, d_model) -> (..., n, e)   x: (..., n, d_model)   order: (n,) integers  ->  a number

    It is the largest absolute difference between attending to reordered tokens and reordering what was attended to.
    Source: Lee et al., 2019, Set Transformer, section 3.1.

    >>> permutation_gap(lambda x: x + x.sum(axis=-2, keepdims=True), np.eye(3), [2, 0, 1])
    0.0
    >>> permutation_gap(lambda x: np.cumsum(x, axis=-2), np.eye(3), [2, 0, 1])
    1.0
    """
    x, order = np.asarray(x, dtype=float), np.asarray(order)
    attended_last = attend(x[..., order, :])
    reordered_last = attend(x)[..., order, :]
    return float(np.abs(attended_last - reordered_last).max())


def num_projection_parameters(d_model, d_head, d_value, bias=False):
    """Return how many numbers one head learns: w_q and w_k of (d_model, d_head), w_v of (d_model, d_value).

    With `bias`, each projection also adds one number a column.

    >>> num_projection_parameters(512, 64, 64)
    98304
    """
    columns = 2 * d_head + d_value
    return d_model * columns + (columns if bias else 0)

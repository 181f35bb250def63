"""Chapter 14. Attention block by block: the table of n x n scores never exists."""

from typing import NamedTuple

import numpy as np

from mha_lib.softmax import as_mask


class Partial(NamedTuple):
    """What attention over some of the keys leaves behind, enough to go on with the others.

    maximum: (..., q), the largest score   normaliser: (..., q), the sum of exp(score - maximum)
    accumulator: (..., q, e), the sum of exp(score - maximum) * value

    Of no keys at all they are -inf, 0 and 0.
    """

    maximum: np.ndarray
    normaliser: np.ndarray
    accumulator: np.ndarray


def softmax_statistics(scores):
    """Return the two numbers of each row that softmax needs, the maximum and the normaliser, in two passes.

    scores: (..., k), -inf where a query may not attend  ->  maximum (...), normaliser (...)

    The normaliser is the sum of exp(score - maximum). A row of nothing but -inf gives -inf and 0.
    Source: Milakov and Gimelshein, 2018, algorithm 2.

    >>> [x.tolist() for x in softmax_statistics([[7.0, 7.0, -np.inf]])]
    [[7.0], [2.0]]
    """
    scores = np.asarray(scores, dtype=float)
    maximum = scores.max(axis=-1, initial=-np.inf)
    return maximum, np.exp(scores - finite(maximum)[..., None]).sum(axis=-1)


def online_normaliser(scores):
    """Return the same as `softmax_statistics`, but look at each score once.

    scores: (..., k)  ->  maximum (...), normaliser (...)

    When the maximum rises, what was summed under the old one is rescaled to the new.
    Source: Milakov and Gimelshein, 2018, algorithm 3.

    >>> [x.tolist() for x in online_normaliser([[1.0, 7.0, 7.0 + np.log(0.5), -np.inf]])][0]
    [7.0]
    """
    scores = np.asarray(scores, dtype=float)
    maximum, normaliser = np.full(scores.shape[:-1], -np.inf), np.zeros(scores.shape[:-1])
    for score in np.moveaxis(scores, -1, 0):
        higher = np.maximum(maximum, score)
        level = finite(higher)
        normaliser = normaliser * np.exp(maximum - level) + np.exp(score - level)
        maximum = higher
    return maximum, normaliser


def partial_attention(scores, v):
    """Return the partial result of attention over one block of keys.

    scores: (..., q, k), -inf where a query may not attend   v: (..., k, e)  ->  Partial

    >>> partial_attention([[0.0, 0.0]], [[10.0], [20.0]]).accumulator.tolist()
    [[30.0]]
    """
    maximum, normaliser = softmax_statistics(scores)
    return Partial(maximum, normaliser, np.exp(scores - finite(maximum)[..., None]) @ np.asarray(v, dtype=float))


def merge_partials(first, second):
    """Return the partial result over the keys of both.

    first, second: Partial, or its three arrays  ->  Partial

    Both are brought to the higher of the two maxima before they are added. Neither order nor grouping matters.
    Source: Milakov and Gimelshein, 2018, section 3.1.

    >>> both = merge_partials(partial_attention([[0.0]], [[10.0]]), partial_attention([[0.0]], [[20.0]]))
    >>> partial_output(both).tolist()
    [[15.0]]
    """
    first, second = Partial(*first), Partial(*second)
    maximum = np.maximum(first.maximum, second.maximum)
    one, other = (np.exp(part.maximum - finite(maximum)) for part in (first, second))
    normaliser = first.normaliser * one + second.normaliser * other
    return Partial(maximum, normaliser, first.accumulator * one[..., None] + second.accumulator * other[..., None])


def partial_output(partial):
    """Return what the queries read if there are no more keys: accumulator over normaliser, zeros where there was none.

    partial: Partial, or its three arrays  ->  (..., q, e)

    >>> partial_output((np.array([-np.inf]), np.zeros(1), np.zeros((1, 2)))).tolist()
    [[0.0, 0.0]]
    """
    _, normaliser, accumulator = partial
    return accumulator / np.where(normaliser > 0, normaliser, 1.0)[..., None]


def blockwise_attention(q, k, v, mask=None, is_causal=False, block_q=256, block_k=512):
    """Return attention(q, k, v, mask), worked out on one tile of block_q x block_k scores at a time.

    q: (..., q, d)   k: (..., k, d)   v: (..., k, e)   mask: broadcast to (..., q, k), True means may attend
    is_causal: hides the future as well, aligned bottom-right   ->  (..., q, e)

    Arrays of float32 stay float32, anything else becomes float64. A mask is read tile by tile and never expanded;
    tiles in which nobody may attend are skipped. A query that may attend to nothing gets zeros. The sums are added in
    another order than in `attention`: expect equality to about 1e-6 of the largest value in float32, 1e-14 in float64.
    Raises ValueError if shapes do not fit, the mask is not boolean, or a block is smaller than 1.
    Source: Rabe and Staats, 2021, section 3; Dao, 2023, algorithm 1.

    >>> blockwise_attention([[0.0, 0.0]], [[1.0, 2.0], [3.0, 4.0]], [[10.0], [20.0]], block_k=1).tolist()
    [[15.0]]
    """
    return blockwise_attention_with_logsumexp(q, k, v, mask, is_causal, block_q, block_k)[0]


def blockwise_attention_with_logsumexp(q, k, v, mask=None, is_causal=False, block_q=256, block_k=512):
    """Return the output of `blockwise_attention`, and the log-sum-exp of each query's scores.

    ->  output (..., q, e), log_sum_exp (..., q)

    One number a query is all that the backward pass needs to make the weights again: exp(score - log_sum_exp).
    A query that may attend to nothing has -inf.
    Source: Dao, 2023, algorithm 1.

    >>> output, log_sum_exp = blockwise_attention_with_logsumexp(np.zeros((1, 4)), np.zeros((2, 4)), np.ones((2, 1)))
    >>> np.exp(log_sum_exp).round(6).tolist()
    [2.0]
    """
    q, k, v, mask = aligned(q, k, v, mask)
    output, log_sum_exp = np.empty((*q.shape[:-1], v.shape[-1]), q.dtype), np.empty(q.shape[:-1], q.dtype)
    for head, rows, tiles in walk(q, k, mask, is_causal, block_q, block_k):
        output[head][rows], log_sum_exp[head][rows] = attend_rows(q[head][rows], k[head], v[head], tiles)
    return output, log_sum_exp


def attend_rows(q, k, v, tiles):
    """Return the output and the log-sum-exp of one block of queries.

    q: (block_q, d)   k: (k, d)   v: (k, e)   tiles: pairs of columns, a slice of the keys, and their mask or None
    ->  output (block_q, e), log_sum_exp (block_q,)

    Powers are of two: exp(x) = 2 ** (x * log2(e)), and the factor is folded into q together with the scale.
    The maximum starts at the lowest finite number, so that -inf is never taken from -inf.
    """
    q = q * q.dtype.type(np.log2(np.e) / np.sqrt(q.shape[-1]))
    maximum = np.full(len(q), np.finfo(q.dtype).min, q.dtype)
    normaliser, accumulator = np.zeros_like(maximum), np.zeros((len(q), v.shape[-1]), q.dtype)
    ones = np.ones(len(k), q.dtype)  # weights @ ones adds up a row four times faster than weights.sum(axis=1)
    for columns, mask in tiles:
        scores = q @ k[columns].T
        if mask is not None:
            np.copyto(scores, -np.inf, where=~mask)
        higher = np.maximum(maximum, scores.max(axis=1))
        scores -= higher[:, None]
        weights = np.exp2(scores, out=scores)
        rescale = np.exp2(maximum - higher)
        normaliser = normaliser * rescale + weights @ ones[columns]
        accumulator = accumulator * rescale[:, None] + weights @ v[columns]
        maximum = higher
    return partial_output((maximum, normaliser, accumulator)), natural_logarithm(maximum, normaliser)


def natural_logarithm(maximum, normaliser):
    """Return ln(2 ** maximum * normaliser): the log-sum-exp of scores that were kept in base two, -inf for none."""
    logarithm = np.log2(normaliser, out=np.full_like(normaliser, -np.inf), where=normaliser > 0)
    return (maximum + logarithm) * maximum.dtype.type(np.log(2))


def blockwise_attention_gradients(
    q, k, v, output, log_sum_exp, output_gradient, mask=None, is_causal=False, block_q=256, block_k=512
):
    """Return the gradients of q, k and v, given that of the output; the weights are made again, tile by tile.

    output, log_sum_exp: from `blockwise_attention_with_logsumexp`   output_gradient: (..., q, e)
    ->  gradients (..., q, d), (..., k, d), (..., k, e), with the leading axes of the output

    The gradient of a score is weight * (slope of the weight - row_dot), where the row's sum of weight * slope,
    row_dot, equals output_gradient . output: the row need not be complete to know it.
    Source: Dao et al., 2022, appendix B.2 and algorithm 4; Dao, 2023, algorithm 2.

    >>> q, k, v = np.zeros((1, 1)), np.array([[1.0], [3.0]]), np.array([[10.0], [20.0]])
    >>> output, log_sum_exp = blockwise_attention_with_logsumexp(q, k, v)
    >>> [x.tolist() for x in blockwise_attention_gradients(q, k, v, output, log_sum_exp, np.ones((1, 1)))]
    [[[5.0]], [[0.0], [0.0]], [[0.5], [0.5]]]
    """
    q, k, v, mask = aligned(q, k, v, mask)
    log_sum_exp, output_gradient = finite(log_sum_exp), np.asarray(output_gradient)
    row_dot = (output_gradient * output).sum(axis=-1)
    gradients = tuple(np.zeros(x.shape, x.dtype) for x in (q, k, v))
    for head, rows, tiles in walk(q, k, mask, is_causal, block_q, block_k):
        given = (x[head][rows] for x in (q, log_sum_exp, output_gradient, row_dot))
        q_gradient, k_gradient, v_gradient = (x[head] for x in gradients)
        add_gradients(*given, k[head], v[head], tiles, q_gradient[rows], k_gradient, v_gradient)
    return gradients


def add_gradients(q, log_sum_exp, output_gradient, row_dot, k, v, tiles, q_gradient, k_gradient, v_gradient):
    """Add to the three gradients, in place, what one block of queries contributes.

    q: (block_q, d)   log_sum_exp, row_dot: (block_q,)   output_gradient: (block_q, e)   k: (k, d)   v: (k, e)
    """
    scale = q.dtype.type(1 / np.sqrt(q.shape[-1]))
    for columns, mask in tiles:
        scores = q @ k[columns].T * scale
        if mask is not None:
            np.copyto(scores, -np.inf, where=~mask)
        weights = np.exp(scores - log_sum_exp[:, None])
        slopes = output_gradient @ v[columns].T
        score_gradient = weights * (slopes - row_dot[:, None]) * scale
        q_gradient += score_gradient @ k[columns]
        k_gradient[columns] += score_gradient.T @ q
        v_gradient[columns] += weights.T @ output_gradient


def visited_tiles(num_queries, num_keys, block_q, block_k):
    """Return which tiles a causal walk visits: those with at least one key that one of its queries may see.

    ->  booleans (blocks of queries, blocks of keys), True means visited

    Aligned bottom-right: query i sees the keys up to i + num_keys - num_queries.
    Raises ValueError if a block is smaller than 1.

    >>> visited_tiles(6, 6, 3, 2).astype(int).tolist()
    [[1, 1, 0], [1, 1, 1]]
    """
    last_seen = np.array([rows.stop - 1 for rows in blocks(num_queries, block_q)]) + num_keys - num_queries
    first_key = np.array([columns.start for columns in blocks(num_keys, block_k)])
    return first_key <= last_seen[:, None]


def walk(q, k, mask, is_causal, block_q, block_k):
    """Yield for every head and every block of queries its place, (head, rows), and the tiles it has to visit."""
    for head in np.ndindex(q.shape[:-2]):
        for rows in blocks(q.shape[-2], block_q):
            hidden = None if mask is None else mask[head][rows]
            yield head, rows, visible_tiles(rows, k.shape[-2], k.shape[-2] - q.shape[-2], hidden, is_causal, block_k)


def visible_tiles(rows, num_keys, offset, mask, is_causal, block_k):
    """Yield the tiles of a block of queries in which somebody may attend, as (columns, mask of the tile or None).

    rows: a slice of the queries   offset: query i sees keys up to i + offset   mask: (block_q, k) or None

    The causal walk ends with the last key that the last query sees; only tiles on the diagonal need a mask for it.
    """
    stop = min(rows.stop + offset, num_keys) if is_causal else num_keys
    for columns in blocks(stop, block_k):
        tile = None if mask is None else mask[:, columns]
        if is_causal and columns.stop > rows.start + offset + 1:
            past = np.arange(columns.start, columns.stop) <= np.arange(rows.start, rows.stop)[:, None] + offset
            tile = past if tile is None else past & tile
        if tile is None or tile.any():
            yield columns, tile


def blocks(length, size):
    """Yield slices of `size` that cover a length, the last one shorter where it has to be.

    Raises ValueError if the size is smaller than 1.

    >>> [(block.start, block.stop) for block in blocks(5, 2)]
    [(0, 2), (2, 4), (4, 5)]
    """
    if size < 1:
        raise ValueError(f"a block must hold at least 1 query or key, got {size}")
    for start in range(0, length, size):
        yield slice(start, min(start + size, length))


def finite(maximum):
    """Return the maxima with 0 in place of -inf, so that they can be subtracted from scores of -inf.

    >>> finite(np.array([-np.inf, 2.0])).tolist()
    [0.0, 2.0]
    """
    return np.where(np.isneginf(maximum), 0.0, maximum)


def aligned(q, k, v, mask):
    """Return q, k, v in one float type and with the same leading axes, and the mask over them: all views, no copies.

    Raises ValueError if the widths of queries and keys or the numbers of keys and values differ, if leading axes or
    the mask do not broadcast, or if the mask is not boolean.
    """
    q, k, v = np.asarray(q), np.asarray(k), np.asarray(v)
    if q.shape[-1] != k.shape[-1]:
        raise ValueError(f"queries and keys must have the same width d, got {q.shape[-1]} and {k.shape[-1]}")
    if k.shape[-2] != v.shape[-2]:
        raise ValueError(f"each key needs one value, got {k.shape[-2]} keys and {v.shape[-2]} values")
    dtype = np.float32 if all(x.dtype == np.float32 for x in (q, k, v)) else np.float64
    lead = np.broadcast_shapes(q.shape[:-2], k.shape[:-2], v.shape[:-2])
    q, k, v = (np.broadcast_to(x.astype(dtype, copy=False), (*lead, *x.shape[-2:])) for x in (q, k, v))
    if mask is not None:
        mask = np.broadcast_to(as_mask(mask), (*lead, q.shape[-2], k.shape[-2]))
    return q, k, v, mask

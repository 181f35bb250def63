"""Chapter 7. Positions: how does it know the order?"""

import numpy as np

EDGE = 1e-9  # a distance exactly on the edge of two buckets must not fall into the nearer one by rounding


def sinusoidal_positions(num_positions, d_model):
    """Return one code a position: sines in the even columns, cosines in the odd ones, each pair slower than the last.

    ->  (num_positions, d_model); column 2i is sin(p / 10000**(2i / d_model)), column 2i + 1 the cosine of that angle

    Position 0 comes first. A pair of columns shares one frequency, so that every row has the length sqrt(d_model / 2).
    Source: Vaswani et al., 2017, section 3.5.
    Raises ValueError if `d_model` is odd.

    >>> sinusoidal_positions(2, 4).round(2).tolist()
    [[0.0, 1.0, 0.0, 1.0], [0.84, 0.54, 0.01, 1.0]]
    """
    angles = np.arange(num_positions)[:, None] * pair_frequencies(d_model)
    codes = np.empty((num_positions, d_model))
    codes[:, 0::2] = np.sin(angles)
    codes[:, 1::2] = np.cos(angles)
    return codes


def rotate(x, positions, base=10000.0):
    """Return each token turned by its position: neighbouring columns (2i, 2i + 1) by positions * base**(-2i / d).

    x: (..., n, d)   positions: numbers that broadcast to (..., n), in radians of the first pair  ->  (..., n, d)

    Neighbours turn together, counter-clockwise. Some models pair column i with column i + d / 2 instead: a matter of
    order, but their weights do not fit this one. Queries and keys are turned, values are not.
    Source: Su et al., 2021, RoFormer, equations 13 to 15 and 34.
    Raises ValueError if d is odd, or the positions do not fit the tokens.

    >>> (rotate([[1.0, 0.0], [0.0, 1.0]], [np.pi / 2, np.pi / 2]).round(6) + 0.0).tolist()
    [[0.0, 1.0], [-1.0, 0.0]]
    """
    x, positions = np.asarray(x, dtype=float), np.asarray(positions, dtype=float)
    if not _fits(positions.shape, x.shape[:-1]):
        raise ValueError(f"positions of shape {positions.shape} do not fit tokens of shape {x.shape[:-1]}")
    angles = positions[..., None] * pair_frequencies(x.shape[-1], base)
    cos, sin = np.cos(angles), np.sin(angles)
    even, odd = x[..., 0::2], x[..., 1::2]
    turned = np.empty_like(x)
    turned[..., 0::2] = even * cos - odd * sin
    turned[..., 1::2] = even * sin + odd * cos
    return turned


def pair_frequencies(d, base=10000.0):
    """Return how fast each pair of columns turns, in radians a position: base**(-2i / d) for pair i.

    ->  (d / 2,), from 1 down to nearly 1 / base

    Raises ValueError if d is odd, for then a column has no partner.

    >>> pair_frequencies(4).tolist()
    [1.0, 0.01]
    """
    if d % 2:
        raise ValueError(f"columns come in pairs, so the width must be even, got {d}; {d + 1} would do")
    return base ** (-np.arange(0, d, 2) / d)


def alibi_slopes(num_heads):
    """Return how fast each head's interest falls with distance: 2**(-8h / num_heads) for h = 1, 2, ..., num_heads.

    ->  (h,), the steepest first

    Source: Press et al., 2022, section 3. Where num_heads is no power of 2 their published code interpolates instead.

    >>> alibi_slopes(4).tolist()
    [0.25, 0.0625, 0.015625, 0.00390625]
    """
    return 2.0 ** (-8.0 * np.arange(1, num_heads + 1) / num_heads)


def alibi_bias(num_heads, num_queries, num_keys):
    """Return what ALiBi adds to the scores: minus the distance from query to key, times the head's slope.

    ->  (h, q, k), 0 at a query's own position and negative elsewhere

    The distance has no sign, so both directions are treated alike; under a causal mask this is the paper's bias.
    The queries are the last `num_queries` positions.
    Source: Press et al., 2022, section 3.

    >>> alibi_bias(8, 1, 3).tolist()[0]
    [[-1.0, -0.5, 0.0]]
    """
    return alibi_slopes(num_heads)[:, None, None] * -np.abs(relative_positions(num_queries, num_keys))


def relative_buckets(num_queries, num_keys, num_buckets, max_distance):
    """Return in which bucket of distance each key lies from each query: the near ones alone, the far ones in company.

    ->  (q, k) integers from 0 to num_buckets - 1

    The lower half of the buckets is for keys at the query or before it, the upper half for keys after it. In each half,
    of n buckets, the distances below n // 2 have a bucket each; the other buckets grow as powers do, up to
    `max_distance`, and the last takes all that lies beyond. The queries are the last `num_queries` positions.
    Source: Raffel et al., 2020, section 2.1, and its published code (the bidirectional case).
    Raises ValueError if there are too few buckets, or `max_distance` does not lie beyond those that stand alone.

    >>> relative_buckets(1, 8, num_buckets=8, max_distance=16).tolist()
    [[3, 3, 2, 2, 2, 2, 1, 0]]
    """
    half, alone = num_buckets // 2, num_buckets // 4
    if num_buckets % 2 or alone < 1 or max_distance <= alone:
        raise ValueError(
            f"needed are an even num_buckets of at least 4 and a max_distance above num_buckets // 4, "
            f"got {num_buckets} and {max_distance}"
        )
    offset = relative_positions(num_queries, num_keys)
    distance = np.abs(offset)
    share = np.log(np.maximum(distance, alone) / alone) / np.log(max_distance / alone)
    far = alone + np.floor(share * (half - alone) + EDGE).astype(int)
    bucket = np.where(distance < alone, distance, np.minimum(far, half - 1))
    return bucket + half * (offset > 0)


def causal_buckets(num_queries, num_keys, num_buckets, max_distance):
    """Return in which bucket of distance each key lies, where no query may look ahead: all buckets are for the past.

    ->  (q, k) integers from 0 to num_buckets - 1

    As in the lower half of `relative_buckets`, but with twice as many. Keys after the query fall into bucket 0 with the
    query's own; the causal mask hides them. The queries are the last `num_queries` positions.
    Source: Raffel et al., 2020, section 2.1, and its published code (the decoder).
    Raises ValueError if there are too few buckets, or `max_distance` does not lie beyond those that stand alone.

    >>> causal_buckets(1, 8, num_buckets=4, max_distance=16).tolist()
    [[3, 3, 2, 2, 2, 2, 1, 0]]
    """
    if num_buckets < 2 or max_distance <= num_buckets // 2:
        raise ValueError(
            f"needed are a num_buckets of at least 2 and a max_distance above num_buckets // 2, "
            f"got {num_buckets} and {max_distance}"
        )
    both_ways = relative_buckets(num_queries, num_keys, 2 * num_buckets, max_distance)
    return np.where(both_ways < num_buckets, both_ways, 0)


def relative_positions(num_queries, num_keys):
    """Return the position of each key as its query sees it: negative before, 0 at, positive after.

    ->  (q, k) integers; the queries are the last `num_queries` positions

    >>> relative_positions(2, 3).tolist()
    [[-1, 0, 1], [-2, -1, 0]]
    """
    return np.arange(num_keys) - (np.arange(num_queries)[:, None] + num_keys - num_queries)


def _fits(shape, target):
    try:
        return np.broadcast_shapes(shape, target) == target
    except ValueError:
        return False

"""Chapter 1. Similarity: how alike are two vectors?"""

import numpy as np


def dot(a, b):
    """Return the dot product of `a` and `b`, the sum of the products of their entries.

    a: (..., d)   b: (..., d)  ->  (...)

    Raises ValueError if the widths d differ.
    Source: Strang, Introduction to Linear Algebra, section 1.2.

    >>> float(dot([1, 2, 3], [4, 5, 6]))
    32.0
    """
    a, b = as_vectors(a, b)
    return np.sum(a * b, axis=-1)


def norm(a):
    """Return the length of `a`, the square root of its dot product with itself.

    a: (..., d)  ->  (...)

    The largest entry is taken out first, so that no square underflows or overflows.

    >>> float(norm([3, 4])), float(norm([3e-200, 4e-200]))
    (5.0, 5e-200)
    """
    a, _ = as_vectors(a, a)
    largest = largest_entry(a)
    scaled = divided(a, largest)
    return largest[..., 0] * np.sqrt(dot(scaled, scaled))


def cosine(a, b):
    """Return the cosine of the angle between `a` and `b`: 1 same direction, 0 at right angles, -1 opposite.

    a: (..., d)   b: (..., d)  ->  (...)

    A vector of zeros has no direction; its cosine with anything is 0 here. Other vectors may be as short or as long as
    floats allow.
    Raises ValueError if the widths d differ.
    Source: Strang, Introduction to Linear Algebra, section 1.2.

    >>> float(cosine([3, 0], [5, 5]).round(4))
    0.7071
    """
    a, b = as_vectors(a, b)
    return dot(unit(a), unit(b))


def unit(a):
    """Return `a` scaled to length 1; a vector of zeros stays zeros.

    a: (..., d)  ->  (..., d)

    >>> unit([3, 4]).tolist()
    [0.6, 0.8]
    """
    a, _ = as_vectors(a, a)
    a = divided(a, largest_entry(a))
    return divided(a, norm(a)[..., None])


def shadow(a, b):
    """Return the shadow of `a` on the line of `b`: the multiple of `b` that lies nearest to `a`.

    a: (..., d)   b: (..., d)  ->  (..., d)

    What is left, `a` minus its shadow, stands at right angles to `b`. On a vector of zeros the shadow is zeros.
    Raises ValueError if the widths d differ.
    Source: Strang, Introduction to Linear Algebra, section 4.2.

    >>> shadow([3, 4], [2, 0]).tolist()
    [3.0, 0.0]
    """
    a, b = as_vectors(a, b)
    direction = unit(b)
    return dot(a, direction)[..., None] * direction


def pairwise_dot(a, b):
    """Return the dot product of every row of `a` with every row of `b`.

    a: (..., q, d)   b: (..., k, d)  ->  (..., q, k)

    Raises ValueError if the widths d differ.

    >>> pairwise_dot([[1, 0], [0, 1]], [[2, 3], [4, 5], [6, 7]]).tolist()
    [[2.0, 4.0, 6.0], [3.0, 5.0, 7.0]]
    """
    a, b = as_vectors(a, b)
    return a @ np.swapaxes(b, -1, -2)


def pairwise_cosine(a, b):
    """Return the cosine of every row of `a` with every row of `b`.

    a: (..., q, d)   b: (..., k, d)  ->  (..., q, k)

    >>> pairwise_cosine([[3, 0]], [[1, 0], [0, 2], [-4, 0]]).tolist()
    [[1.0, 0.0, -1.0]]
    """
    a, b = as_vectors(a, b)
    return pairwise_dot(unit(a), unit(b))


def nearest(query, vectors, count):
    """Return the positions of the `count` rows of `vectors` whose cosine with `query` is largest, best first.

    query: (d,)   vectors: (n, d)  ->  (count,) integers

    Equal cosines keep the order of the rows.
    Raises ValueError if there are fewer than `count` rows.

    >>> nearest([1, 0], [[0, 1], [5, 1], [2, 0]], 2).tolist()
    [2, 1]
    """
    query, vectors = as_vectors(query, vectors)
    if count > len(vectors):
        raise ValueError(f"count ({count}) must be at most the number of vectors ({len(vectors)})")
    return np.argsort(-cosine(query, vectors), kind="stable")[:count]


def largest_entry(a):
    """Return the size of the largest entry of each vector, as a column; 0 for a vector without entries.

    a: (..., d)  ->  (..., 1)

    >>> largest_entry(np.array([[3.0, -4.0]])).tolist()
    [[4.0]]
    """
    return np.abs(a).max(axis=-1, keepdims=True, initial=0.0)


def divided(a, by):
    """Return `a` divided by positive numbers; zeros where they are 0.

    a: (..., d)   by: (..., 1)  ->  (..., d)

    >>> divided(np.array([3.0, 4.0]), np.array([2.0])).tolist()
    [1.5, 2.0]
    """
    return np.divide(a, by, out=np.zeros_like(a), where=by > 0)


def as_vectors(a, b):
    """Return `a` and `b` as float arrays, after checking that their last axes agree.

    Raises ValueError if one of them is a single number or the widths differ.

    >>> [x.shape for x in as_vectors([1, 2], [[3, 4]])]
    [(2,), (1, 2)]
    """
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    if a.ndim == 0 or b.ndim == 0:
        raise ValueError(f"a vector needs at least one axis, got shapes {a.shape} and {b.shape}")
    if a.shape[-1] != b.shape[-1]:
        raise ValueError(f"vectors must have the same width d, got {a.shape[-1]} and {b.shape[-1]}")
    return a, b

"""Chapter 17. Quantisation: numbers on a grid of few values, stored as small integers, the codes.

A number is scale * (code - zero_point). A symmetric grid has zero_point 0 and codes of both signs; an affine one lays
its codes, from 0 upwards, over the range that the numbers fill.
"""

import numpy as np


def affine_grid(x, num_bits=8):
    """Return (scale, zero_point) of the grid of 2**num_bits codes, from 0 upwards, that spans x and 0.

    x: any shape, at least one number   scale: above 0   zero_point: the code of 0.0, an integer

    The range is stretched to hold 0, so that padding, a silent neuron or a mask costs no error; where all numbers are
    0 any scale would do, and it is 1. Raises ValueError if x is empty, or num_bits below 1.
    Source: Jacob et al., 2018, section 2.1 and eq. 1.

    >>> affine_grid([-1.0, 0.0, 0.6, 2.0], num_bits=2)
    (1.0, 1)
    """
    x = np.asarray(x, dtype=float)
    if x.size == 0 or num_bits < 1:
        raise ValueError(f"a grid needs numbers and a bit at least, got {x.size} numbers and num_bits {num_bits}")
    low, high = min(x.min(), 0.0), max(x.max(), 0.0)
    scale = (high - low) / (2**num_bits - 1)
    if scale == 0:
        return 1.0, 0
    return float(scale), int(np.rint(-low / scale))


def largest_code(num_bits):
    """Return the largest code of a symmetric grid, whose codes run from minus this to this: 127 for 8 bits.

    One pattern of bits, -128, stays unused, so that -x always has a code if x has one. Raises ValueError below 2 bits.

    >>> largest_code(8), largest_code(2)
    (127, 1)
    """
    if num_bits < 2:
        raise ValueError(f"a symmetric grid needs 2 bits at least, a sign and a size; got {num_bits}")
    return 2 ** (num_bits - 1) - 1


def tensor_scale(w, num_bits=8):
    """Return the one scale of a symmetric grid that reaches the largest size in w; 1 if all are 0.

    >>> tensor_scale([[-254.0, 3.0]])
    2.0
    """
    return float(_fit(np.abs(np.asarray(w, dtype=float)).max(), num_bits))


def channel_scales(w, num_bits=8):
    """Return one scale for each row of w, that is for each number a layer puts out: (out, in) -> (out, 1)

    Each row's symmetric grid reaches its own largest size; the scale of a row of zeros is 1. (PyTorch stores the
    matrix of a linear layer as (out, in), the book's formulas as (in, out).)
    Source: Krishnamoorthi, 2018, section 2.

    >>> channel_scales([[-254.0, 3.0], [0.0, 63.5]]).tolist()
    [[2.0], [0.5]]
    """
    return _fit(np.abs(np.asarray(w, dtype=float)).max(axis=1, keepdims=True), num_bits)


def quantise(x, scale, zero_point, lowest, highest):
    """Return the codes of x, integers from `lowest` to `highest`: the nearest on the grid, clipped at its ends.

    x: any shape   scale: a number, or an array that broadcasts to x   zero_point: the code of 0.0   ->  as x

    Halves go to the even neighbour, as in NumPy and PyTorch. Raises ValueError if a scale is not above 0.
    Source: Jacob et al., 2018, section 3; Krishnamoorthi, 2018, section 2.

    >>> quantise([-1.0, 0.0, 0.6, 2.0, 9.0], 1.0, 1, 0, 3).tolist()
    [0, 1, 2, 3, 3]
    """
    if np.any(np.asarray(scale) <= 0):
        raise ValueError(f"every scale must be above 0, the smallest is {np.min(scale)}")
    codes = np.rint(np.asarray(x, dtype=float) / scale) + zero_point
    return np.clip(codes, lowest, highest).astype(int)


def dequantise(codes, scale, zero_point=0):
    """Return the numbers that codes stand for, scale * (code - zero_point).

    >>> dequantise([0, 1, 2, 3], 1.0, 1).tolist()
    [-1.0, 0.0, 1.0, 2.0]
    """
    return scale * (np.asarray(codes) - zero_point)


def quantised_linear(x_codes, x_scale, x_zero_point, w_codes, w_scales):
    """Return what a linear layer makes of quantised numbers, all products among integers.

    x_codes: (n, in), an affine grid   w_codes: (out, in), symmetric   w_scales: (out, 1), one a row  ->  (n, out)

    sum_c s_x (x_c - z) s_w w_c = s_x s_w (sum_c x_c w_c - z sum_c w_c): integers inside, two scales outside.
    Codes may come as int8 or uint8, which could not hold a sum: it is taken in int64.
    Source: Jacob et al., 2018, sections 2.2 and 2.3.

    >>> quantised_linear(np.uint8([[3, 0]]), 0.5, 1, np.int8([[100, 20], [1, 1]]), np.array([[0.1], [2.0]])).tolist()
    [[9.0, 1.0]]
    """
    centred = np.asarray(x_codes).astype(np.int64) - x_zero_point
    sums = centred @ np.asarray(w_codes).T  # (n, out), exact
    return x_scale * np.asarray(w_scales).T * sums


def _fit(largest, num_bits):
    """Return the scale at which the largest code stands for the largest size."""
    return np.where(largest == 0, 1.0, largest / largest_code(num_bits))

"""Comparing answers: type, then dtype, shape, finiteness, then values."""

import numpy as np

KINDS = {"b": "booleans", "i": "integers", "u": "integers", "f": "floats", "c": "complex numbers"}


def fault(expected, value, rtol, atol):
    """Return what is first wrong with `value`: "type", "dtype", "shape", "nan", "value"; or None if it is right.

    An answer in parts, a dict of them, is as wrong as its first wrong part.
    """
    if isinstance(expected, dict):
        part = wrong_part(expected, value, rtol, atol)
        return part and fault(expected[part], value[part], rtol, atol)
    if not acceptable_type(expected, value):
        return "type"
    expected, value = np.asarray(expected), np.asarray(value)
    if kind(value) != kind(expected):
        return "dtype"
    if value.shape != expected.shape:
        return "shape"
    if kind(expected) == "floats" and not np.array_equal(np.isfinite(value), np.isfinite(expected)):
        return "nan"
    return None if close(value, expected, rtol, atol) else "value"


def wrong_part(expected, value, rtol, atol):
    """Return the name of the first part of an answer that is wrong, or None."""
    return next((part for part in expected if fault(expected[part], value[part], rtol, atol)), None)


def finite(value):
    """Return whether every number of an answer, in all its parts, is finite."""
    parts = value.values() if isinstance(value, dict) else [value]
    return all(bool(np.all(np.isfinite(np.asarray(part, dtype=float)))) for part in parts)


def acceptable_type(expected, value):
    """Return whether `value` is a NumPy array or a number, as `expected` is; a number may be a 0-d array."""
    if isinstance(value, np.ndarray):
        return value.dtype.kind in KINDS and (value.ndim > 0 or np.ndim(expected) == 0)
    is_number = isinstance(value, (bool, int, float, np.generic)) and np.asarray(value).dtype.kind in KINDS
    return is_number and np.ndim(expected) == 0


def kind(value):
    """Return the kind of numbers in words, all integer types being one."""
    return KINDS[np.asarray(value).dtype.kind]


def close(a, b, rtol, atol):
    """Return whether two arrays of one shape agree within the tolerance; NaN and infinities agree with themselves."""
    if np.asarray(b).dtype.kind == "b":
        return bool(np.array_equal(a, b))
    with np.errstate(all="ignore"):
        return bool(np.allclose(a, b, rtol=rtol, atol=atol, equal_nan=True))


def same_outcome(a, b, rtol, atol):
    """Return whether two outcomes cannot be told apart: the same exception type, or the same numbers.

    What a function does to its input is reported apart.
    """
    if a.error is not None or b.error is not None:
        return type(a.error) is type(b.error)
    return same_value(a.value, b.value, rtol, atol)


def same_value(a, b, rtol, atol):
    """Return whether two answers cannot be told apart, part by part where they have parts."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same_value(a[part], b[part], rtol, atol) for part in a)
    if not acceptable_type(a, a) or not acceptable_type(b, b):
        return a is b
    return fault(b, a, rtol, atol) is None

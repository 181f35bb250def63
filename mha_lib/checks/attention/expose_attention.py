"""Exercise expose_attention: kill the mutants."""

import numpy as np

from mha_lib.checks.attention.attention import EXERCISE as ATTENTION
from mha_lib.diagnosis.exposure import Exposure, misses


def expose_attention():
    """Return queries, keys and values on which every broken version differs from attention."""
    q = np.array([[2.0, -1.0], [0.5, 3.0], [-1.0, 1.0]])
    k = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [2.0, -1.0], [-1.0, 0.5]])
    v = np.array([[1.0, 2.0], [3.0, 5.0], [8.0, -13.0], [21.0, 34.0], [-55.0, 0.0]])
    return q, k, v


def expose_attention_batched():
    """Return the same with a batch axis."""
    return tuple(x[None] for x in expose_attention())


def _one_dimensional():
    return np.array([[2.0], [0.5]]), np.array([[1.0], [3.0], [-2.0]]), np.array([[1.0], [2.0], [5.0]])


def _as_many_keys_as_the_width():
    q, k, v = expose_attention()
    return q, k[:2], v[:2]


def _keys_are_values():
    q, k, _ = expose_attention()
    return q, k, k


def _zero_queries():
    q, k, v = expose_attention()
    return np.zeros_like(q), k, v


EXERCISE = Exposure(
    reference=expose_attention,
    target=ATTENTION,
    mistakes=(
        misses("no scale", "At which width is the root of d equal to 1?", _one_dimensional),
        misses("divides by d, not its root", "At which width is d its own root?", _one_dimensional),
        misses(
            "scales by the number of keys", "When are d and the number of keys the same?", _as_many_keys_as_the_width
        ),
        misses("averages the keys", "When do keys and values not differ?", _keys_are_values),
        misses("every key weighs the same", "Which query makes every score equal?", _zero_queries),
        misses(
            "softmax over everything",
            "With how many queries is everything one row?",
            lambda: tuple(x[:1] for x in expose_attention()[:1]) + expose_attention()[1:],
        ),
    ),
    hints=(
        "A broken version survives where its mistake makes no difference. Where does dividing by 1 make none?",
        "Choose the width, the number of queries, the number of keys and the width of the values all different.",
        "Three queries and five keys of width 2, values that are not the keys, nothing zero and nothing symmetric.",
    ),
    equivalents=(expose_attention_batched,),
    returns="a tuple (q, k, v)",
)

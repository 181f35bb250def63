"""Exercise expose_shard_heads: an input that shows."""

import numpy as np

from mha_lib.checks.parallel.shard_heads import EXERCISE as SHARD_HEADS
from mha_lib.diagnosis.exposure import Exposure, misses


def expose_shard_heads():
    """Return an input on which every broken version differs: more heads than processes, no two rows alike."""
    return np.arange(72.0).reshape(24, 3), 4, 2


def expose_with_biases():
    """Return another: one number a row."""
    return np.arange(36.0) ** 2, 6, 3


def _alone():
    return expose_shard_heads()[0], 4, 1


def _a_head_each():
    return expose_shard_heads()[0], 4, 4


def _rows_alike():
    return np.ones((24, 3)), 4, 2


EXERCISE = Exposure(
    reference=expose_shard_heads,
    target=SHARD_HEADS,
    mistakes=(
        misses("cuts the packed rows, not the heads", "With how many processes is there nothing to cut?", _alone),
        misses("deals the heads like cards", "When does each process get one card?", _a_head_each),
        misses("deals the rows like cards", "When does it not matter which rows one gets?", _rows_alike),
        misses("gives everybody the same heads", "When are all heads the same?", _rows_alike),
        misses("one head each", "When is one head each right?", _a_head_each),
        misses(
            "packs q, k and v of a head together",
            "How many heads must a process own for their order to matter?",
            _a_head_each,
        ),
    ),
    hints=(
        "Each broken version is right on some inputs. Find out on which, and stay away from all of them.",
        "You need at least 2 processes, at least 2 heads for each, and rows that can be told apart.",
        "np.arange of a multiple of 12, with 4 heads and 2 processes.",
    ),
    equivalents=(expose_with_biases,),
    returns="a tuple (packed, num_heads, num_processes)",
)

"""Exercise expose_online_softmax: the input that exposes them all."""

import numpy as np

from mha_lib.checks.cost.attention_in_tiles import EXERCISE as ATTENTION_IN_TILES
from mha_lib.diagnosis.exposure import Exposure, misses


def expose_online_softmax():
    """Return an input on which every broken version differs: a rising maximum, three tiles, a tail, low scores."""
    q = np.array([[1.0], [1000.0]])
    k = np.array([[-203.0], [-202.0], [-201.5], [-201.0], [-200.0]])
    v = np.array([[1.0, 2.0], [3.0, 5.0], [8.0, -13.0], [21.0, 34.0], [-55.0, 0.0]])
    return q, k, v, 2


def expose_with_a_batch():
    """Return the same with a batch axis."""
    q, k, v, block_k = expose_online_softmax()
    return q[None], k[None], v[None], block_k


def _highest_first():
    q, k, v, block_k = expose_online_softmax()
    return q, k[::-1].copy(), v, block_k


def _constant_values():
    q, k, v, block_k = expose_online_softmax()
    return q, k, np.ones_like(v), block_k


def _one_tile():
    q, k, v, _ = expose_online_softmax()
    return q, k, v, 5


def _even_tiles():
    q, k, v, _ = expose_online_softmax()
    return q, k[:4], v[:4], 2


def _small_scores():
    q, k, v, block_k = expose_online_softmax()
    return q[:1], k + 200.0, v, block_k


def _scores_of_a_thousand():
    q, k, v, block_k = expose_online_softmax()
    return q / 200.0, k, v, block_k


EXERCISE = Exposure(
    reference=expose_online_softmax,
    target=ATTENTION_IN_TILES,
    mistakes=(
        misses("accumulator not rescaled", "When does the maximum never rise?", _highest_first),
        misses("normaliser not rescaled", "When does the maximum never rise?", _highest_first),
        misses("nothing rescaled", "Which values make every average the same?", _constant_values),
        misses("divides by the normaliser in every tile", "With how many tiles does it not matter?", _one_tile),
        misses("ragged tail dropped", "When is there no ragged tile?", _even_tiles),
        misses("maximum starts at 0", "How far below 0 must a row lie for exp to give 0?", _small_scores),
        misses("maximum starts at -50000", "How far below -50000 does a row have to lie?", _scores_of_a_thousand),
    ),
    hints=(
        "Each broken version is right on some inputs. Find out on which, and stay away from all of them.",
        "You need at least two tiles and a ragged one, a maximum that rises, values that differ, and one very low row.",
        "Keys of width 1 in rising order, five of them in tiles of 2; one query of 1 and one of 1000, keys near -200.",
    ),
    equivalents=(expose_with_a_batch,),
    returns="a tuple (q, k, v, block_k)",
)

"""Exercise expose_sharing: an input that sees."""

import numpy as np

from mha_lib.checks.variants.grouped_attention import EXERCISE as GROUPED_ATTENTION
from mha_lib.diagnosis.exposure import Exposure, misses


def expose_sharing():
    """Return an input on which every broken version differs: 4 heads over 2, all different, and a mask."""
    q = np.array([[[1.0, 0.0]], [[0.0, 2.0]], [[-1.0, 1.0]], [[2.0, 1.0]]])
    k = np.array([[[1.0, 0.0], [0.0, 1.0], [2.0, -1.0]], [[-1.0, 2.0], [1.0, 1.0], [0.0, 3.0]]])
    v = np.array([[[1.0], [2.0], [4.0]], [[-8.0], [16.0], [32.0]]])
    return q, k, v, np.array([[True, True, False]])


def expose_with_a_batch():
    """Return the same with a batch axis."""
    q, k, v, mask = expose_sharing()
    return q[None], k[None], v[None], mask


def _one_for_all():
    q, k, v, mask = expose_sharing()
    return q, k[:1], v[:1], mask


def _one_each():
    q, k, v, mask = expose_sharing()
    return q[:2], k, v, mask


def _same_keys():
    q, k, v, mask = expose_sharing()
    return q, np.stack([k[0], k[0]]), v, mask


def _same_values():
    q, k, v, mask = expose_sharing()
    return q, k, np.stack([v[0], v[0]]), mask


def _alone():
    q, k, v, mask = expose_sharing()
    return q[:1], k[:1], v[:1], mask


def _no_mask():
    return expose_sharing()[:3]


EXERCISE = Exposure(
    reference=expose_sharing,
    target=GROUPED_ATTENTION,
    mistakes=(
        misses(
            "deals the heads out in turn", "With how many heads of keys is dealing the same as grouping?", _one_for_all
        ),
        misses("deals out the keys, groups the values", "When does it not matter whose keys are read?", _same_keys),
        misses("groups the keys, deals out the values", "When does it not matter whose values are read?", _same_values),
        misses("all heads read the first", "With how many heads of keys is the first the right one?", _one_for_all),
        misses("averages the heads of keys and values", "When is a mean of heads the head itself?", _one_for_all),
        misses("averages the queries of a group", "When is a group as small as it can be?", _one_each),
        misses("scales by the root of all heads' width", "How many heads must there be for a wrong root?", _alone),
        misses("ignores the mask", "Does your input have a mask that hides something?", _no_mask),
    ),
    hints=(
        "Each broken version is right on some inputs. Find out on which, and stay away from all of them.",
        "More than one head of keys, fewer than heads of queries, no two heads alike, and a mask that hides a key.",
        "q of shape (4, 1, 2), k and v of shape (2, 3, 2) and (2, 3, 1), numbers all different, and a mask (1, 3).",
    ),
    equivalents=(expose_with_a_batch,),
    returns="a tuple (q, k, v, mask)",
)

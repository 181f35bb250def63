"""Exercise pool_heads: pool the heads."""

import numpy as np

from mha_lib.checks.variants.shared import ONE_OWNER
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe
from mha_lib.variants.grouped import pool_heads

WHO_SHARES = "Which heads will share one head of keys: neighbours, or those some places apart?"
MEAN = "If all heads of a group were equal already, what should pooling leave you with?"


def pooled_in_groups(w, num_heads, num_kv_heads):
    """Return a projection whose heads are means of neighbouring ones."""
    repeats = num_heads // num_kv_heads
    d_head = w.shape[-1] // num_heads
    grouped = w.reshape(*w.shape[:-1], num_kv_heads, repeats, d_head)
    pooled = grouped.mean(axis=-2)
    return pooled.reshape(*w.shape[:-1], num_kv_heads * d_head)


def pooled_head_by_head(w, num_heads, num_kv_heads):
    """Return the same by a loop over the groups."""
    cut = np.split(w, num_heads, axis=-1)
    repeats = num_heads // num_kv_heads
    means = [sum(cut[j * repeats : (j + 1) * repeats]) / repeats for j in range(num_kv_heads)]
    return np.concatenate(means, axis=-1)


def pool_probes(rng):
    """Return projections: the worked example, nothing to pool, one for all, square, a bias, groups."""
    return [
        Probe("the worked example", (np.array([[1.0, 2.0, 3.0, 4.0, 10.0, 20.0, 30.0, 40.0]]), 4, 2)),
        Probe("3 heads into 3", (draw(rng, 5, 6), 3, 3)),
        Probe("4 heads into 1", (draw(rng, 3, 8), 4, 1)),
        Probe("a square projection, 4 heads into 2", (draw(rng, 8, 8), 4, 2)),
        Probe("a bias", (draw(rng, 12), 4, 2)),
        Probe("a batch of 1 projection", (draw(rng, 1, 5, 12), 6, 3)),
        Probe("6 heads of width 3 into 2", (draw(rng, 5, 18), 6, 2)),
    ]


GROUPED = "w.reshape(*w.shape[:-1], num_kv_heads, repeats, d_head)"


POOLED = "grouped.mean(axis=-2)"


EXERCISE = Exercise(
    reference=pool_heads,
    worked=pooled_in_groups,
    returns="the projection with fewer heads: (..., g * d)",
    probes=pool_probes,
    mistakes=(
        edit("adds the heads up", MEAN, (POOLED, "grouped.sum(axis=-2)")),
        edit("takes the first head of each group", MEAN, (POOLED, "grouped[..., 0, :]")),
        edit("divides by the number of all heads", MEAN, (POOLED, "grouped.sum(axis=-2) / num_heads")),
        edit(
            "pools heads that stand apart",
            WHO_SHARES,
            (GROUPED, "w.reshape(*w.shape[:-1], repeats, num_kv_heads, d_head)"),
            (POOLED, "grouped.mean(axis=-3)"),
        ),
        edit(
            "pools neighbouring columns",
            "Which columns are head 0? Must number 0 of a head meet number 1 of the same head?",
            (GROUPED, "w.reshape(*w.shape[:-1], num_kv_heads * d_head, repeats)"),
            (POOLED, "grouped.mean(axis=-1)"),
        ),
        edit(
            "interleaved heads",
            "Which columns belong to head 0: the first d, or every h-th?",
            (GROUPED, "w.reshape(*w.shape[:-1], d_head, num_kv_heads, repeats)"),
            (POOLED, "np.swapaxes(grouped.mean(axis=-1), -1, -2)"),
        ),
        edit(
            "one mean of all heads, for every group",
            ONE_OWNER,
            (POOLED, "np.repeat(grouped.mean(axis=(-3, -2))[..., None, :], num_kv_heads, axis=-2)"),
        ),
    ),
    equivalents=(pooled_head_by_head,),
    hints=(
        "Head i owns columns i * d to (i + 1) * d. Give groups, heads and numbers an axis each.",
        "reshape to (..., g, h / g, d): the middle axis counts the heads of a group.",
        "w.reshape(*w.shape[:-1], g, h // g, -1).mean(axis=-2), then the last two axes side by side again.",
    ),
)

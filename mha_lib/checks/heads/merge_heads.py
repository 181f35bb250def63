"""Exercise merge_heads: merge."""

import numpy as np

from mha_lib.checks.heads.shared import BESIDE, KEPT, NEIGHBOURS, ONE_EXAMPLE, merge_by_reshape, merge_interleaved
from mha_lib.diagnosis.broken import edit, rewrite
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe
from mha_lib.heads import arrays as library


def merge_heads(x):
    """Return the heads side by side, one row a token."""
    heads = np.swapaxes(x, -2, -3)
    *lead, n, num_heads, d_head = heads.shape
    return heads.reshape(*lead, n, num_heads * d_head)


def merge_by_concatenate(x):
    """Return the same: the heads, one after another, joined along the columns."""
    return np.concatenate([x[..., i, :, :] for i in range(x.shape[-3])], axis=-1)


def merge_by_filling(x):
    """Return the same: an empty array, each head written into its own columns."""
    *lead, num_heads, n, d_head = x.shape
    merged = np.zeros((*lead, n, num_heads * d_head))
    for i in range(num_heads):
        merged[..., i * d_head : (i + 1) * d_head] = x[..., i, :, :]
    return merged


def merge_probes(rng):
    """Return heads of the same variety."""
    worked = np.array([[[0.0, 1.0], [4.0, 5.0]], [[2.0, 3.0], [6.0, 7.0]]])
    return [
        Probe("the worked example", (worked,)),
        Probe("2 heads, 3 tokens, width 4", (draw(rng, 2, 3, 4),)),
        Probe("3 heads, 3 tokens, width 3", (draw(rng, 3, 3, 3),)),
        Probe("a single head", (draw(rng, 1, 4, 3),)),
        Probe("2 sentences, 2 heads, 2 tokens, width 2", (draw(rng, 2, 2, 2, 2),)),
        Probe("a batch of 1 sentence, 6 heads of width 1", (draw(rng, 1, 6, 5, 1),)),
        Probe("a batch of 2 sentences, 3 heads of width 4", (draw(rng, 2, 3, 5, 4),)),
    ]


EXERCISE = Exercise(
    reference=library.merge_heads,
    worked=merge_heads,
    returns="one row a token, its heads side by side: (..., n, h * d)",
    probes=merge_probes,
    mistakes=(
        rewrite("one reshape and no swap", BESIDE, merge_by_reshape),
        rewrite("heads interleaved", NEIGHBOURS, merge_interleaved),
        edit(
            "the heads averaged",
            "If heads are averaged, what was the use of having several?",
            ("heads.reshape(*lead, n, num_heads * d_head)", "heads.mean(axis=-2)"),
        ),
        edit(
            "the heads added",
            "After adding, can anybody tell which head said what?",
            ("heads.reshape(*lead, n, num_heads * d_head)", "heads.sum(axis=-2)"),
        ),
        edit(
            "the heads one below another",
            "How many tokens went in, and how many rows come out?",
            ("heads.reshape(*lead, n, num_heads * d_head)", "x.reshape(*lead, num_heads * n, d_head)"),
        ),
        edit(
            "swapped, but not joined",
            "The axes are in order. Which two should now be one?",
            ("heads.reshape(*lead, n, num_heads * d_head)", "heads"),
        ),
        edit(
            "the first head alone",
            "What became of the other heads?",
            ("heads.reshape(*lead, n, num_heads * d_head)", "heads[..., 0, :]"),
        ),
        edit(
            "squeezes an axis away",
            ONE_EXAMPLE,
            ("heads.reshape(*lead, n, num_heads * d_head)", "heads.reshape(*lead, n, num_heads * d_head).squeeze()"),
        ),
    ),
    equivalents=(merge_by_concatenate, merge_by_filling),
    hints=(
        "It undoes split_heads: the same two steps, backwards.",
        "First bring the heads of one token next to each other, then join them. Which axes must change places first?",
        "np.swapaxes(x, -2, -3).reshape(*lead, n, num_heads * d_head)",
    ),
    properties=(KEPT,),
)

"""Exercise split_heads: split."""

import numpy as np

from mha_lib.checks.heads.shared import FOLLOW, KEPT, NEIGHBOURS, ONE_EXAMPLE, split_interleaved
from mha_lib.diagnosis.broken import edit, rewrite
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.heads import arrays as library


def split_heads(x, num_heads):
    """Return the columns cut into heads, the head axis before the tokens."""
    *lead, n, d_model = x.shape
    heads = x.reshape(*lead, n, num_heads, d_model // num_heads)
    return np.swapaxes(heads, -2, -3)


def split_by_slices(x, num_heads):
    """Return the same: one slice of columns a head, stacked."""
    d_head = x.shape[-1] // num_heads
    return np.stack([x[..., i * d_head : (i + 1) * d_head] for i in range(num_heads)], axis=-3)


def split_by_np_split(x, num_heads):
    """Return the same: np.split cuts the columns, np.stack makes the axis."""
    return np.stack(np.split(x, num_heads, axis=-1), axis=x.ndim - 2)


def split_probes(rng):
    """Return tokens and a number of heads: ragged, every size alike so that slips are silent, batches, one of each."""
    return [
        Probe("the worked example", (np.arange(8.0).reshape(2, 4), 2)),
        Probe("3 tokens of width 8, 2 heads", (draw(rng, 3, 8), 2)),
        Probe("3 tokens of width 9, 3 heads", (draw(rng, 3, 9), 3)),
        Probe("a single head", (draw(rng, 4, 3), 1)),
        Probe("2 sentences of 2 tokens, 2 heads of width 2", (draw(rng, 2, 2, 4), 2)),
        Probe("a batch of 1 sentence, 6 heads of width 1", (draw(rng, 1, 5, 6), 6)),
        Probe("a batch of 2 sentences, 3 heads of width 4", (draw(rng, 2, 5, 12), 3)),
    ]


def first_columns_first(heads, x, num_heads):
    """Return whether head 0 of token 0 is the beginning of token 0."""
    width = x.shape[-1] // num_heads
    return np.array_equal(heads.reshape(-1)[:width], x.reshape(-1)[:width])


FIRST = Property("it begins with the first columns of token 0", first_columns_first)


CUT = "heads = x.reshape(*lead, n, num_heads, d_model // num_heads)"


EXERCISE = Exercise(
    reference=library.split_heads,
    worked=split_heads,
    returns="the heads, each with all tokens and its own columns: (..., h, n, d)",
    probes=split_probes,
    mistakes=(
        edit(
            "one reshape and no swap",
            FOLLOW,
            (CUT, "heads = x.reshape(*lead, num_heads, n, d_model // num_heads)"),
            ("np.swapaxes(heads, -2, -3)", "heads"),
        ),
        rewrite("heads interleaved", NEIGHBOURS, split_interleaved),
        edit(
            "the head axis left behind the tokens",
            "A product works on the last two axes. Which two should they be?",
            ("np.swapaxes(heads, -2, -3)", "heads"),
        ),
        edit(
            "the width taken for the number of heads",
            "How many heads are there, and how wide is each? Which of the two is num_heads?",
            ("num_heads, d_model // num_heads", "d_model // num_heads, num_heads"),
        ),
        edit(
            "tokens and columns swapped as well",
            "Your head axis is in place. What is a row within a head: a token, or a column?",
            ("np.swapaxes(heads, -2, -3)", "np.swapaxes(np.swapaxes(heads, -2, -3), -1, -2)"),
        ),
        edit(
            "all axes turned round",
            "What does .T do to three or four axes? Only two of them should change places.",
            ("np.swapaxes(heads, -2, -3)", "heads.T"),
        ),
        edit(
            "the heads before the batch",
            "Two sentences: does your first axis count sentences, or heads?",
            ("np.swapaxes(heads, -2, -3)", "np.moveaxis(heads, -2, 0)"),
        ),
        edit(
            "every head gets all the columns",
            "How many numbers went in, and how many come out? A head owns d of the columns.",
            ("np.swapaxes(heads, -2, -3)", "np.stack([x] * num_heads, axis=-3)"),
        ),
        edit(
            "squeezes an axis away",
            ONE_EXAMPLE,
            ("np.swapaxes(heads, -2, -3)", "np.swapaxes(heads, -2, -3).squeeze()"),
        ),
    ),
    equivalents=(split_by_slices, split_by_np_split),
    hints=(
        "Cut each token's row first, into h pieces. Only then think about the order of the axes.",
        "After x.reshape(..., n, num_heads, d) a token's pieces lie together. Which two axes must change places?",
        "np.swapaxes(x.reshape(*lead, n, num_heads, d_model // num_heads), -2, -3)",
    ),
    properties=(KEPT, FIRST),
)

"""Exercise keep_heads: keep heads."""

import numpy as np

from mha_lib.compression.pruning import keep_heads as library_keep_heads
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property

LAYOUT = "Write the packed rows of 2 heads of width 1 in a column: q0 q1 k0 k1 v0 v1. Which are head 1's?"


def keep_heads(w_qkv, num_heads, kept):
    """Return the rows of q, then of k, then of v, of the heads that stay."""
    d_head = len(w_qkv) // (3 * num_heads)
    apart = w_qkv.reshape(3, num_heads, d_head, -1)
    return apart[:, kept].reshape(3 * len(kept) * d_head, -1)


def keep_by_numbers(w_qkv, num_heads, kept):
    """Return the same by the numbers of the rows."""
    rows = np.arange(len(w_qkv)).reshape(3, num_heads, -1)[:, list(kept)]
    return w_qkv[rows.ravel()]


def keep_by_slices(w_qkv, num_heads, kept):
    """Return the same, block by block and slice by slice."""
    d = len(w_qkv) // 3 // num_heads
    return np.concatenate([part[head * d : (head + 1) * d] for part in np.split(w_qkv, 3) for head in kept])


def keep_probes(rng):
    """Return packed matrices: the worked example, ragged, square, one head of one."""
    return [
        Probe("the worked example", (np.array([[1.0], [2.0], [3.0], [4.0], [5.0], [6.0]]), 2, [1])),
        Probe("the one head of one", (draw(rng, 6, 4), 1, [0])),
        Probe("a square matrix of 3 heads", (draw(rng, 9, 9), 3, [0, 2])),
        Probe("3 of 4 heads of width 2", (draw(rng, 24, 5), 4, [0, 1, 3])),
        Probe("2 of 5 heads of width 3", (draw(rng, 45, 4), 5, [1, 4])),
    ]


def rows_of_the_matrix(rows, w_qkv, num_heads, kept):
    """Return whether every row returned is a row of the matrix."""
    given = {tuple(row) for row in w_qkv}
    return np.ndim(rows) == 2 and all(tuple(row) in given for row in rows)


APART = "w_qkv.reshape(3, num_heads, d_head, -1)"


KEPT = "apart[:, kept].reshape(3 * len(kept) * d_head, -1)"


EXERCISE = Exercise(
    reference=library_keep_heads,
    worked=keep_heads,
    returns="the rows that stay: (3 * len(kept) * d, d_model)",
    probes=keep_probes,
    mistakes=(
        edit(
            "the heads outside, q, k and v inside",
            LAYOUT,
            (APART, "w_qkv.reshape(num_heads, 3, d_head, -1)"),
            ("apart[:, kept]", "apart[kept]"),
        ),
        edit(
            "columns of heads shuffled like cards",
            "Are a head's rows neighbours, or every num_heads-th row?",
            (APART, "w_qkv.reshape(3, d_head, num_heads, -1)"),
            ("apart[:, kept]", "apart[:, :, kept]"),
        ),
        edit(
            "queries alone",
            "A head has three projections. Which two are missing?",
            (KEPT, "apart[0, kept].reshape(len(kept) * d_head, -1)"),
        ),
        edit(
            "q, k and v of each head together",
            LAYOUT,
            ("apart[:, kept]", "apart[:, kept].swapaxes(0, 1)"),
        ),
        edit(
            "removes what should stay",
            "Read the argument's name aloud.",
            (
                "apart[:, kept].reshape(3 * len(kept)",
                "np.delete(apart, kept, axis=1).reshape(3 * (num_heads - len(kept))",
            ),
        ),
        edit(
            "the first heads, whichever are wanted",
            "Which heads did the caller name?",
            ("apart[:, kept]", "apart[:, : len(kept)]"),
        ),
        edit(
            "one row a head",
            "How many rows has a head of width 2 in each block?",
            (KEPT, "apart[:, kept, 0].reshape(3 * len(kept), -1)"),
        ),
        edit(
            "zeros where heads were",
            "Is the matrix smaller afterwards?",
            (KEPT, "(apart * np.isin(np.arange(num_heads), kept)[None, :, None, None]).reshape(len(w_qkv), -1)"),
        ),
        edit(
            "heads counted from 1",
            "What is the first head's number?",
            ("apart[:, kept]", "apart[:, np.array(kept) - 1]"),
        ),
    ),
    equivalents=(keep_by_numbers, keep_by_slices),
    hints=(
        "The rows come in three blocks, q, k and v. In each the heads stand one below another, d rows each.",
        "Give the rows axes of their own: (3, num_heads, d, d_model). Along which one do you choose?",
        "w_qkv.reshape(3, num_heads, d, -1)[:, kept], and then the three first axes made one again.",
    ),
    properties=(Property("every row of yours is a row of the matrix", rows_of_the_matrix),),
)

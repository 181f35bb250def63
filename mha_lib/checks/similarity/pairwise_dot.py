"""Exercise pairwise_dot: all pairs without a loop."""

import numpy as np

from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe
from mha_lib.similarity import vectors as similarity

WHOSE_ROWS = "Row is a vector of a, column is a vector of b. What should stand in row 0, column 1?"


def pairwise_dot(a, b):
    """Return the dot product of every row of a with every row of b."""
    return a @ np.swapaxes(b, -1, -2)


def pairs_by_einsum(a, b):
    """Return the same, the axes named."""
    return np.einsum("...qd,...kd->...qk", a, b)


def pairs_by_broadcasting(a, b):
    """Return the same: all products laid out in one array, then the last axis added up."""
    return (a[..., :, None, :] * b[..., None, :, :]).sum(axis=-1)


def pair_probes(rng):
    """Return two sets of vectors: the worked example, square, one row, ragged sizes, and a batch."""
    return [
        Probe(
            "the worked example",
            (np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[2.0, 3.0], [4.0, 5.0], [6.0, 7.0]])),
        ),
        Probe("3 vectors of 3 entries, twice", (draw(rng, 3, 3), draw(rng, 3, 3))),
        Probe("a single pair", (draw(rng, 1, 4), draw(rng, 1, 4))),
        Probe("3 and 5 vectors of 2 entries", (draw(rng, 3, 2), draw(rng, 5, 2))),
        Probe("a batch of 2", (draw(rng, 2, 3, 4), draw(rng, 2, 5, 4))),
    ]


EXERCISE = Exercise(
    reference=similarity.pairwise_dot,
    worked=pairwise_dot,
    returns="one number a pair, row from a and column from b: (..., q, k)",
    probes=pair_probes,
    mistakes=(
        edit(
            "no transpose",
            "To multiply two matrices, the columns of the first must be as many as the rows of the second.",
            ("np.swapaxes(b, -1, -2)", "b"),
        ),
        edit(
            ".T on a batch",
            "What does .T do to three axes? You want the last two swapped, np.swapaxes(b, -1, -2).",
            ("np.swapaxes(b, -1, -2)", "b.T"),
        ),
        edit("rows from b", WHOSE_ROWS, ("a @ np.swapaxes(b, -1, -2)", "b @ np.swapaxes(a, -1, -2)")),
        edit(
            "transposes the first",
            "Which axis should vanish: the width d, or the number of vectors?",
            ("a @ np.swapaxes(b, -1, -2)", "np.swapaxes(a, -1, -2) @ b"),
        ),
        edit("a with itself", "Does your answer know b?", ("np.swapaxes(b, -1, -2)", "np.swapaxes(a, -1, -2)")),
        edit(
            "first with first, second with second",
            "You compare a's row 0 with b's row 0 only. How many pairs are there?",
            ("a @ np.swapaxes(b, -1, -2)", "(a * b).sum(axis=-1)"),
        ),
        edit(
            "leaves the products unadded",
            "You have all the products. Which axis must be added up?",
            ("a @ np.swapaxes(b, -1, -2)", "a[..., :, None, :] * b[..., None, :, :]"),
        ),
    ),
    equivalents=(pairs_by_einsum, pairs_by_broadcasting),
    hints=(
        "Row i of a matrix product meets column j. How do the vectors of b become columns?",
        "(q, d) times (d, k) gives (q, k). On a batch, swap the last two axes of b and no others.",
        "a @ np.swapaxes(b, -1, -2)",
    ),
)

"""Exercise head_importance: importance of heads."""

import numpy as np

from mha_lib.compression.importance import head_importance as library_head_importance
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property

ONE_GATE = "One gate multiplies all that a head reads in a sentence. How many slopes has a sentence a head?"
CANCEL = "A head helps one sentence by 3 and hurts another by 3. Is it unimportant?"


def head_importance(read, gradients):
    """Return the mean over the sequences of the size of each head's slope."""
    slopes = (read * gradients).sum(axis=(1, 3))
    return np.abs(slopes).mean(axis=0)


def importance_by_einsum(read, gradients):
    """Return the same, the axes named."""
    return np.abs(np.einsum("bnhd,bnhd->bh", read, gradients)).mean(0)


def importance_by_loop(read, gradients):
    """Return the same, sequence by sequence and head by head."""
    b, _, h, _ = read.shape
    slopes = [[abs(np.vdot(read[i, :, j], gradients[i, :, j])) for j in range(h)] for i in range(b)]
    return np.sum(slopes, axis=0) / b


def importance_probes(rng):
    """Return reads and gradients: two slopes that cancel, ragged sizes, square, one sequence."""
    small = np.array([[[[1.0], [2.0]]], [[[1.0], [1.0]]]]), np.array([[[[3.0], [0.5]]], [[[-3.0], [1.0]]]])
    return [
        Probe("the worked example", small),
        Probe("one sequence of 3 tokens", (draw(rng, 1, 3, 2, 4), draw(rng, 1, 3, 2, 4))),
        Probe("3 of each size", (draw(rng, 3, 3, 3, 3), draw(rng, 3, 3, 3, 3))),
        Probe("5 sequences of 3 tokens, 4 heads of width 2", (draw(rng, 5, 3, 4, 2), draw(rng, 5, 3, 4, 2))),
        Probe("2 sequences of 4 tokens, 3 heads of width 5", (draw(rng, 2, 4, 3, 5), draw(rng, 2, 4, 3, 5))),
    ]


def none_is_negative(importance, read, gradients):
    """Return whether every importance is at least 0."""
    return bool(np.all(np.asarray(importance) >= 0))


SLOPES = "(read * gradients).sum(axis=(1, 3))"


SIZES = "np.abs(slopes).mean(axis=0)"


EXERCISE = Exercise(
    reference=library_head_importance,
    worked=head_importance,
    returns="how important each head is: (h,)",
    probes=importance_probes,
    mistakes=(
        edit("the mean before the size", CANCEL, (SIZES, "np.abs(slopes.mean(axis=0))")),
        edit("no size", CANCEL, (SIZES, "slopes.mean(axis=0)")),
        edit("the size before the sum", ONE_GATE, (SLOPES, "np.abs(read * gradients).sum(axis=(1, 3))")),
        edit("one gate a token", ONE_GATE, (SLOPES, "np.abs((read * gradients).sum(axis=3)).sum(axis=1)")),
        edit("one gate a column", ONE_GATE, (SLOPES, "np.abs((read * gradients).sum(axis=1)).sum(axis=-1)")),
        edit(
            "the gradient alone",
            "A head that reads zeros has a gradient too. What does closing its gate change?",
            ("read * gradients", "gradients"),
        ),
        edit(
            "what is read alone",
            "A head may read much that nobody uses. Who says whether it matters?",
            ("read * gradients", "read"),
        ),
        edit(
            "sums over the heads",
            "Which axis must be left at the end: tokens or heads?",
            ("axis=(1, 3)", "axis=(2, 3)"),
        ),
        edit(
            "the mean over the tokens",
            "A gate stands before all tokens. Sum or mean?",
            (SLOPES, f"{SLOPES} / read.shape[1]"),
        ),
        edit(
            "the sum over the sequences",
            "Twice as many sentences: is a head twice as important?",
            (".mean(axis=0)", ".sum(axis=0)"),
        ),
        edit(
            "the root of the mean square",
            "The statement has a mean of sizes. Is that a root of squares?",
            (SIZES, "np.sqrt((slopes**2).mean(axis=0))"),
        ),
    ),
    equivalents=(importance_by_einsum, importance_by_loop),
    hints=(
        "First one number for each sentence and head, its slope. Then the size. Then the mean over the sentences.",
        "read * gradients is (b, n, h, d). Which two axes does one gate act on?",
        "slopes = (read * gradients).sum(axis=(1, 3)), and then np.abs(slopes) averaged over its first axis.",
    ),
    properties=(Property("no importance is negative", none_is_negative),),
)

"""Exercise project: project."""

import numpy as np

from mha_lib import projections as library
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe

OUT_IN = "nn.Linear stores (d_out, d_in). What shape has w here, and does it need turning?"


def project(x, w, bias=None):
    """Return each token times the matrix, plus the bias."""
    output = x @ w
    if bias is not None:
        output = output + bias
    return output


def project_by_einsum(x, w, bias=None):
    """Return the same, the axes named, the bias always added."""
    return np.einsum("...ni,io->...no", x, w) + (0.0 if bias is None else bias)


def project_by_columns(x, w, bias=None):
    """Return the same, one output number at a time for all tokens."""
    columns = [np.sum(x * column, axis=-1) for column in w.T]
    output = np.stack(columns, axis=-1)
    return output if bias is None else output + bias


def project_with_a_row_of_ones(x, w, bias=None):
    """Return the same: the bias is one more row of w, for a feature that is always 1."""
    if bias is None:
        return x @ w
    ones = np.ones((*x.shape[:-1], 1))
    return np.concatenate([x, ones], axis=-1) @ np.vstack([w, bias])


def project_probes(rng):
    """Return tokens, a matrix, sometimes a bias: ragged, square so that slips are silent, one token, batches."""
    return [
        Probe("the worked example", (np.array([[1.0, 2.0]]), np.array([[1.0, 0.0, 3.0], [0.0, 1.0, 4.0]]))),
        Probe(
            "2 tokens of width 2 with a bias",
            (np.array([[1.0, 0.0], [2.0, 1.0]]), np.array([[3.0, 1.0], [0.0, 2.0]]), np.array([10.0, 20.0])),
        ),
        Probe("3 tokens of width 3, projected to 3 without a bias", (draw(rng, 3, 3), draw(rng, 3, 3))),
        Probe("4 tokens of width 3, projected to 2", (draw(rng, 4, 3), draw(rng, 3, 2), draw(rng, 2))),
        Probe("a batch of 1 sequence of 1 token", (draw(rng, 1, 1, 4), draw(rng, 4, 2), draw(rng, 2))),
        Probe("a batch of 3 sequences of 3 tokens of width 3", (draw(rng, 3, 3, 3), draw(rng, 3, 3), draw(rng, 3))),
        Probe("a batch of 2 sequences with a bias", (draw(rng, 2, 3, 4), draw(rng, 4, 5), draw(rng, 5))),
        Probe("3 tokens of width 3 with a bias", (draw(rng, 3, 3), draw(rng, 3, 3), draw(rng, 3))),
    ]


EXERCISE = Exercise(
    reference=library.project,
    worked=project,
    returns="the projected tokens, as wide as the matrix has columns: (..., n, d_out)",
    probes=project_probes,
    mistakes=(
        edit("matrix transposed, as nn.Linear stores it", OUT_IN, ("x @ w", "x @ w.T")),
        edit("bias forgotten", "Make every token zero. What should come out?", ("output + bias", "output")),
        edit(
            "bias added twice",
            "Make every token zero. What should come out, and what does?",
            ("output + bias", "output + bias + bias"),
        ),
        edit(
            "bias before the product",
            "Is the bias as wide as a token, or as wide as what comes out?",
            ("output = x @ w", "output = (x if bias is None else x + bias) @ w"),
            ("output + bias", "output"),
        ),
        edit(
            "one bias a token",
            "Does the bias hold one number for each token, or one for each column that comes out?",
            ("output + bias", "output + bias[:, None]"),
        ),
        edit(
            "mixes the tokens",
            "Change token 1. Whose output changes? A projection lets no token see another.",
            ("x @ w", "w @ x"),
        ),
        edit(
            "mixes the tokens, with the matrix transposed",
            "Change token 1. Whose output changes? A projection lets no token see another.",
            ("x @ w", "w.T @ x"),
        ),
        edit(
            "multiplies entry by entry",
            "Each output number is a dot product of a token with a column. What does * do?",
            ("x @ w", "x * w"),
        ),
        edit(
            ".T on a batch",
            "What does .T do to three axes? Need the tokens be turned at all?",
            ("x @ w", "(w.T @ x.T).T"),
        ),
        edit(
            "asks whether the bias is true",
            "Is an array of several numbers true or false? What do you want to know about the bias?",
            ("if bias is not None:", "if bias:"),
        ),
    ),
    equivalents=(project_by_einsum, project_by_columns, project_with_a_row_of_ones),
    hints=(
        "One token is a row. Each number that comes out is its dot product with one column of w.",
        "A row times a matrix, for all rows at once, is one product of two matrices. Which stands on the left?",
        "x @ w, and + bias where bias is not None: NumPy adds it to each row.",
    ),
)

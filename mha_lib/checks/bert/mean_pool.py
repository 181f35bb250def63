"""Exercise mean_pool: the mean of the real tokens."""

import numpy as np
import torch

from mha_lib.bert import fine_tuning
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe
from mha_lib.diagnosis.tensors import tensor_call

WHO_COUNTS = "Padding has vectors too. Do they belong to the text?"


def mean_pool(hidden, real):
    """Return the mean vector of the real tokens of each row; zeros where there is none."""
    weights = real.to(hidden.dtype)[..., None]
    counts = weights.sum(dim=1).clamp(min=1)
    return (hidden * weights).sum(dim=1) / counts


def mean_pool_by_rows(hidden, real):
    """Return the same, row by row."""
    rows = [row[mask].mean(0) if mask.any() else row.sum(0) * 0 for row, mask in zip(hidden, real, strict=True)]
    return torch.stack(rows)


def mean_pool_by_product(hidden, real):
    """Return the same as a product with weights that sum to 1."""
    weights = real / real.sum(1, keepdim=True).clamp(min=1)
    return torch.einsum("bn,bnd->bd", weights.to(hidden.dtype), hidden)


def pool_probes(rng):
    """Return vectors: the worked example, ragged with large padding, square, one row, an empty row."""
    ragged = draw(rng, 2, 4, 3)
    ragged[1, 2:] = 50.0
    return [
        Probe(
            "the worked example", (np.array([[[1.0, 4.0], [3.0, 0.0], [8.0, 8.0]]]), np.array([[True, True, False]]))
        ),
        Probe("3 rows of 3 tokens of width 3", (draw(rng, 3, 3, 3), np.array([[1, 1, 0], [1, 0, 0], [1, 1, 1]], bool))),
        Probe("a batch of 1 without padding", (draw(rng, 1, 5, 2), np.ones((1, 5), dtype=bool))),
        Probe("padding with large vectors", (ragged, np.array([[1, 1, 1, 1], [1, 1, 0, 0]], bool))),
        Probe("a row of padding alone", (draw(rng, 2, 3, 4), np.array([[1, 1, 0], [0, 0, 0]], bool))),
    ]


DIVIDE = "return (hidden * weights).sum(dim=1) / counts"


EXERCISE = Exercise(
    reference=fine_tuning.mean_pool,
    worked=mean_pool,
    returns="one vector a row, as a tensor: (b, d)",
    probes=pool_probes,
    mistakes=(
        edit("the padding counts", WHO_COUNTS, (DIVIDE, "return hidden.mean(dim=1)")),
        edit(
            "left out of the sum, but counted",
            "By how many tokens do you divide?",
            (DIVIDE, "return (hidden * weights).mean(dim=1)"),
        ),
        edit("summed with the padding", WHO_COUNTS, (DIVIDE, "return hidden.sum(dim=1) / counts")),
        edit("the padding alone", "Read it aloud: `real` is True for ...", ("real.to(", "(~real).to(")),
        edit(
            "the sum",
            "Should a text of forty tokens have a longer vector than one of four?",
            (DIVIDE, "return (hidden * weights).sum(dim=1)"),
        ),
        edit("the first token", "Whose mean is asked for?", (DIVIDE, "return hidden[:, 0]")),
        edit(
            "the largest of each column",
            "Mean or maximum?",
            (DIVIDE, "return hidden.masked_fill(weights == 0, -9e9).amax(dim=1)"),
        ),
        edit("0 / 0 for a row of padding", "How many tokens has an empty row?", (".clamp(min=1)", "")),
        edit(
            "one count for the whole batch",
            "Rows have different lengths. By which do you divide?",
            ("weights.sum(dim=1).clamp(min=1)", "weights.sum() / len(weights)"),
        ),
        edit(
            "over the batch",
            "Which axis are the tokens?",
            (DIVIDE, "return (hidden * weights).sum(dim=0) / weights.sum(dim=0).clamp(min=1)"),
        ),
        edit(
            "the vectors cut from the graph",
            "What should learn from these vectors?",
            ("(hidden *", "(hidden.detach() *"),
        ),
    ),
    equivalents=(mean_pool_by_rows, mean_pool_by_product),
    hints=(
        "Sum the vectors of the real tokens, divide by how many there are.",
        "real[..., None] is (b, n, 1): times hidden it makes the padding zero. An empty row must not divide by 0.",
        "(hidden * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1)",
    ),
    call=tensor_call("hidden"),
)

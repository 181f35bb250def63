"""Exercise masked_mean: a mean without padding."""

import numpy as np
import torch

from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe
from mha_lib.diagnosis.tensors import tensor_call

WHICH_TOKENS = "Which rows of x are words? Only they may be summed, and only they counted."


def masked_mean(x, mask):
    """Return the mean of each sequence's words, padding left out; a sequence without words gives zeros."""
    kept = torch.where(mask[..., None], x, 0.0)
    count = mask.sum(dim=-1, keepdim=True)
    return kept.sum(dim=-2) / count.clamp(min=1)


def masked_mean_filling(x, mask):
    """Return the same: padding overwritten by zeros in a copy."""
    count = torch.maximum(mask.sum(-1), torch.ones_like(mask.sum(-1)))
    return x.masked_fill(~mask.unsqueeze(-1), 0).sum(1) / count[:, None]


def masked_mean_one_by_one(x, mask):
    """Return the same, sequence by sequence."""
    return torch.stack(
        [row[keep].mean(0) if keep.any() else row[keep].sum(0) for row, keep in zip(x, mask, strict=True)]
    )


def mean_probes(rng):
    """Return padded batches: the worked example, ragged, square, all words, no words, and padding full of NaN."""
    ragged = np.array([[True, True, False, False, False], [True, True, True, True, False]])
    holes = np.array([[True, False, True], [False, True, True], [True, True, False]])
    lost = draw(rng, 2, 3, 4)
    lost[0, 2] = np.nan
    return [
        Probe(
            "the worked example", (np.array([[[1.0, 2.0], [3.0, 8.0], [50.0, 90.0]]]), np.array([[True, True, False]]))
        ),
        Probe("2 sentences of different lengths", (draw(rng, 2, 5, 3) + 1, ragged)),
        Probe("3 sentences of 3 tokens of width 3", (draw(rng, 3, 3, 3), holes)),
        Probe("a batch of 1 without padding", (draw(rng, 1, 4, 2), np.ones((1, 4), dtype=bool))),
        Probe("an empty sentence", (draw(rng, 2, 3, 4), np.array([[True, True, False], [False, False, False]]))),
        Probe("padding full of NaN", (lost, np.array([[True, True, False], [True, True, True]]))),
    ]


EXERCISE = Exercise(
    reference=masked_mean,
    returns="one vector a sentence, as a tensor: (b, d)",
    probes=mean_probes,
    mistakes=(
        edit(
            "the mean of everything",
            WHICH_TOKENS,
            ("return kept.sum(dim=-2) / count.clamp(min=1)", "return x.mean(dim=-2)"),
        ),
        edit("padding left out of the sum, but counted", WHICH_TOKENS, ("count.clamp(min=1)", "x.shape[-2]")),
        edit("padding summed, but not counted", WHICH_TOKENS, ("kept.sum", "x.sum")),
        edit(
            "the mean of the padding",
            "Read the mask aloud: True means a word.",
            ("mask[..., None]", "~mask[..., None]"),
        ),
        edit("the sum", "Does a longer sentence give a longer vector?", (" / count.clamp(min=1)", "")),
        edit(
            "counts the words of the whole batch",
            "How many counts are there, one or one a sentence?",
            ("mask.sum(dim=-1, keepdim=True)", "mask.sum()"),
        ),
        edit("an empty sentence divides by zero", "What is 0 / 0?", (".clamp(min=1)", "")),
        edit(
            "multiplies by the mask",
            "What is 0 times NaN?",
            ("torch.where(mask[..., None], x, 0.0)", "x * mask[..., None]"),
        ),
        edit(
            "the first word alone",
            "A mean of how many?",
            ("return kept.sum(dim=-2) / count.clamp(min=1)", "return x[:, 0]"),
        ),
    ),
    equivalents=(masked_mean_filling, masked_mean_one_by_one),
    hints=(
        "A sum over the words, divided by how many words there are.",
        "mask is (b, n) and x is (b, n, d): mask[..., None] lines them up. torch.where puts 0 where it is False.",
        "torch.where(mask[..., None], x, 0.0).sum(dim=-2) / mask.sum(dim=-1, keepdim=True).clamp(min=1)",
    ),
    call=tensor_call("x"),
)

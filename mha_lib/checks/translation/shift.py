"""Exercise shift: shift."""

import numpy as np
import torch
import torch.nn.functional as F

from mha_lib.checks.translation.shared import ANSWER
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.diagnosis.tensors import tensor_call
from mha_lib.translation import decoder


def shift(labels, start):
    """Return `start` before the labels, and the last label left out."""
    shifted = labels.roll(1, dims=1)
    shifted[:, 0] = start
    return shifted


def shift_by_concatenation(labels, start):
    """Return the same from two pieces."""
    first = torch.full((len(labels), 1), start, dtype=labels.dtype)
    return torch.cat([first, labels[:, :-1]], dim=1)


def shift_by_padding(labels, start):
    """Return the same: one more in front, one less behind."""
    return F.pad(labels, (1, -1), value=start)


def shift_probes(rng):
    """Return labels: the worked example, ragged, square, one row, one place."""
    return [
        Probe("the worked example", (np.array([[5, 6, 7, 2]]), 1)),
        Probe("2 sequences with padding", (np.array([[5, 9, 4, 2, 0], [8, 2, 0, 0, 0]]), 1)),
        Probe("3 sequences of 3 labels", (rng.integers(3, 9, (3, 3)), 11)),
        Probe("a batch of 1 sequence with 1 label", (np.array([[4]]), 7)),
        Probe("a start that is not 1", (rng.integers(3, 9, (2, 4)), 12)),
    ]


def starts_right(parts, labels, start):
    """Return whether every row begins with the start."""
    return bool((parts["output"][:, 0] == start).all())


EXERCISE = Exercise(
    reference=decoder.shift,
    worked=shift,
    returns="the decoder's input, as a tensor of integers: (b, n)",
    probes=shift_probes,
    mistakes=(
        edit(
            "the labels themselves",
            ANSWER,
            ("shifted = labels.roll(1, dims=1)\n    shifted[:, 0] = start", "shifted = labels"),
        ),
        edit(
            "shifted the wrong way",
            ANSWER,
            ("roll(1, dims=1)", "roll(-1, dims=1)"),
            ("shifted[:, 0]", "shifted[:, -1]"),
        ),
        edit(
            "the first label overwritten by the start",
            "Is there a label that the decoder is never shown and need not say? Which one is last?",
            ("labels.roll(1, dims=1)", "labels.clone()"),
        ),
        edit(
            "the last label comes round to the front",
            "What stands at place 0? Nothing has been said by then.",
            ("\n    shifted[:, 0] = start", ""),
        ),
        edit(
            "the start in front, and no label left out",
            "How many places has the input, and how many the labels?",
            ("return shifted", "return torch.cat([shifted, labels[:, -1:]], dim=1)"),
        ),
        edit("shifted by two", "By how many places is each label late?", ("roll(1,", "roll(2,")),
        edit(
            "shifted over the batch",
            "Which axis is time?",
            ("roll(1, dims=1)", "roll(1, dims=0)"),
            ("shifted[:, 0]", "shifted[0]"),
        ),
        edit("a start of 0", "Which token did the caller want in front?", ("= start", "= 0")),
    ),
    equivalents=(shift_by_concatenation, shift_by_padding),
    hints=(
        "The input is late by one: at place t stands label t - 1. Something must stand at place 0.",
        "labels[:, :-1] are all labels but the last. What goes before them, in a column of its own?",
        "torch.cat([a column full of start, labels[:, :-1]], dim=1)",
    ),
    properties=(Property("every row begins with the start", starts_right),),
    call=tensor_call("labels"),
)

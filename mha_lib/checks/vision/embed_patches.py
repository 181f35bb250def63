"""Exercise embed_patches: from patches to tokens."""

import numpy as np
import torch
import torch.nn.functional as F

from mha_lib.checks.vision.shared import OWN_GRAPH
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.diagnosis.tensors import tensor_call

FIRST_ROW = "Which row of positions belongs to the class token, and which to patch 0?"


def embed_patches(patches, w_patch, b_patch, class_token, positions):
    """Return what enters the encoder: the class token, then the embedded patches, each plus its position."""
    tokens = patches @ w_patch + b_patch
    first = class_token.expand(len(tokens), 1, -1)
    return torch.cat([first, tokens], dim=1) + positions


def embed_by_filling(patches, w_patch, b_patch, class_token, positions):
    """Return the same: positions for every image, then what belongs there is added."""
    tokens = positions.repeat(len(patches), 1, 1)
    tokens[:, 0] += class_token
    tokens[:, 1:] += F.linear(patches, w_patch.T, b_patch)
    return tokens


def embed_one_by_one(patches, w_patch, b_patch, class_token, positions):
    """Return the same, image by image."""
    return torch.stack([torch.vstack([class_token, image @ w_patch + b_patch]) + positions for image in patches])


def embed_probe(rng, label, b, n, d_patch, d_model):
    """Return a probe of `embed_patches`."""
    sizes = ((b, n, d_patch), (d_patch, d_model), (d_model,), (d_model,), (n + 1, d_model))
    return Probe(label, tuple(draw(rng, *size) for size in sizes))


def embed_probes(rng):
    """Return patches and what is learned: the worked example, one patch, square, a batch."""
    example = (
        np.array([[[1.0, 2.0], [3.0, 4.0]]]),
        np.array([[1.0], [10.0]]),
        np.array([0.5]),
        np.array([7.0]),
        np.array([[100.0], [200.0], [300.0]]),
    )
    return [
        Probe("the worked example", example),
        embed_probe(rng, "one image of one patch", 1, 1, 2, 3),
        embed_probe(rng, "3 images of 3 patches of width 3", 3, 3, 3, 3),
        embed_probe(rng, "2 images of 4 patches", 2, 4, 3, 2),
        embed_probe(rng, "3 images of 2 patches", 3, 2, 4, 5),
    ]


def row_for_each_token(parts, patches, w_patch, b_patch, class_token, positions):
    """Return whether there is one row more than there are patches."""
    return np.shape(parts["output"]) == (len(patches), *positions.shape)


JOINED = "torch.cat([first, tokens], dim=1) + positions"


EXERCISE = Exercise(
    reference=embed_patches,
    returns="the tokens, the class token first, as a tensor: (b, 1 + n, d_model)",
    probes=embed_probes,
    mistakes=(
        edit("the class token last", FIRST_ROW, ("[first, tokens]", "[tokens, first]")),
        edit(
            "the class token without a position",
            FIRST_ROW,
            (JOINED, "torch.cat([first, tokens + positions[1:]], dim=1)"),
        ),
        edit(
            "positions one place off",
            FIRST_ROW,
            (JOINED, f"{JOINED.replace('positions', 'positions.roll(1, 0)')}"),
        ),
        edit("no positions", "Exchange two patches. Could anybody notice?", (" + positions", "")),
        edit(
            "positions multiplied",
            "Is a position added to a token, or does it scale it?",
            ("+ positions", "* positions"),
        ),
        edit(
            "the class token for the first image alone",
            "Every image is judged by its own class token. What stands in front of image 1?",
            (
                "class_token.expand(len(tokens), 1, -1)",
                "F.pad(class_token[None, None], (0, 0, 0, 0, 0, len(tokens) - 1))",
            ),
        ),
        edit(
            "the mean of the patches as class token",
            "Is the class token computed from the image, or learned?",
            ("class_token.expand(len(tokens), 1, -1)", "tokens.mean(1, keepdim=True)"),
        ),
        edit("the class token is not learned", OWN_GRAPH, ("class_token.expand", "class_token.detach().expand")),
        edit("the positions are not learned", OWN_GRAPH, ("+ positions", "+ positions.detach()")),
        edit("no bias", "Which of the inputs did you not use?", (" + b_patch", "")),
        edit(
            "the bias on the class token too",
            "Does the class token go through the linear layer?",
            ("class_token.expand(len(tokens), 1, -1)", "(class_token + b_patch).expand(len(tokens), 1, -1)"),
        ),
    ),
    equivalents=(embed_by_filling, embed_one_by_one),
    hints=(
        "Three steps: embed the patches, put the class token in front of each image, add the positions.",
        "The class token is (d_model,) and must become (b, 1, d_model) before it can be joined; positions broadcast.",
        "torch.cat([class_token.expand(len(tokens), 1, -1), tokens], dim=1) + positions",
    ),
    properties=(Property("there is one token more than there are patches", row_for_each_token),),
    call=tensor_call("patches", "w_patch", "b_patch", "class_token", "positions"),
)

"""Exercise feed_forward: feed-forward."""

import numpy as np
import torch
import torch.nn.functional as F

from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.diagnosis.tensors import tensor_call

BEND = "Which bend does the statement ask for? Compare a few numbers between -3 and 3."


def feed_forward(x, w_in, b_in, w_out, b_out):
    """Return each token made wider, bent by the exact GELU, and made narrow again."""
    hidden = x @ w_in + b_in
    return F.gelu(hidden) @ w_out + b_out


def feed_forward_by_erf(x, w_in, b_in, w_out, b_out):
    """Return the same, the GELU written out."""
    hidden = F.linear(x, w_in.T, b_in)
    return F.linear(hidden * (1 + torch.erf(hidden / 2**0.5)) / 2, w_out.T, b_out)


def feed_forward_neuron_by_neuron(x, w_in, b_in, w_out, b_out):
    """Return the same as a sum over neurons: each fires by its column and writes its row."""
    fired = [F.gelu((x * column).sum(-1) + bias) for column, bias in zip(w_in.T, b_in, strict=True)]
    return b_out + sum(number[..., None] * row for number, row in zip(fired, w_out, strict=True))


def feed_forward_probes(rng):
    """Return tokens and two layers of weights: the worked example, ragged sizes, square, a batch."""
    shapes = {"3 tokens": (3,), "a batch of 1 sequence": (1, 2), "a batch of 2 sequences": (2, 3)}
    probes = [
        Probe(
            "the worked example",
            (
                np.array([[1.0, -1.0]]),
                np.array([[2.0, 0.0, 1.0], [1.0, 1.0, 0.0]]),
                np.array([0.0, 1.0, -2.0]),
                np.array([[1.0, 0.0], [5.0, 1.0], [0.0, 2.0]]),
                np.array([0.5, -0.5]),
            ),
        ),
        Probe("3 tokens of width 3 through 3 neurons", (draw(rng, 3, 3), *feed_forward_weights(rng, 3, 3))),
    ]
    for label, shape in shapes.items():
        probes.append(Probe(f"{label} through 5 neurons", (draw(rng, *shape, 2), *feed_forward_weights(rng, 2, 5))))
    return probes


def feed_forward_weights(rng, d_model, d_ff):
    """Return weights and biases in and out."""
    return draw(rng, d_model, d_ff), draw(rng, d_ff), draw(rng, d_ff, d_model), draw(rng, d_model)


def tokens_do_not_meet(parts, x, *weights):
    """Return whether the output has a row for each token."""
    return np.shape(parts["output"]) == x.shape


GELU = "F.gelu(hidden)"


EXERCISE = Exercise(
    reference=feed_forward,
    returns="one row a token, as wide as it came, as a tensor: (..., d_model)",
    probes=feed_forward_probes,
    mistakes=(
        edit("ReLU", BEND, (GELU, "F.relu(hidden)")),
        edit("SiLU", BEND, (GELU, "F.silu(hidden)")),
        edit("GELU approximated by tanh", BEND, (GELU, 'F.gelu(hidden, approximate="tanh")')),
        edit("GELU approximated by a sigmoid", BEND, (GELU, "(hidden * torch.sigmoid(1.702 * hidden))")),
        edit("no bend", "What is a linear map of a linear map?", (GELU, "hidden")),
        edit(
            "the gate without the number",
            "The share says how much of a number passes. Of which number?",
            (GELU, "torch.special.ndtr(hidden)"),
        ),
        edit(
            "bends what comes out too",
            "Can your output be far below zero? Should it?",
            ("return F.gelu(hidden) @ w_out + b_out", "return F.gelu(F.gelu(hidden) @ w_out + b_out)"),
        ),
        edit(
            "bends what comes in", "Between which two products does the bend stand?", ("x @ w_in", "F.gelu(x) @ w_in")
        ),
        edit("no bias in the middle", "What does a neuron do for a token of zeros?", (" + b_in", "")),
        edit("no bias at the end", "What comes out if no neuron fires?", (" + b_out", "")),
        edit(
            "adds the token itself",
            "Whose job is the residual: this layer's or the block's?",
            ("return ", "return x + "),
        ),
    ),
    equivalents=(feed_forward_by_erf, feed_forward_neuron_by_neuron),
    hints=(
        "Two products with a bend between them.",
        "x is (..., d_model) and w_in is (d_model, d_ff). Which product gives d_ff numbers a token?",
        "F.gelu(x @ w_in + b_in), then the same again with w_out and b_out, without a bend.",
    ),
    properties=(Property("the output has a row for each token, as wide as it came", tokens_do_not_meet),),
    call=tensor_call("x", "w_in", "b_in", "w_out", "b_out"),
)

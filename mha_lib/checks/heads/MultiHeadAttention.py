"""Exercise MultiHeadAttention: the module."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from mha_lib.checks.heads.multi_head_attention import ragged_mask
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe
from mha_lib.diagnosis.tensors import module_call
from mha_lib.heads import layers as library

FOLLOW = "Follow the first number of head 1, token 0 back to its token. Did it belong to token 0?"
BESIDE = "In memory, what stands next to the end of head 0's first token: head 1 of that token, or head 0's next token?"
GRAPH = "The output is right, a gradient is not. Draw the graph from the loss back to x. Where is it cut?"
EMPTY_ROW = "What does softmax make of a row in which everything is hidden? Which convention did chapter 4 choose?"


class MultiHeadAttention(nn.Module):
    """Multi-head attention as a learner writes it."""

    def __init__(self, d_model, num_heads, bias=True, dropout=0.0):
        super().__init__()
        self.num_heads, self.dropout = num_heads, dropout
        self.project_qkv = nn.Linear(d_model, 3 * d_model, bias=bias)
        self.project_out = nn.Linear(d_model, d_model, bias=bias)

    def forward(self, x, memory=None, mask=None):
        """Return what each token of x reads from memory, or from x itself."""
        memory = x if memory is None else memory
        q = self.project_qkv(x).chunk(3, dim=-1)[0]
        k, v = self.project_qkv(memory).chunk(3, dim=-1)[1:]
        q, k, v = (part.unflatten(-1, (self.num_heads, -1)).transpose(1, 2) for part in (q, k, v))
        dropout = self.dropout if self.training else 0.0
        output = F.scaled_dot_product_attention(q, k, v, mask, dropout)
        return self.project_out(output.transpose(1, 2).flatten(2))


class WrittenOut(MultiHeadAttention):
    """The same with the softmax written out, and the packed matrix cut before it is used."""

    def forward(self, x, memory=None, mask=None):
        """Return what each token of x reads from memory, or from x itself."""
        memory = x if memory is None else memory
        b, n, d_model = x.shape
        w_q, w_k, w_v = self.project_qkv.weight.split(d_model)
        b_q, b_k, b_v = (None,) * 3 if self.project_qkv.bias is None else self.project_qkv.bias.split(d_model)
        q = F.linear(x, w_q, b_q).view(b, n, self.num_heads, -1).permute(0, 2, 1, 3)
        k = F.linear(memory, w_k, b_k).view(b, memory.shape[1], self.num_heads, -1).permute(0, 2, 1, 3)
        v = F.linear(memory, w_v, b_v).view(b, memory.shape[1], self.num_heads, -1).permute(0, 2, 1, 3)
        weights = F.dropout(softmax_or_zeros(scores(q, k), mask), self.dropout, self.training)
        return self.project_out((weights @ v).permute(0, 2, 1, 3).reshape(b, n, d_model))


class HeadByHead(MultiHeadAttention):
    """The same, one head after another."""

    def forward(self, x, memory=None, mask=None):
        """Return what each token of x reads from memory, or from x itself."""
        memory = x if memory is None else memory
        q, _, _ = torch.tensor_split(self.project_qkv(x), 3, dim=2)
        _, k, v = torch.tensor_split(self.project_qkv(memory), 3, dim=2)
        heads = zip(*(part.chunk(self.num_heads, dim=-1) for part in (q, k, v)), strict=True)
        if mask is not None:
            mask = mask.expand(len(x), self.num_heads, x.shape[1], memory.shape[1])
        read = [
            softmax_or_zeros(scores(q, k), None if mask is None else mask[:, i]) @ v
            for i, (q, k, v) in enumerate(heads)
        ]
        return self.project_out(torch.cat(read, dim=-1))


def scores(q, k):
    """Return the scaled dot products."""
    return q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])


def softmax_or_zeros(scores, mask):
    """Return softmax over what the mask allows; zeros where it allows nothing, and gradients that stay finite."""
    if mask is None:
        return scores.softmax(-1)
    attends = mask.any(-1, keepdim=True)
    hidden = scores.masked_fill(~mask & attends, -math.inf)
    return hidden.softmax(-1) * attends


def filled_attention(q, k, v, mask, fill):
    """Return attention with a number in each hidden place, and no care for a query that may attend to nothing."""
    hidden = scores(q, k) if mask is None else scores(q, k).masked_fill(~mask, fill)
    return hidden.softmax(-1) @ v


def attention_changed_in_place(q, k, v, mask):
    """Return attention whose weights are written over after their softmax has kept them for the way back."""
    weights = scores(q, k).softmax(-1)
    return (weights.mul_(1.0) if mask is None else weights.mul_(mask)) @ v


def masked_after_softmax(q, k, v, mask):
    """Return attention whose hidden weights are set to zero, and the others left as they are."""
    weights = scores(q, k).softmax(-1)
    return (weights if mask is None else weights * mask) @ v


def parameters(rng, d_model, bias=True):
    """Return weights and biases of both projections: none of them zero, none symmetric."""
    drawn = {
        "project_qkv.weight": draw(rng, 3 * d_model, d_model, scale=0.8),
        "project_qkv.bias": draw(rng, 3 * d_model, scale=0.8),
        "project_out.weight": draw(rng, d_model, d_model),
        "project_out.bias": draw(rng, d_model),
    }
    return {name: value for name, value in drawn.items() if bias or name.endswith("weight")}


def probe(rng, label, x, memory=None, mask=None, num_heads=2, **config):
    """Return a probe: what the class is built with, its parameters, and what it is called on."""
    inputs = {"x": draw(rng, *x), "memory": memory and draw(rng, *memory), "mask": mask}
    inputs = {name: value for name, value in inputs.items() if value is not None}
    config = {"d_model": x[-1], "num_heads": num_heads, **config}
    return Probe(label, (config, parameters(rng, x[-1], config.get("bias", True)), inputs))


def module_probes(rng):
    """Return modules and their inputs: no two sizes alike, square, one token, padding, a mask with an empty row."""
    padding = np.array([True, True, True, False, False, True, False, True, True, True]).reshape(2, 1, 1, 5)
    nobody = ragged_mask(rng, 4, 4)
    nobody[2] = False
    return [
        probe(rng, "1 sentence of 2 tokens of width 2", (1, 2, 2)),
        probe(rng, "2 sentences of 4 tokens, 3 heads", (2, 4, 6), num_heads=3),
        probe(rng, "4 tokens reading 5 others", (2, 4, 6), memory=(2, 5, 6)),
        probe(rng, "1 token reading another", (1, 1, 6), memory=(1, 1, 6)),
        probe(rng, "projections without biases", (2, 3, 4), bias=False),
        probe(rng, "evaluation with a dropout of 0.4", (2, 4, 6), dropout=0.4),
        probe(rng, "a padded memory", (2, 3, 6), memory=(2, 5, 6), mask=padding),
        probe(rng, "a query that may attend to nothing", (2, 4, 6), mask=nobody),
    ]


KERNEL = "F.scaled_dot_product_attention(q, k, v, mask, dropout)"


EXERCISE = Exercise(
    reference=library.MultiHeadAttention,
    worked=MultiHeadAttention,
    returns="a tensor, one row for each token of x: (b, q, d_model)",
    probes=module_probes,
    call=module_call,
    mistakes=(
        edit(
            "packed as keys, queries, values",
            "Which third of the packed projection holds the queries? The statement says the order.",
            ("chunk(3, dim=-1)[0]", "chunk(3, dim=-1)[1]"),
            ("k, v = self.project_qkv(memory).chunk(3, dim=-1)[1:]", "k, _, v = self.project_qkv(memory).chunk(3, -1)"),
        ),
        edit(
            "packed as values, keys, queries",
            "Which third of the packed projection holds the queries? The statement says the order.",
            ("chunk(3, dim=-1)[0]", "chunk(3, dim=-1)[2]"),
            ("k, v = self.project_qkv(memory).chunk(3, dim=-1)[1:]", "v, k, _ = self.project_qkv(memory).chunk(3, -1)"),
        ),
        edit(
            "no biases",
            "nn.Linear adds a bias unless told otherwise. What does your constructor tell it?",
            ("bias=bias", "bias=False"),
        ),
        edit(
            "biases where none are wanted",
            "What should the constructor do with bias=False?",
            ("bias=bias", "bias=True"),
        ),
        edit(
            "a projection kept in a list",
            "Count your module's parameters. A plain list hides its layers; which attribute does not?",
            (
                "self.project_out = nn.Linear(d_model, d_model, bias=bias)",
                "self.project_out = [nn.Linear(d_model, d_model, bias=bias)]",
            ),
            ("self.project_out(", "self.project_out[0]("),
        ),
        edit(
            "split by view alone",
            FOLLOW,
            (
                "part.unflatten(-1, (self.num_heads, -1)).transpose(1, 2)",
                "part.reshape(len(part), self.num_heads, part.shape[1], -1)",
            ),
        ),
        edit("merged by reshape alone", BESIDE, ("output.transpose(1, 2).flatten(2)", "output.reshape(x.shape)")),
        edit(
            "heads interleaved",
            "Which columns belong to head 0: the first d, or every h-th?",
            (
                "part.unflatten(-1, (self.num_heads, -1)).transpose(1, 2)",
                "part.unflatten(-1, (-1, self.num_heads)).movedim(-1, 1)",
            ),
            ("output.transpose(1, 2).flatten(2)", "output.movedim(1, -1).flatten(2)"),
        ),
        edit(
            "the heads never merged through project_out",
            "Does a number of head 0 ever meet a number of head 1?",
            ("self.project_out(output.transpose(1, 2).flatten(2))", "output.transpose(1, 2).flatten(2)"),
        ),
        edit(
            "keys and values from x",
            "Whose information is being read? Change the memory: does your output change?",
            ("self.project_qkv(memory)", "self.project_qkv(x)"),
        ),
        edit(
            "scales by the root of d_model",
            "Which vectors are dotted: whole rows, or one head's share of them?",
            (KERNEL, KERNEL[:-1] + ", scale=x.shape[-1] ** -0.5)"),
        ),
        edit(
            "no scale",
            "What is the variance of a sum of d products of unit variance?",
            (KERNEL, KERNEL[:-1] + ", scale=1.0)"),
        ),
        edit(
            "dropout in evaluation",
            "What does .eval() change? A number that you pass does not know of it.",
            ("self.dropout if self.training else 0.0", "self.dropout"),
        ),
        edit(
            "the mask turned round, as nn.MultiheadAttention wants it",
            "Read the mask aloud: True means the query may attend. What does True mean in your call?",
            (KERNEL, "F.scaled_dot_product_attention(q, k, v, None if mask is None else ~mask, dropout)"),
        ),
        edit(
            "mask ignored",
            "Hide a key from everybody. Does your output change?",
            (KERNEL, "F.scaled_dot_product_attention(q, k, v, None, dropout)"),
        ),
        edit(
            "mask after the softmax",
            "Do the weights that remain still sum to 1? Where did the lost share go?",
            (KERNEL, "masked_after_softmax(q, k, v, mask)"),
        ),
        edit(
            "NaN where a query may attend to nothing",
            EMPTY_ROW,
            (KERNEL, "filled_attention(q, k, v, mask, -math.inf)"),
        ),
        edit(
            "a large finite number for minus infinity",
            EMPTY_ROW,
            (KERNEL, "filled_attention(q, k, v, mask, -1e9)"),
        ),
        edit("the queries detached", GRAPH, ("chunk(3, dim=-1)[0]", "chunk(3, dim=-1)[0].detach()")),
        edit(
            "the packed weight read through .data",
            GRAPH,
            ("self.project_qkv(x)", "F.linear(x, self.project_qkv.weight.data, self.project_qkv.bias)"),
            ("self.project_qkv(memory)", "F.linear(memory, self.project_qkv.weight.data, self.project_qkv.bias)"),
        ),
        edit(
            "the attention in no_grad",
            GRAPH,
            ("output.transpose(1, 2).flatten(2)", "output.detach().transpose(1, 2).flatten(2)"),
        ),
        edit(
            "weights changed in place",
            "The softmax kept its result for the way back. Who wrote over it? Make a new tensor instead.",
            (KERNEL, "attention_changed_in_place(q, k, v, mask)"),
        ),
    ),
    equivalents=(WrittenOut, HeadByHead),
    hints=(
        "Two nn.Linear, one packed and one for the output. Between them: split, attend, merge.",
        "chunk(3, dim=-1) cuts the packed projection; unflatten and transpose split; transpose and flatten merge.",
        "F.scaled_dot_product_attention(q, k, v, mask, dropout), where dropout is 0.0 unless self.training.",
    ),
)

"""Exercises of chapter 9: LayerNorm, the feed-forward layer, block, stack, a mean without padding, and mutants.

All are judged forward and backward, in float64.
"""

from dataclasses import replace
from functools import reduce

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from mha_lib import encoder as library
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.diagnosis.exposure import Exposure, misses
from mha_lib.diagnosis.tensors import module_call, tensor_call
from mha_lib.layers import FeedForward, MultiHeadAttention

INSIDE = "Is eps added to the variance or to its root? Try a variance of 3 and an eps of 1."
HIGHWAY = "What does the highway carry: the tokens, or their normalised copies?"
BEND = "Which bend does the statement ask for? Compare a few numbers between -3 and 3."
WHICH_TOKENS = "Which rows of x are words? Only they may be summed, and only they counted."
HOW_MANY = "How many layers exist? Count the parameters."
NEARLY_ONE = 1 - 1e-12  # a rate of dropout that leaves nothing, so that dropout at the wrong time always shows


def layer_norm(x, gain, shift, eps):
    """Return each token with mean 0 and variance 1 over its features, times the gain, plus the shift."""
    mean = x.mean(dim=-1, keepdim=True)
    variance = ((x - mean) ** 2).mean(dim=-1, keepdim=True)
    normed = (x - mean) / torch.sqrt(variance + eps)
    return gain * normed + shift


def layer_norm_of_torch(x, gain, shift, eps):
    """Return the same from PyTorch's own function."""
    return F.layer_norm(x, x.shape[-1:], gain, shift, eps)


def layer_norm_by_lengths(x, gain, shift, eps):
    """Return the same: the centred token over its length, which is the root of d times its deviation."""
    centred = x - x.mean(-1, keepdim=True)
    d = x.shape[-1]
    length = torch.sqrt((centred * centred).sum(-1, keepdim=True) + d * eps)
    return torch.addcmul(shift, centred / length * d**0.5, gain)


def layer_norm_with_var(x, gain, shift, eps):
    """Return the same, PyTorch's variance told not to correct."""
    return (x - x.mean(-1, keepdim=True)) * (x.var(-1, correction=0, keepdim=True) + eps) ** -0.5 * gain + shift


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


class EncoderBlock(nn.Module):
    """Return tokens that read from each other and then think, each by itself; norms come first (pre-norm)."""

    def __init__(self, d_model, num_heads, d_ff, dropout=0.0):
        super().__init__()
        self.attention_norm = nn.LayerNorm(d_model)
        self.attention = MultiHeadAttention(d_model, num_heads, dropout=dropout)
        self.feed_forward_norm = nn.LayerNorm(d_model)
        self.feed_forward = FeedForward(d_model, d_ff, dropout)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, mask=None):
        """Return (b, n, d_model)."""
        x = x + self.dropout(self.attention(self.attention_norm(x), mask=mask))
        return x + self.dropout(self.feed_forward(self.feed_forward_norm(x)))


class BlockStepByStep(EncoderBlock):
    """Return the same, every step with a name of its own, and dropout as a function."""

    def forward(self, x, mask=None):
        """Return (b, n, d_model)."""
        normed = F.layer_norm(x, x.shape[-1:], self.attention_norm.weight, self.attention_norm.bias)
        middle = torch.add(F.dropout(self.attention(normed, normed, mask), self.dropout.p, self.training), x)
        thought = self.feed_forward(self.feed_forward_norm(middle))
        return middle + F.dropout(thought, self.dropout.p, training=self.training)


class Encoder(nn.Module):
    """Return tokens after a stack of pre-norm blocks, each with parameters of its own, and a final norm."""

    def __init__(self, d_model, num_heads, d_ff, num_layers, dropout=0.0):
        super().__init__()
        blocks = [library.EncoderBlock(d_model, num_heads, d_ff, dropout) for _ in range(num_layers)]
        self.blocks = nn.ModuleList(blocks)
        self.final_norm = nn.LayerNorm(d_model)

    def forward(self, x, mask=None):
        """Return (b, n, d_model)."""
        for block in self.blocks:
            x = block(x, mask)
        return self.final_norm(x)


class EncoderByFolding(Encoder):
    """Return the same, the loop folded."""

    def forward(self, x, mask=None):
        """Return (b, n, d_model)."""
        return self.final_norm(reduce(lambda stream, block: block(stream, mask=mask), self.blocks, x))


class EncoderBySequential(nn.Module):
    """Return the same, the blocks registered one by one in a Sequential, and looped over."""

    def __init__(self, d_model, num_heads, d_ff, num_layers, dropout=0.0):
        super().__init__()
        self.blocks = nn.Sequential()
        for _ in range(num_layers):
            self.blocks.append(library.EncoderBlock(d_model, num_heads, d_ff, dropout))
        self.final_norm = nn.LayerNorm(d_model)

    def forward(self, x, mask=None):
        """Return (b, n, d_model)."""
        for i in range(len(self.blocks)):
            x = self.blocks[i](x, mask)
        return self.final_norm(x)


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


def norm_probes(rng):
    """Return tokens with means that are not 0, gains and shifts that are not 1 and 0, and an eps that shows."""
    flat = draw(rng, 3, 5) + 2
    flat[1] = 1.25
    return [
        Probe(
            "the worked example",
            (np.array([[1.0, 1.0, 1.0, 5.0]]), np.array([2.0, 2.0, 2.0, 4.0]), np.array([0.0, 1.0, 0.0, -1.0]), 1.0),
        ),
        Probe("3 tokens of width 6", (draw(rng, 3, 6) + 2, draw(rng, 6), draw(rng, 6), 0.1)),
        Probe("4 tokens of width 4", (draw(rng, 4, 4) - 1, draw(rng, 4), draw(rng, 4), 0.1)),
        Probe("a batch of 1 sequence with 1 token", (draw(rng, 1, 1, 3) + 1, draw(rng, 3), draw(rng, 3), 1e-3)),
        Probe("a batch of 2 sequences", (draw(rng, 2, 3, 4) + 2, draw(rng, 4), draw(rng, 4), 0.1)),
        Probe("numbers around a million", (draw(rng, 2, 5) + 1e6, draw(rng, 5), draw(rng, 5), 0.1)),
        Probe("a token whose features all agree", (flat, draw(rng, 5), draw(rng, 5), 0.1)),
    ]


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


def module_probe(rng, label, cls, sizes, shape, mask=None):
    """Return a probe of a module, every parameter drawn, gains and shifts too."""
    config = dict(zip(("d_model", "num_heads", "d_ff", "num_layers", "dropout"), sizes, strict=False))
    shapes = {name: tuple(parameter.shape) for name, parameter in cls(**config).named_parameters()}
    parameters = {name: draw(rng, *size, scale=0.8) for name, size in sorted(shapes.items())}
    inputs = {"x": draw(rng, *shape, sizes[0]) + 0.5} | ({} if mask is None else {"mask": mask})
    return Probe(label, (config, parameters, inputs))


def padding_mask(lengths, longest):
    """Return which keys are words: (b, 1, 1, k)."""
    return (np.arange(longest) < np.array(lengths)[:, None])[:, None, None, :]


def block_probe(rng, label, sizes, shape, mask=None, dropout=0.0):
    """Return a probe of a block of sizes (d_model, num_heads, d_ff)."""
    probe = module_probe(rng, label, EncoderBlock, sizes, shape, mask)
    return Probe(label, (probe.args[0] | {"dropout": dropout}, *probe.args[1:]))


def block_probes(rng):
    """Return blocks: small, ragged, square, of one head, with padding, and with dropout that must rest."""
    return [
        block_probe(rng, "2 tokens of width 2 and one head", (2, 1, 3), (1, 2)),
        block_probe(rng, "4 tokens of width 4", (4, 2, 4), (4, 4)),
        block_probe(rng, "5 tokens of width 6 and 3 heads", (6, 3, 7), (2, 5)),
        block_probe(rng, "padded sentences", (6, 2, 5), (3, 4), padding_mask((2, 4, 3), 4)),
        block_probe(rng, "a block with dropout, in evaluation mode", (4, 2, 5), (2, 3), dropout=NEARLY_ONE),
    ]


def encoder_probes(rng):
    """Return stacks of one, two and three blocks, with and without padding."""
    return [
        module_probe(rng, "one block", Encoder, (2, 1, 3, 1), (1, 2)),
        module_probe(rng, "two blocks of width 4", Encoder, (4, 2, 5, 2), (2, 3)),
        module_probe(rng, "three blocks", Encoder, (6, 3, 4, 3), (1, 5)),
        module_probe(
            rng, "two blocks with padded sentences", Encoder, (4, 2, 3, 2), (3, 5), padding_mask((2, 5, 4), 5)
        ),
    ]


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


def mean_is_zero(parts, x, gain, shift, eps):
    """Return whether gain and shift undone leave a mean of 0 in every token."""
    return bool(np.allclose(((parts["output"] - shift) / gain).mean(-1), 0, atol=1e-6))


def tokens_do_not_meet(parts, x, *weights):
    """Return whether the output has a row for each token."""
    return np.shape(parts["output"]) == x.shape


LAYER_NORM = Exercise(
    reference=layer_norm,
    returns="the tokens, normalised one by one, as a tensor: (..., d)",
    probes=norm_probes,
    mistakes=(
        edit("normalises over the tokens", "Does token 1 change when token 2 does?", ("dim=-1", "dim=-2")),
        edit(
            "normalises over the whole sequence",
            "Does token 1 change when token 2 does? How many means should there be?",
            ("dim=-1", "dim=(-2, -1)"),
        ),
        edit(
            "unbiased variance",
            "Divide by d, or by d - 1? The statement has a mean of squares.",
            ("((x - mean) ** 2).mean(dim=-1, keepdim=True)", "x.var(dim=-1, keepdim=True)"),
        ),
        edit("eps outside the root", INSIDE, ("torch.sqrt(variance + eps)", "(torch.sqrt(variance) + eps)")),
        edit("no eps", "What if all features of a token agree?", ("variance + eps", "variance")),
        edit("eps hard-coded", "Which eps did the caller ask for?", ("variance + eps", "variance + 1e-5")),
        edit(
            "divides by the variance",
            "By what must numbers be divided for their variance to become 1?",
            ("torch.sqrt(variance + eps)", "(variance + eps)"),
        ),
        edit(
            "does not subtract the mean",
            "What is the mean of your output, before gain and shift?",
            ("(x - mean) /", "x /"),
        ),
        edit(
            "variance as a difference of two squares",
            "Two big numbers, subtracted. Which digits are left when the mean is a million?",
            ("((x - mean) ** 2).mean(dim=-1, keepdim=True)", "(x * x).mean(dim=-1, keepdim=True) - mean**2"),
        ),
        edit(
            "no gain",
            "What is the fresh value of a gain, and what if it has been trained?",
            ("gain * normed", "normed"),
        ),
        edit("no shift", "What is the fresh value of a shift, and what if it has been trained?", (" + shift", "")),
        edit(
            "gain and shift swapped",
            "Which of the two multiplies?",
            ("gain * normed + shift", "shift * normed + gain"),
        ),
        edit(
            "gain and shift before the norm",
            "If they come first, what does the norm leave of them?",
            ("mean = x", "x = gain * x + shift\n    mean = x"),
            ("gain * normed + shift", "normed"),
        ),
        edit(
            "the gain multiplies the shift too",
            "Where does the shift go in, before the gain or after it?",
            ("gain * normed + shift", "gain * (normed + shift)"),
        ),
        edit(
            "mean and variance cut from the graph",
            "If x changes, do its mean and variance? Draw the graph.",
            ("mean = x.mean", "mean = x.detach().mean"),
            ("((x - mean) ** 2)", "((x - mean).detach() ** 2)"),
        ),
    ),
    equivalents=(layer_norm_of_torch, layer_norm_by_lengths, layer_norm_with_var),
    hints=(
        "One token at a time: its mean, its variance, then the token centred and divided.",
        "Which axis holds the features of one token? Keep it (keepdim=True), so that the shapes line up.",
        "(x - mean) / torch.sqrt(variance + eps), with variance = ((x - mean) ** 2).mean(...); then gain and shift.",
    ),
    properties=(Property("without gain and shift, every token has mean 0", mean_is_zero),),
    call=tensor_call("x", "gain", "shift"),
)

GELU = "F.gelu(hidden)"
FEED_FORWARD = Exercise(
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

READ = "x = x + self.dropout(self.attention(self.attention_norm(x), mask=mask))"
THINK = "return x + self.dropout(self.feed_forward(self.feed_forward_norm(x)))"
BLOCK = Exercise(
    reference=library.EncoderBlock,
    worked=EncoderBlock,
    returns="the tokens after the block, as a tensor: (b, n, d_model)",
    probes=block_probes,
    mistakes=(
        edit(
            "residual from the normalised tokens",
            HIGHWAY,
            (READ, "x = self.attention_norm(x)\n        x = x + self.dropout(self.attention(x, mask=mask))"),
            (THINK, "x = self.feed_forward_norm(x)\n        return x + self.dropout(self.feed_forward(x))"),
        ),
        edit(
            "post-norm",
            "Both kinds exist. Which one does the statement ask for?",
            (READ, "x = self.attention_norm(x + self.dropout(self.attention(x, mask=mask)))"),
            (THINK, "return self.feed_forward_norm(x + self.dropout(self.feed_forward(x)))"),
        ),
        edit(
            "normalises what a layer returns",
            "Who needs tidy numbers: the layer that reads, or the stream that it writes to?",
            ("self.attention(self.attention_norm(x), mask=mask)", "self.attention_norm(self.attention(x, mask=mask))"),
            ("self.feed_forward(self.feed_forward_norm(x))", "self.feed_forward_norm(self.feed_forward(x))"),
        ),
        edit("no norm before attention", "How many norms has a block?", ("self.attention_norm(x)", "x")),
        edit(
            "no norm before the feed-forward layer", "How many norms has a block?", ("self.feed_forward_norm(x)", "x")
        ),
        edit(
            "one norm for both layers",
            "Each layer may want its own gain. How many norms are learned here?",
            ("self.feed_forward_norm(x)", "self.attention_norm(x)"),
        ),
        edit("no residual around attention", HIGHWAY, ("x = x + ", "x = ")),
        edit("no residual around the feed-forward layer", HIGHWAY, ("return x + ", "return ")),
        edit(
            "adds the tokens twice",
            "How often should each token's own vector come out?",
            ("return x + ", "return 2 * x + "),
        ),
        edit(
            "both layers read the same tokens",
            "What should a token think about: what it was, or what it has read as well?",
            ("x = x + self", "read = x + self"),
            ("return x + ", "return read + "),
        ),
        edit(
            "keys and values are not normalised",
            "Who is read in self-attention? Is that one normalised too?",
            ("self.attention(self.attention_norm(x), ", "self.attention(self.attention_norm(x), x, "),
        ),
        edit("mask not passed on", "Who may look at the padding?", (", mask=mask", "")),
        edit(
            "mask handed over as the memory",
            "Which argument comes second in MultiHeadAttention? Pass the mask by its name.",
            (", mask=mask", ", mask"),
        ),
        edit(
            "dropout that never rests",
            "What does `.eval()` change? A function that was not told the mode cannot know it.",
            ("nn.Dropout(dropout)", "(lambda x: F.dropout(x, dropout))"),
        ),
        edit(
            "the residual cut from the graph",
            "The highway carries gradients back as well. What stops them here?",
            ("x = x + ", "x = x.detach() + "),
        ),
    ),
    equivalents=(BlockStepByStep,),
    hints=(
        "Twice the same pattern: x + layer(norm(x)). First attention, then the feed-forward layer.",
        "What goes into a layer is normalised; what it returns is added to the x that was not.",
        "x = x + self.dropout(self.attention(self.attention_norm(x), mask=mask)); then the second line like it.",
    ),
    call=module_call,
)

BLOCKS = "[library.EncoderBlock(d_model, num_heads, d_ff, dropout) for _ in range(num_layers)]"
STACK = Exercise(
    reference=library.Encoder,
    worked=Encoder,
    returns="the tokens after the stack, as a tensor: (b, n, d_model)",
    probes=encoder_probes,
    mistakes=(
        edit(
            "a Python list of blocks",
            "Which parameters does model.parameters() find inside a plain list?",
            ("nn.ModuleList(blocks)", "blocks"),
        ),
        edit(
            "one block, used again and again",
            HOW_MANY,
            (BLOCKS, "[library.EncoderBlock(d_model, num_heads, d_ff, dropout)] * num_layers"),
        ),
        edit("no final norm", "Who has normalised the sum that leaves the last block?", ("self.final_norm(x)", "x")),
        edit(
            "a final norm after every block",
            "How often is final? What does the highway carry from block to block?",
            ("x = block(x, mask)", "x = self.final_norm(block(x, mask))"),
            ("return self.final_norm(x)", "return x"),
        ),
        edit(
            "the final norm first",
            "Which numbers are still untidy: those that enter, or those that leave?",
            ("for block", "x = self.final_norm(x)\n        for block"),
            ("return self.final_norm(x)", "return x"),
        ),
        edit(
            "every block reads the first tokens",
            "What should the second block read: x as it came, or what the first block made of it?",
            ("x = block(x, mask)", "output = block(x, mask)"),
            ("self.final_norm(x)", "self.final_norm(output)"),
        ),
        edit(
            "the blocks in reverse order",
            "Which block reads the embeddings?",
            ("in self.blocks", "in self.blocks[::-1]"),
        ),
        edit("the last block left out", HOW_MANY, ("in self.blocks", "in self.blocks[:-1]")),
        edit("mask not passed on", "Who may look at the padding?", ("block(x, mask)", "block(x)")),
        edit(
            "mask for the first block only",
            "Is the padding still padding in the second block?",
            ("x = block(x, mask)", "x = block(x, mask)\n            mask = None"),
        ),
        edit(
            "a residual around each block",
            "The block has added its x already. How often should it be in the sum?",
            ("x = block(x, mask)", "x = x + block(x, mask)"),
        ),
        edit(
            "post-norm blocks",
            "Both kinds exist. Which one does the statement ask for?",
            ("d_ff, dropout)", 'd_ff, dropout, norm="post")'),
        ),
    ),
    equivalents=(EncoderByFolding, EncoderBySequential),
    hints=(
        "A list of blocks that PyTorch knows of, and a loop that hands the tokens from one to the next.",
        "nn.ModuleList registers what it holds. Each turn of the list must build a new block.",
        "nn.ModuleList([EncoderBlock(...) for _ in range(num_layers)]); x = block(x, mask) in a loop; then the norm.",
    ),
    call=module_call,
)

MASKED_MEAN = Exercise(
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


def output_alone(function, *args):
    """Return what the function returns, without its gradients: they would expose a forgotten gain on any input."""
    return LAYER_NORM.call(function, *args)["output"]


def expose_layer_norm():
    """Return (x, gain, shift, eps) on which every broken version of layer_norm gives itself away."""
    x = np.array([[1.0, 1.0, 1.0, 5.0], [2.0, -3.0, 0.0, 7.0]])
    return x, np.array([2.0, 3.0, 5.0, 7.0]), np.array([1.0, -1.0, 2.0, 0.5]), 0.5


def expose_layer_norm_batched():
    """Return the same with a batch axis, and another eps."""
    x, gain, shift, _ = expose_layer_norm()
    return x[None], gain, shift, 0.1


def _without_spread():
    _, gain, shift, eps = expose_layer_norm()
    return np.full((2, 4), 3.0), gain, shift, eps


def _no_eps():
    return *expose_layer_norm()[:3], 0.0


def _usual_eps():
    return *expose_layer_norm()[:3], 1e-5


def _fresh():
    x, gain, shift, eps = expose_layer_norm()
    return x, np.ones_like(gain), np.zeros_like(shift), eps


def _rows_like_columns():
    x = np.array([[1.0, 2.0, 4.0], [4.0, 1.0, 2.0], [2.0, 4.0, 1.0]])
    return x, np.array([2.0, 3.0, 5.0]), np.array([1.0, -1.0, 2.0]), 0.5


def _centred():
    x, gain, shift, eps = expose_layer_norm()
    return x - x.mean(-1, keepdims=True), gain, shift, eps


EXPOSE_LAYER_NORM = Exposure(
    reference=expose_layer_norm,
    target=replace(LAYER_NORM, call=output_alone),
    mistakes=(
        misses("unbiased variance", "Which variance is the same whatever it is divided by?", _without_spread),
        misses("eps outside the root", "Which eps makes no difference inside or outside?", _no_eps),
        misses("eps hard-coded", "Which eps would anybody write down?", _usual_eps),
        misses("normalises over the tokens", "When has every column the numbers of a row?", _rows_like_columns),
        misses("does not subtract the mean", "Which mean need not be subtracted?", _centred),
        misses("no gain", "Which gain does nothing?", _fresh),
        misses("no shift", "Which shift does nothing?", _fresh),
    ),
    hints=(
        "A broken version survives where its mistake makes no difference. What do a gain of 1 and a shift of 0 do?",
        "Choose an eps that is large beside the variance, a mean that is not 0, and few features.",
        "Two rows of four unlike numbers, gains such as 2, 3, 5, 7, shifts that are not 0, and an eps of 0.5.",
    ),
    equivalents=(expose_layer_norm_batched,),
    returns="a tuple (x, gain, shift, eps)",
)

EXERCISES = (LAYER_NORM, FEED_FORWARD, BLOCK, STACK, MASKED_MEAN, EXPOSE_LAYER_NORM)

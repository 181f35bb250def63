"""Exercise DecoderBlock: the decoder block."""

import numpy as np
import torch
import torch.nn.functional as F  # noqa: F401 - edits below call it
from torch import nn

from mha_lib.checks.translation.shared import ANSWER
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe
from mha_lib.diagnosis.tensors import module_call
from mha_lib.heads.layers import FeedForward, MultiHeadAttention
from mha_lib.translation import decoder

WHO_READS = "Who reads here, and who is read? Whose tokens does the memory hold?"
WHOSE_MASK = "Each mask has an axis of keys. Which side's tokens does it hide?"
HIGHWAY = "What does the highway carry past each of the three layers?"
NEARLY_ONE = 1 - 1e-12  # a rate of dropout that leaves nothing, so that dropout at the wrong time always shows


class DecoderBlock(nn.Module):
    """Return tokens that read themselves, then the memory, and then think; norms come first (pre-norm)."""

    def __init__(self, d_model, num_heads, d_ff, dropout=0.0):
        super().__init__()
        self.attention_norm = nn.LayerNorm(d_model)
        self.attention = MultiHeadAttention(d_model, num_heads, dropout=dropout)
        self.cross_attention_norm = nn.LayerNorm(d_model)
        self.cross_attention = MultiHeadAttention(d_model, num_heads, dropout=dropout)
        self.feed_forward_norm = nn.LayerNorm(d_model)
        self.feed_forward = FeedForward(d_model, d_ff, dropout)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, memory, mask=None, memory_mask=None):
        """Return (b, q, d_model)."""
        x = x + self.dropout(self.attention(self.attention_norm(x), mask=mask, is_causal=True))
        x = x + self.dropout(self.cross_attention(self.cross_attention_norm(x), memory, memory_mask))
        return x + self.dropout(self.feed_forward(self.feed_forward_norm(x)))


class DecoderStepByStep(DecoderBlock):
    """Return the same, the causal mask made by hand and every step with a name of its own."""

    def forward(self, x, memory, mask=None, memory_mask=None):
        """Return (b, q, d_model)."""
        past = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).tril()
        read = self.attention(self.attention_norm(x), mask=past if mask is None else past & mask)
        x = torch.add(self.dropout(read), x)
        found = self.cross_attention(self.cross_attention_norm(x), memory=memory, mask=memory_mask)
        x = self.dropout(found) + x
        return self.dropout(self.feed_forward(self.feed_forward_norm(x))) + x


def padding_mask(lengths, longest):
    """Return which keys are words: (b, 1, 1, k)."""
    return (np.arange(longest) < np.array(lengths)[:, None])[:, None, None, :]


def block_probe(rng, label, sizes, shape, lengths=None, memory_lengths=None, dropout=0.0):
    """Return a probe of a block of sizes (d_model, num_heads, d_ff), on (b, q, k) tokens, every parameter drawn."""
    config = dict(zip(("d_model", "num_heads", "d_ff"), sizes, strict=True)) | {"dropout": dropout}
    shapes = {name: tuple(parameter.shape) for name, parameter in DecoderBlock(**config).named_parameters()}
    parameters = {name: draw(rng, *size, scale=0.8) for name, size in sorted(shapes.items())}
    b, q, k = shape
    inputs = {"x": draw(rng, b, q, sizes[0]) + 0.5, "memory": draw(rng, b, k, sizes[0]) - 0.5}
    if lengths:
        inputs |= {"mask": padding_mask(lengths, q), "memory_mask": padding_mask(memory_lengths, k)}
    return Probe(label, (config, parameters, inputs))


def block_probes(rng):
    """Return blocks: small, square, ragged, with padding on both sides, and with dropout that must rest."""
    return [
        block_probe(rng, "2 tokens of width 2 that read 3", (2, 1, 3), (1, 2, 3)),
        block_probe(rng, "4 tokens that read 4, padding on both sides", (4, 2, 4), (2, 4, 4), (3, 4), (4, 2)),
        block_probe(rng, "a block with dropout, in evaluation mode", (4, 2, 5), (2, 3, 2), dropout=NEARLY_ONE),
        block_probe(rng, "5 tokens of width 6 that read 3", (6, 3, 7), (2, 5, 3)),
        block_probe(rng, "padding on both sides", (6, 2, 5), (3, 4, 5), (2, 4, 3), (5, 3, 1)),
    ]


SELF = "x = x + self.dropout(self.attention(self.attention_norm(x), mask=mask, is_causal=True))"


CROSS = "x = x + self.dropout(self.cross_attention(self.cross_attention_norm(x), memory, memory_mask))"


EXERCISE = Exercise(
    reference=decoder.DecoderBlock,
    worked=DecoderBlock,
    returns="the tokens after the block, as a tensor: (b, q, d_model)",
    probes=block_probes,
    mistakes=(
        edit("self-attention sees the future", ANSWER, (", is_causal=True", "")),
        edit("cross-attention reads itself", WHO_READS, ("(x), memory, memory_mask", "(x), mask=memory_mask")),
        edit(
            "the memory asks and the tokens are read",
            WHO_READS,
            (
                "self.cross_attention(self.cross_attention_norm(x), memory, memory_mask)",
                "self.cross_attention(memory, self.cross_attention_norm(x), mask)",
            ),
        ),
        edit(
            "cross-attention is causal",
            "Is the end of the source hidden while its translation begins?",
            ("memory, memory_mask)", "memory, memory_mask, True)"),
        ),
        edit("memory mask not passed on", WHOSE_MASK, ("memory, memory_mask", "memory")),
        edit("the mask of the wrong side in cross-attention", WHOSE_MASK, ("memory, memory_mask)", "memory, mask)")),
        edit("the mask of the wrong side in self-attention", WHOSE_MASK, ("mask=mask", "mask=memory_mask")),
        edit(
            "the two masks exchanged",
            WHOSE_MASK,
            ("mask=mask", "mask=memory_mask"),
            ("memory, memory_mask)", "memory, mask)"),
        ),
        edit("self-attention's mask not passed on", WHOSE_MASK, ("mask=mask, ", "")),
        edit(
            "the memory normalised again",
            "Whose last act was a norm? Does the memory come from there?",
            ("(x), memory, ", "(x), self.cross_attention_norm(memory), "),
        ),
        edit(
            "cross-attention comes first",
            "What should a token ask the source with: what it is, or what it has read so far?",
            (SELF, "READ"),
            (CROSS, SELF),
            ("READ", CROSS),
        ),
        edit(
            "no residual around self-attention",
            HIGHWAY,
            ("x = x + self.dropout(self.attention(", "x = self.dropout(self.attention("),
        ),
        edit(
            "no residual around cross-attention",
            HIGHWAY,
            ("x = x + self.dropout(self.cross", "x = self.dropout(self.cross"),
        ),
        edit(
            "no norm before cross-attention",
            "How many norms has a decoder block?",
            ("self.cross_attention_norm(x)", "x"),
        ),
        edit(
            "one norm for both attentions",
            "Each layer may want its own gain. How many norms are learned here?",
            ("self.cross_attention_norm(x)", "self.attention_norm(x)"),
        ),
        edit(
            "one attention layer for both",
            "How many attention layers has a decoder block?",
            ("self.cross_attention(self", "self.attention(self"),
        ),
        edit(
            "both attentions read the same tokens",
            "What should a token ask the source with: what it is, or what it has read so far?",
            ("x = x + self.dropout(self.attention(", "y = x + self.dropout(self.attention("),
            ("x = x + self.dropout(self.cross", "x = y + self.dropout(self.cross"),
        ),
        edit(
            "no feed-forward layer",
            "Two layers read. Which one thinks?",
            ("return x + self.dropout(self.feed_forward(self.feed_forward_norm(x)))", "return x"),
        ),
        edit(
            "the memory cut from the graph",
            "How does the encoder learn what to say, if nothing comes back from its reader?",
            ("(x), memory, ", "(x), memory.detach(), "),
        ),
        edit(
            "dropout that never rests",
            "What does `.eval()` change? A function that was not told the mode cannot know it.",
            ("nn.Dropout(dropout)", "(lambda x: F.dropout(x, dropout))"),
        ),
    ),
    equivalents=(DecoderStepByStep,),
    hints=(
        "Three times the same pattern: x + layer(norm(x)). Self-attention, cross-attention, feed-forward.",
        "Queries come from x in both attentions. Whose are the keys in the second, and whose padding is hidden?",
        "x = x + self.dropout(self.cross_attention(self.cross_attention_norm(x), memory, memory_mask)) comes second.",
    ),
    call=module_call,
)

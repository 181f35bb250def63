"""Exercise EncoderBlock: the block."""

import torch
import torch.nn.functional as F
from torch import nn

from mha_lib.checks.encoder.shared import NEARLY_ONE, module_probe, padding_mask
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.exercise import Exercise, Probe
from mha_lib.diagnosis.tensors import module_call
from mha_lib.encoder import blocks as library
from mha_lib.heads.layers import FeedForward, MultiHeadAttention

HIGHWAY = "What does the highway carry: the tokens, or their normalised copies?"


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


READ = "x = x + self.dropout(self.attention(self.attention_norm(x), mask=mask))"


THINK = "return x + self.dropout(self.feed_forward(self.feed_forward_norm(x)))"


EXERCISE = Exercise(
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

"""Exercise Encoder: the stack."""

from functools import reduce

from torch import nn

from mha_lib.checks.encoder.shared import module_probe, padding_mask
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.exercise import Exercise
from mha_lib.diagnosis.tensors import module_call
from mha_lib.encoder import blocks as library

HOW_MANY = "How many layers exist? Count the parameters."


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


BLOCKS = "[library.EncoderBlock(d_model, num_heads, d_ff, dropout) for _ in range(num_layers)]"


EXERCISE = Exercise(
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

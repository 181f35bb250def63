"""Chapter 8. Convert: the encoder's block with the same numbers in PyTorch's own module, and back.

The parameters are copied, not shared; their type and device and the training mode come along.
"""

import torch.nn.functional as F
from torch import nn

from mha_lib.encoder.blocks import EncoderBlock
from mha_lib.heads.convert import ATTENTION_NAMES, filled, from_torch_attention, to_torch_attention

PARTS = {
    "feed_forward.project_in": "linear1",
    "feed_forward.project_out": "linear2",
    "attention_norm": "norm1",
    "feed_forward_norm": "norm2",
}
BLOCK_NAMES = {f"attention.{ours}": f"self_attn.{theirs}" for ours, theirs in ATTENTION_NAMES.items()}
BLOCK_NAMES |= {f"{ours}.{kind}": f"{theirs}.{kind}" for ours, theirs in PARTS.items() for kind in ("weight", "bias")}
"""Each parameter of our block, and what PyTorch calls it."""


def from_torch_block(module):
    """Return an `EncoderBlock` that computes what a `torch.nn.TransformerEncoderLayer` does.

    `norm_first` decides between pre-norm and post-norm. Our block takes the batch first, whatever `batch_first` says.
    Raises ValueError for what our block has no place for: an activation other than the exact GELU (theirs is ReLU
    unless told), `bias=False`, rates of dropout that differ.

    >>> from_torch_block(nn.TransformerEncoderLayer(12, 3, 48, activation="gelu", norm_first=True)).norm
    'pre'
    """
    check_activation(module.activation)
    if module.linear1.bias is None:
        raise ValueError("bias=False leaves out biases that EncoderBlock always has")
    rates = [module.self_attn.dropout, module.dropout.p, module.dropout1.p, module.dropout2.p]
    num_heads = from_torch_attention(module.self_attn).num_heads
    norm = "pre" if module.norm_first else "post"
    linear = module.linear1
    block = EncoderBlock(linear.in_features, num_heads, linear.out_features, single("dropout", rates), norm)
    block.attention_norm.eps, block.feed_forward_norm.eps = module.norm1.eps, module.norm2.eps
    return filled(block, module, {theirs: ours for ours, theirs in BLOCK_NAMES.items()})


def to_torch_block(block):
    """Return a `torch.nn.TransformerEncoderLayer`, batch first, that computes what our `EncoderBlock` does.

    Raises ValueError if its attention has positions or no biases, if its rates of dropout or the epsilons of its two
    norms differ, or if its activation is not the exact GELU.

    >>> to_torch_block(EncoderBlock(12, 3, 48, norm="post")).norm_first
    False
    """
    check_activation(block.feed_forward.activation)
    if to_torch_attention(block.attention).in_proj_bias is None:
        raise ValueError("torch.nn.TransformerEncoderLayer cannot leave out the biases of its attention alone")
    module = nn.TransformerEncoderLayer(
        block.feed_forward.project_in.in_features,
        block.attention.num_heads,
        block.feed_forward.project_in.out_features,
        single("dropout", [block.attention.dropout, block.feed_forward.dropout.p, block.dropout.p]),
        activation="gelu",
        layer_norm_eps=single("epsilon", [block.attention_norm.eps, block.feed_forward_norm.eps]),
        batch_first=True,
        norm_first=block.norm == "pre",
    )
    return filled(module, block, BLOCK_NAMES)


def single(what, values):
    """Return the one value that all of `values` are, or raise ValueError."""
    if len(set(values)) > 1:
        raise ValueError(f"the two blocks share one {what} among their parts, got {values}")
    return values[0]


def check_activation(activation):
    """Raise ValueError unless the activation is the exact GELU."""
    exact = activation is F.gelu or (isinstance(activation, nn.GELU) and activation.approximate == "none")
    if not exact:
        name = getattr(activation, "__name__", repr(activation))
        raise ValueError(f'the activation must be the exact GELU (activation="gelu"), got {name}')

"""Chapter 9. Convert: the decoder's block with the same numbers in PyTorch's own module, and back.

The parameters are copied, not shared; their type and device and the training mode come along.
"""

from torch import nn

from mha_lib.encoder.convert import PARTS, check_activation, single
from mha_lib.heads.convert import ATTENTION_NAMES, filled, from_torch_attention, to_torch_attention
from mha_lib.translation.decoder import DecoderBlock

DECODER_PARTS = PARTS | {"cross_attention_norm": "norm2", "feed_forward_norm": "norm3"}
DECODER_NAMES = {
    f"{layer}.{ours}": f"{module}.{theirs}"
    for layer, module in (("attention", "self_attn"), ("cross_attention", "multihead_attn"))
    for ours, theirs in ATTENTION_NAMES.items()
}
DECODER_NAMES |= {
    f"{ours}.{kind}": f"{theirs}.{kind}" for ours, theirs in DECODER_PARTS.items() for kind in ("weight", "bias")
}
"""Each parameter of our decoder block, and what PyTorch calls it."""


def from_torch_decoder_block(module):
    """Return a `DecoderBlock` that computes what a `torch.nn.TransformerDecoderLayer` does under a causal mask.

    Theirs is causal only if it is told (`tgt_mask`, `tgt_is_causal`); ours always is. The rest is as in
    `from_torch_block`: batch first, the exact GELU, no `bias=False`, one rate of dropout, else ValueError.

    >>> from_torch_decoder_block(nn.TransformerDecoderLayer(12, 3, 48, activation="gelu")).norm
    'post'
    """
    check_activation(module.activation)
    if module.linear1.bias is None:
        raise ValueError("bias=False leaves out biases that DecoderBlock always has")
    rates = [part.dropout for part in (module.self_attn, module.multihead_attn)]
    rates += [part.p for part in (module.dropout, module.dropout1, module.dropout2, module.dropout3)]
    num_heads = from_torch_attention(module.self_attn).num_heads
    norm = "pre" if module.norm_first else "post"
    linear = module.linear1
    block = DecoderBlock(linear.in_features, num_heads, linear.out_features, single("dropout", rates), norm)
    for ours, theirs in zip(decoder_norms(block), (module.norm1, module.norm2, module.norm3), strict=True):
        ours.eps = theirs.eps
    return filled(block, module, {theirs: ours for ours, theirs in DECODER_NAMES.items()})


def to_torch_decoder_block(block):
    """Return a `torch.nn.TransformerDecoderLayer`, batch first, that computes what our `DecoderBlock` does.

    It must be given a causal `tgt_mask`. Raises ValueError as `to_torch_block` does, for both of its attentions.

    >>> to_torch_decoder_block(DecoderBlock(12, 3, 48)).norm_first
    True
    """
    check_activation(block.feed_forward.activation)
    layers = (block.attention, block.cross_attention)
    if any(to_torch_attention(layer).in_proj_bias is None for layer in layers):
        raise ValueError("torch.nn.TransformerDecoderLayer cannot leave out the biases of its attention alone")
    rates = [*(layer.dropout for layer in layers), block.feed_forward.dropout.p, block.dropout.p]
    module = nn.TransformerDecoderLayer(
        block.feed_forward.project_in.in_features,
        single("number of heads", [layer.num_heads for layer in layers]),
        block.feed_forward.project_in.out_features,
        single("dropout", rates),
        activation="gelu",
        layer_norm_eps=single("epsilon", [norm.eps for norm in decoder_norms(block)]),
        batch_first=True,
        norm_first=block.norm == "pre",
    )
    return filled(module, block, DECODER_NAMES)


def decoder_norms(block):
    """Return the three norms of a `DecoderBlock`, in the order in which PyTorch counts them."""
    return block.attention_norm, block.cross_attention_norm, block.feed_forward_norm

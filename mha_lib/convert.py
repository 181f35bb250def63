"""Chapters 6, 9 and 10. Convert: the same numbers in PyTorch's own modules, and back.

The parameters are copied, not shared; their type and device and the training mode come along. PyTorch's boolean masks
mean the opposite of ours: where we say `mask`, `torch.nn.MultiheadAttention` wants `attn_mask=~mask`.
"""

import torch.nn.functional as F
from torch import nn

from mha_lib.decoder import DecoderBlock
from mha_lib.encoder import EncoderBlock
from mha_lib.layers import MultiHeadAttention

ATTENTION_NAMES = {
    "project_qkv.weight": "in_proj_weight",
    "project_qkv.bias": "in_proj_bias",
    "project_out.weight": "out_proj.weight",
    "project_out.bias": "out_proj.bias",
}
"""Each parameter of our attention layer, and what PyTorch calls it."""

PARTS = {
    "feed_forward.project_in": "linear1",
    "feed_forward.project_out": "linear2",
    "attention_norm": "norm1",
    "feed_forward_norm": "norm2",
}
BLOCK_NAMES = {f"attention.{ours}": f"self_attn.{theirs}" for ours, theirs in ATTENTION_NAMES.items()}
BLOCK_NAMES |= {f"{ours}.{kind}": f"{theirs}.{kind}" for ours, theirs in PARTS.items() for kind in ("weight", "bias")}
"""Each parameter of our block, and what PyTorch calls it."""

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


def from_torch_attention(module):
    """Return a `MultiHeadAttention` that computes what a `torch.nn.MultiheadAttention` does.

    Both pack q, k and v in one matrix, in this order, so nothing is rearranged. Our layer takes the batch first,
    whatever the module's `batch_first` says: that is about its inputs, not its parameters.
    Raises ValueError for what our layer has no place for: `kdim` or `vdim` unlike `embed_dim`, `add_bias_kv`,
    `add_zero_attn`.

    >>> from_torch_attention(nn.MultiheadAttention(12, 3)).num_heads
    3
    """
    widths = (module.kdim, module.vdim)
    if widths != (module.embed_dim, module.embed_dim):
        raise ValueError(f"kdim and vdim must equal embed_dim ({module.embed_dim}), got {widths[0]} and {widths[1]}")
    if module.bias_k is not None or module.add_zero_attn:
        raise ValueError("add_bias_kv and add_zero_attn add a key of their own; MultiHeadAttention has no place for it")
    bias = module.in_proj_bias is not None
    layer = MultiHeadAttention(module.embed_dim, module.num_heads, bias, module.dropout)
    return filled(layer, module, {theirs: ours for ours, theirs in ATTENTION_NAMES.items()})


def to_torch_attention(layer):
    """Return a `torch.nn.MultiheadAttention`, batch first, that computes what our `MultiHeadAttention` does.

    One thing differs: where a query may attend to nothing we read zeros, and the module gives NaN in eval mode, or if
    it is asked for its weights, as it is by default.
    Raises ValueError if the layer has positions: the module knows none.

    >>> to_torch_attention(MultiHeadAttention(12, 3)).num_heads
    3
    """
    if layer.positions is not None:
        raise ValueError(f"torch.nn.MultiheadAttention has no place for positions ({type(layer.positions).__name__})")
    bias = layer.project_out.bias is not None
    d_model = layer.project_out.in_features
    module = nn.MultiheadAttention(d_model, layer.num_heads, layer.dropout, bias, batch_first=True)
    return filled(module, layer, ATTENTION_NAMES)


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


def filled(target, source, names):
    """Return `target` with the parameters of `source`, called by their new names, and in its mode."""
    parameters = {names[name]: parameter for name, parameter in source.state_dict().items()}
    target.to(next(iter(parameters.values()))).load_state_dict(parameters)
    return target.train(source.training)


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

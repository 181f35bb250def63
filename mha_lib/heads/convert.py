"""Chapter 6. Convert: the attention layer with the same numbers in PyTorch's own module, and back.

The parameters are copied, not shared; their type and device and the training mode come along. PyTorch's boolean masks
mean the opposite of ours: where we say `mask`, `torch.nn.MultiheadAttention` wants `attn_mask=~mask`.
"""

from torch import nn

from mha_lib.heads.layers import MultiHeadAttention

ATTENTION_NAMES = {
    "project_qkv.weight": "in_proj_weight",
    "project_qkv.bias": "in_proj_bias",
    "project_out.weight": "out_proj.weight",
    "project_out.bias": "out_proj.bias",
}
"""Each parameter of our attention layer, and what PyTorch calls it."""


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


def filled(target, source, names):
    """Return `target` with the parameters of `source`, called by their new names, and in its mode."""
    parameters = {names[name]: parameter for name, parameter in source.state_dict().items()}
    target.to(next(iter(parameters.values()))).load_state_dict(parameters)
    return target.train(source.training)

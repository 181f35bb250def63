"""Chapter 17. Pruning: heads cut out of a model for good, so that its matrices become smaller."""

import copy

import numpy as np
import torch
from torch import nn

from mha_lib.heads.layers import MultiHeadAttention


class PrunedAttention(MultiHeadAttention):
    """Multi-head attention with fewer heads than its width has room for, perhaps none; each is as wide as before.

    It is made by `remove_heads`. `project_qkv` has 3 * num_heads * d rows, `project_out` num_heads * d columns.
    Without any head it returns the output's bias for every token.
    """

    def split(self, packed, parts):
        """Return the parts of a projection, each cut into heads: (b, n, parts * h * d) -> parts of (b, h, n, d)."""
        d_head = packed.shape[-1] // (parts * self.num_heads) if self.num_heads else self.d_head
        cut = packed.unflatten(-1, (parts, self.num_heads, d_head))  # (b, n, parts, h, d)
        return [part.transpose(1, 2) for part in cut.unbind(2)]


def keep_heads(w_qkv, num_heads, kept):
    """Return the rows of a packed projection that belong to some heads: of q, then of k, then of v.

    w_qkv: (3 * num_heads * d, ...), all of q, then k, then v, and in each the heads one below another
    kept: a list of heads, from 0, in the order wanted  ->  (3 * len(kept) * d, ...)

    Takes arrays or tensors, matrices or biases. Raises ValueError if the rows are not 3 * num_heads * d for any d.

    >>> keep_heads(np.arange(12), num_heads=2, kept=[1]).tolist()
    [2, 3, 6, 7, 10, 11]
    """
    if len(w_qkv) % (3 * num_heads):
        raise ValueError(f"{len(w_qkv)} rows are not q, k and v of {num_heads} heads: divide by 3 * num_heads")
    rest = tuple(w_qkv.shape[1:])
    d_head = len(w_qkv) // (3 * num_heads)
    apart = w_qkv.reshape(3, num_heads, d_head, *rest)
    return apart[:, kept].reshape(3 * len(kept) * d_head, *rest)


def remove_heads(model, heads):
    """Return a copy of a model without some heads: the same numbers as silencing them, from smaller matrices.

    heads: a list of (layer, head), both counted from 0; layers are the model's `MultiHeadAttention`, in order

    Afterwards a layer's heads are counted anew, from 0. The model that was given stays as it is.
    Raises ValueError for a layer or a head that the model does not have.
    Source: Michel et al., 2019, section 4.

    >>> layer = MultiHeadAttention(d_model=12, num_heads=3)
    >>> remove_heads(layer, [(0, 1)]).project_qkv.weight.shape
    torch.Size([24, 12])
    """
    model = copy.deepcopy(model)
    layers = [module for module in model.modules() if isinstance(module, MultiHeadAttention)]
    for layer, head in heads:
        if not 0 <= layer < len(layers) or not 0 <= head < layers[layer].num_heads:
            sizes = [layer.num_heads for layer in layers]
            raise ValueError(f"there is no head {head} in layer {layer}: the layers have {sizes} heads, from 0")
    for number, layer in enumerate(layers):
        own = {head for place, head in heads if place == number}
        if own:
            cut_down(layer, [head for head in range(layer.num_heads) if head not in own])
    return model


def cut_down(layer, kept):
    """Leave only some heads in an attention layer, in place, which becomes a `PrunedAttention`."""
    d_head = layer.project_out.in_features // layer.num_heads if layer.num_heads else layer.d_head
    columns = layer.project_out.weight.unflatten(1, (layer.num_heads, d_head))[:, kept].flatten(1)
    numbers = np.arange(len(layer.project_qkv.weight))[:, None]
    rows = keep_heads(numbers, layer.num_heads, kept)[:, 0] if kept else []
    replace(layer.project_qkv, "weight", layer.project_qkv.weight[rows])
    if layer.project_qkv.bias is not None:
        replace(layer.project_qkv, "bias", layer.project_qkv.bias[rows])
    replace(layer.project_out, "weight", columns)
    layer.project_qkv.out_features = 3 * len(kept) * d_head
    layer.project_out.in_features = len(kept) * d_head
    layer.num_heads, layer.d_head = len(kept), d_head
    layer.__class__ = PrunedAttention


def replace(module, name, tensor):
    """Put a new parameter, a copy, in the place of an old one."""
    setattr(module, name, nn.Parameter(tensor.detach().clone(memory_format=torch.contiguous_format)))

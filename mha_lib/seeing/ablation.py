"""Chapter 11. Ablation: heads of a model switched off, to measure what is lost."""

from collections import defaultdict
from contextlib import contextmanager

import torch

from mha_lib.heads.layers import MultiHeadAttention


@contextmanager
def without_heads(model, heads):
    """Silence some heads of `model` inside `with`: they read zeros, and nothing else changes.

    heads: a list of (layer, head), both counted from 0; layers are the model's `MultiHeadAttention`, in order

    What enters a layer's output projection holds the heads side by side, d columns each, and a silent head's columns
    are set to 0 there. The parameters are not touched. When the block ends, also by an error, all heads speak again.
    Raises ValueError, before anything is changed, for a layer or a head that the model does not have.
    Source: Michel et al., 2019, section 2.3.

    >>> layer = MultiHeadAttention(d_model=12, num_heads=3)
    >>> x = torch.ones(1, 2, 12)
    >>> with without_heads(layer, [(0, 0), (0, 1), (0, 2)]):
    ...     torch.equal(layer(x)[0, 0], layer.project_out.bias)
    True
    """
    layers = [module for module in model.modules() if isinstance(module, MultiHeadAttention)]
    silent = _by_layer(layers, heads)
    hooks = [layers[i].project_out.register_forward_pre_hook(_silence(layers[i], own)) for i, own in silent.items()]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _by_layer(layers, heads):
    """Return the heads of each layer, a dict of lists. Raises ValueError if one does not exist."""
    silent = defaultdict(list)
    for layer, head in heads:
        if not 0 <= layer < len(layers):
            raise ValueError(f"there is no attention layer {layer}: the model has {len(layers)}, counted from 0")
        if not 0 <= head < layers[layer].num_heads:
            raise ValueError(f"layer {layer} has no head {head}: it has {layers[layer].num_heads}, counted from 0")
        silent[layer].append(head)
    return silent


def _silence(layer, own):
    """Return a hook that sets the columns of some heads to 0 before they are mixed."""
    silent = torch.zeros(layer.num_heads, 1, dtype=torch.bool)
    silent[own] = True

    def silence(module, args):
        heads = args[0].unflatten(-1, (layer.num_heads, -1))  # (b, q, h, d)
        return heads.masked_fill(silent.to(heads.device), 0.0).flatten(-2)

    return silence

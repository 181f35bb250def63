"""Chapter 6. Reading: what did the heads look at? The weights of the forward pass itself, not of a second one."""

from contextlib import contextmanager

import torch

from mha_lib.heads.layers import MultiHeadAttention


@contextmanager
def recorded_weights(model):
    """Return, for use in `with`, a list that fills with the weights of each attention layer as `model` runs.

    ->  a list of (b, h, q, k), one for each call of a `MultiHeadAttention` in `model`, in order of the calls

    They are the weights in use, with the mask in force and before dropout, and gradients may flow through them. The
    layers compute the same output the longer way. When the block ends, also by an error, the hooks are gone.

    >>> layer = MultiHeadAttention(d_model=12, num_heads=3)
    >>> with recorded_weights(layer) as maps:
    ...     output = layer(torch.ones(2, 5, 12))
    >>> [weights.shape for weights in maps]
    [torch.Size([2, 3, 5, 5])]
    """
    maps = []
    layers = [module for module in model.modules() if isinstance(module, MultiHeadAttention)]
    hooks = [
        layer.weights.register_forward_hook(lambda module, args, weights: maps.append(weights)) for layer in layers
    ]
    try:
        yield maps
    finally:
        for hook in hooks:
            hook.remove()


def attention_maps(model, *inputs, **kwargs):
    """Return the attention weights that `model(*inputs, **kwargs)` uses, without gradients.

    ->  a list of (b, h, q, k), one for each call of a `MultiHeadAttention` in `model`, in order of the calls

    The model runs once, in the mode it is in: call `model.eval()` first if dropout should rest.

    >>> layer = MultiHeadAttention(d_model=12, num_heads=3)
    >>> attention_maps(layer, torch.ones(1, 2, 12), is_causal=True)[0][0, 0].tolist()
    [[1.0, 0.0], [0.5, 0.5]]
    """
    with torch.no_grad(), recorded_weights(model) as maps:
        model(*inputs, **kwargs)
    return maps

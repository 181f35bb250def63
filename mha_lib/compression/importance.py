"""Chapter 17. Importance: how much a model would lose without each of its heads, all guessed from one pass back."""

import numpy as np
import torch

from mha_lib.heads.layers import MultiHeadAttention


def head_importance(read, gradients):
    """Return how much the loss depends on each head: the mean size of its slope in a gate before the head.

    read: (b, n, h, d), what each head reads   gradients: of each sequence's own loss, the same shape  ->  (h,)

    A gate of 1 before a head multiplies all that it reads, so the loss's slope in the gate is the sum of
    read * gradient over the head's tokens and columns, and minus that slope is what closing the gate would change, to
    first order. Sizes are taken before the mean over sequences: what helps one and hurts another is not unimportant.
    Takes arrays or tensors. Raises ValueError if the two shapes differ, or there are not four axes.
    Source: Michel et al., 2019, section 4.1.

    >>> read = np.ones((2, 1, 2, 1))
    >>> head_importance(read, np.array([[[[3.0], [1.0]]], [[[-3.0], [1.0]]]])).tolist()
    [3.0, 1.0]
    """
    if read.ndim != 4 or read.shape != gradients.shape:
        shapes = f"{tuple(read.shape)} and {tuple(gradients.shape)}"
        raise ValueError(f"read and gradients must both have shape (b, n, h, d), got {shapes}")
    slopes = (read * gradients).sum((1, 3))  # (b, h)
    return abs(slopes).mean(0)


def measure_importance(model, loss, made):
    """Return the importance of every head of a model on some batches: an array (layers, h).

    loss: a function (model, *batch) -> a number as a tensor, a mean over what is asked   made: a list of batches

    Layers are the model's `MultiHeadAttention`, in order, all with as many heads. The model is left as it was, without
    gradients. Raises ValueError if there are no batches.
    Source: Michel et al., 2019, section 4.1.
    """
    if not made:
        raise ValueError("there are no batches to measure on; pass a list")
    layers = [module for module in model.modules() if isinstance(module, MultiHeadAttention)]
    seen = []
    hooks = [layer.project_out.register_forward_pre_hook(_keep_in(seen)) for layer in layers]
    try:
        tables = [_of_batch(model, loss, batch, layers, seen) for batch in made]
    finally:
        for hook in hooks:
            hook.remove()
    return np.mean(tables, axis=0)


def cheapest_first(importance):
    """Return all heads as (layer, head), the least important first. importance: (layers, h)

    >>> cheapest_first([[0.3, 0.1], [0.2, 0.4]])
    [(0, 1), (1, 0), (0, 0), (1, 1)]
    """
    importance = np.asarray(importance)
    order = np.argsort(importance, axis=None, kind="stable")
    return [tuple(int(place) for place in np.unravel_index(i, importance.shape)) for i in order]


def _keep_in(seen):
    """Return a hook that keeps what the heads of a layer have read, side by side."""

    def keep(module, args):
        seen.append(args[0])

    return keep


def _of_batch(model, loss, batch, layers, seen):
    """Return the importance on one batch; the mean loss times b is the sum that gives each sequence its own share."""
    seen.clear()
    value = loss(model, *batch)
    gradients = torch.autograd.grad(value * len(batch[0]), seen)
    pairs = zip(layers, seen, gradients, strict=True)
    found = [[x.detach().unflatten(-1, (layer.num_heads, -1)).numpy() for x in pair] for layer, *pair in pairs]
    return np.stack([head_importance(read, gradient) for read, gradient in found])

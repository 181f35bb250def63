"""Chapter 23. From memory: the encoder of chapter 8 in NumPy alone, from the functions of the first parts."""

import math

import numpy as np

from mha_lib.heads.arrays import merge_heads, split_heads
from mha_lib.projections import project
from mha_lib.softmax import masked_softmax

BLOCK_WEIGHTS = (
    *("attention_gain", "attention_shift", "w_q", "b_q", "w_k", "b_k", "w_v", "b_v", "w_o", "b_o"),
    *("feed_forward_gain", "feed_forward_shift", "w_in", "b_in", "w_out", "b_out"),
)
"""What one block has learned, by name, in the order in which it is used."""


def layer_norm(x, gain, shift, eps=1e-5):
    """Return each token with mean 0 and variance 1 over its features, times a gain, plus a shift.

    x: (..., d)   gain, shift: (d,)  ->  (..., d)

    Source: Ba et al., 2016, eqs. 3 and 4.

    >>> layer_norm([1.0, 1.0, 1.0, 5.0], 1.0, 0.0, eps=1.0).tolist()
    [-0.5, -0.5, -0.5, 1.5]
    """
    x = np.asarray(x, dtype=float)
    mean = x.mean(axis=-1, keepdims=True)
    variance = ((x - mean) ** 2).mean(axis=-1, keepdims=True)
    return gain * (x - mean) / np.sqrt(variance + eps) + shift


def gelu(x):
    """Return each number times the share of the standard normal distribution that lies below it.

    Source: Hendrycks and Gimpel, 2016, section 2; this is the exact form.

    >>> gelu([-1.0, 0.0, 1.0]).round(4).tolist()
    [-0.1587, 0.0, 0.8413]
    """
    x = np.asarray(x, dtype=float)
    return x * (1 + np.vectorize(math.erf, otypes=[float])(x / math.sqrt(2))) / 2


def encoder_block(x, weights, num_heads, mask=None):
    """Return the tokens after one pre-norm encoder block with the given weights.

    x: (..., n, d_model)   weights: a dict with the names in BLOCK_WEIGHTS   num_heads: h
    mask: broadcast to (..., h, n, n), True means may attend  ->  (..., n, d_model)

    w_q, w_k, w_v and w_o are (d_model, d_model), w_in is (d_model, d_ff), w_out (d_ff, d_model); tokens are multiplied
    from the left. Raises ValueError if a weight is missing.
    Source: Vaswani et al., 2017, sections 3.1 to 3.3, with the norms as in Xiong et al., 2020, figure 1.

    >>> sizes = {name: (2, 2) if name.startswith("w") else 2 for name in BLOCK_WEIGHTS}
    >>> silent = {name: np.zeros(size) for name, size in sizes.items()}
    >>> encoder_block([[1.0, 2.0]], silent, num_heads=1).tolist()
    [[1.0, 2.0]]
    """
    if missing := [name for name in BLOCK_WEIGHTS if name not in weights]:
        raise ValueError(f"a block has the weights {', '.join(BLOCK_WEIGHTS)}; missing: {', '.join(missing)}")
    normed = layer_norm(x, weights["attention_gain"], weights["attention_shift"])
    q, k, v = (split_heads(project(normed, weights[f"w_{c}"], weights[f"b_{c}"]), num_heads) for c in "qkv")
    scores = q @ np.swapaxes(k, -1, -2) / np.sqrt(q.shape[-1])
    read = merge_heads(masked_softmax(scores, mask) @ v)
    x = x + project(read, weights["w_o"], weights["b_o"])
    normed = layer_norm(x, weights["feed_forward_gain"], weights["feed_forward_shift"])
    hidden = gelu(project(normed, weights["w_in"], weights["b_in"]))
    return x + project(hidden, weights["w_out"], weights["b_out"])


def block_weights(block):
    """Return the weights of a PyTorch `EncoderBlock` as a dict of arrays, as `encoder_block` takes them.

    PyTorch stores a matrix as (out, in) and packs q, k and v into one; both are undone here.
    """
    attention, feed_forward = block.attention, block.feed_forward
    names = iter(BLOCK_WEIGHTS)
    taken = {}
    for layer, parts in (
        *((block.attention_norm, 1), (attention.project_qkv, 3), (attention.project_out, 1)),
        *((block.feed_forward_norm, 1), (feed_forward.project_in, 1), (feed_forward.project_out, 1)),
    ):
        weight, bias = as_array(layer.weight).T, as_array(layer.bias)
        for w, b in zip(np.split(weight, parts, axis=-1), np.split(bias, parts), strict=True):
            taken |= {next(names): w, next(names): b}
    return taken


def classify(model, ids, mask=None):
    """Return the scores of an `EncoderClassifier` without PyTorch: its numbers are read, its code is not run.

    ids: (b, n) integers   mask: broadcast to (b, h, n, n), True means may attend  ->  (b, num_classes)

    Dropout rests. The model must have been made of pre-norm blocks.
    """
    ids = np.asarray(ids)
    x = as_array(model.token_embedding.weight)[ids] + as_array(model.position_embedding.weight)[: ids.shape[-1]]
    for block in model.encoder.blocks:
        x = encoder_block(x, block_weights(block), block.attention.num_heads, mask)
    final = model.encoder.final_norm
    first = layer_norm(x[:, 0], as_array(final.weight), as_array(final.bias))
    return first @ as_array(model.classify.weight).T + as_array(model.classify.bias)


def as_array(parameter):
    """Return a PyTorch parameter's numbers as an array in double precision."""
    return parameter.detach().double().numpy()

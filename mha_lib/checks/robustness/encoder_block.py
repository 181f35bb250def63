"""Exercise encoder_block: the block, from memory."""

import numpy as np

from mha_lib.attention import attention
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.heads.arrays import merge_heads, split_heads
from mha_lib.projections import project
from mha_lib.robustness import from_memory as library
from mha_lib.robustness.from_memory import gelu, layer_norm
from mha_lib.softmax import masked_softmax

HIGHWAY = "What does the highway carry from layer to layer?"
TIDY = "Each layer reads a tidy copy. Which numbers go into it, and which are added to what it returns?"
FRESH = "A fresh gain is 1, and a fresh shift or bias is 0. What if they have been trained?"


SPLIT = "split_heads(project(normed, weights[f'w_{c}'], weights[f'b_{c}']), num_heads)".replace("'", '"')


CUT = 'project(normed, weights[f"w_{c}"], weights[f"b_{c}"]).reshape(*x.shape[:-2], num_heads, x.shape[-2], -1)'


def encoder_block(x, weights, num_heads, mask=None):
    """Return the tokens after one pre-norm encoder block with the given weights."""
    normed = layer_norm(x, weights["attention_gain"], weights["attention_shift"])
    q, k, v = (split_heads(project(normed, weights[f"w_{c}"], weights[f"b_{c}"]), num_heads) for c in "qkv")
    scores = q @ np.swapaxes(k, -1, -2) / np.sqrt(q.shape[-1])
    read = merge_heads(masked_softmax(scores, mask) @ v)
    x = x + project(read, weights["w_o"], weights["b_o"])
    normed = layer_norm(x, weights["feed_forward_gain"], weights["feed_forward_shift"])
    hidden = gelu(project(normed, weights["w_in"], weights["b_in"]))
    return x + project(hidden, weights["w_out"], weights["b_out"])


def block_with_attention_called(x, weights, num_heads, mask=None):
    """Return the same, the heads left to `attention`, and each layer a function of its own."""

    def attend(x):
        q, k, v = (split_heads(x @ weights["w_" + c] + weights["b_" + c], num_heads) for c in "qkv")
        return merge_heads(attention(q, k, v, mask)) @ weights["w_o"] + weights["b_o"]

    def think(x):
        return gelu(x @ weights["w_in"] + weights["b_in"]) @ weights["w_out"] + weights["b_out"]

    x = x + attend(layer_norm(x, weights["attention_gain"], weights["attention_shift"]))
    return x + think(layer_norm(x, weights["feed_forward_gain"], weights["feed_forward_shift"]))


def block_head_by_head(x, weights, num_heads, mask=None):
    """Return the same, one head after the other, each through its own columns and its own rows of w_o."""
    normed = layer_norm(x, weights["attention_gain"], weights["attention_shift"])
    total, d = x + weights["b_o"], x.shape[-1] // num_heads
    mask = np.ones((1, 1, 1), dtype=bool) if mask is None else mask
    masks = np.broadcast_to(mask, (*mask.shape[:-3], num_heads, *mask.shape[-2:]))
    for head in range(num_heads):
        own = slice(head * d, head * d + d)
        q, k, v = (normed @ weights[f"w_{c}"][:, own] + weights[f"b_{c}"][own] for c in "qkv")
        total = total + attention(q, k, v, masks[..., head, :, :]) @ weights["w_o"][own]
    normed = layer_norm(total, weights["feed_forward_gain"], weights["feed_forward_shift"])
    return total + gelu(normed @ weights["w_in"] + weights["b_in"]) @ weights["w_out"] + weights["b_out"]


def block_without_the_key_bias(x, weights, num_heads, mask=None):
    """Return the same: a bias of the keys adds one number to a whole row of scores, which softmax does not see."""
    return library.encoder_block(x, weights | {"b_k": np.zeros_like(weights["b_k"])}, num_heads, mask)


def drawn_weights(rng, d_model, d_ff):
    """Return weights of one block, all of them drawn: gains that are not 1, shifts and biases that are not 0."""
    shapes = {"w_in": (d_model, d_ff), "b_in": (d_ff,), "w_out": (d_ff, d_model)}
    square, flat = (d_model, d_model), (d_model,)
    return {
        name: draw(rng, *shapes.get(name, square if name.startswith("w_") else flat), scale=0.8)
        for name in library.BLOCK_WEIGHTS
    }


def block_probe(rng, label, shape, sizes, mask=None):
    """Return a probe. shape: of x, but for its width   sizes: (d_model, num_heads, d_ff)"""
    d_model, num_heads, d_ff = sizes
    weights = drawn_weights(rng, d_model, d_ff)
    return Probe(label, (draw(rng, *shape, d_model) + 0.5, weights, num_heads, mask))


def worked_weights():
    """Return weights that a pencil can follow: attention averages, feed-forward adds a constant."""
    eye, ones, nothing = np.eye(2), np.ones(2), np.zeros(2)
    weights = {"attention_gain": ones, "attention_shift": nothing, "w_q": 0 * eye, "b_q": nothing}
    weights |= {"w_k": 0 * eye, "b_k": nothing, "w_v": eye, "b_v": ones, "w_o": 2 * eye, "b_o": nothing}
    weights |= {"feed_forward_gain": ones, "feed_forward_shift": nothing, "w_in": np.zeros((2, 3))}
    return weights | {"b_in": np.zeros(3), "w_out": np.ones((3, 2)), "b_out": np.array([0.5, -0.5])}


def block_probes(rng):
    """Return blocks: a pencil's, one head, ragged, square, padded, and hidden keys in every row of every head."""
    lengths = np.array([2, 4, 3])
    padded = (np.arange(4) < lengths[:, None])[:, None, None, :]
    causal = np.tri(4, dtype=bool)[None]
    return [
        Probe("the worked example", (np.array([[3.0, 1.0], [1.0, 3.0]]), worked_weights(), 1, None)),
        block_probe(rng, "1 head and 3 tokens of width 2", (3,), (2, 1, 5)),
        block_probe(rng, "a batch of 1 sequence", (1, 5), (6, 3, 7)),
        block_probe(rng, "4 heads and 4 tokens of width 4", (4,), (4, 4, 4)),
        block_probe(rng, "2 heads, 4 tokens and a causal mask", (4,), (6, 2, 5), causal),
        block_probe(rng, "3 padded sentences and 2 heads", (3, 4), (6, 2, 5), padded),
        block_probe(rng, "a batch of 2 sequences of 5 tokens, 3 heads of width 2", (2, 5), (6, 3, 7)),
    ]


def shape_is_kept(output, x, weights, num_heads, mask=None):
    """Return whether each token comes back with the width it had."""
    return np.shape(output) == x.shape


EXERCISE = Exercise(
    reference=library.encoder_block,
    worked=encoder_block,
    returns="the tokens after the block: (..., n, d_model)",
    probes=block_probes,
    mistakes=(
        edit(
            "norm on the wrong side",
            "Both kinds exist. Which one is asked for, norm before the layer or after the sum?",
            ('normed = layer_norm(x, weights["attention_gain"], weights["attention_shift"])', "normed = x"),
            (
                'x = x + project(read, weights["w_o"], weights["b_o"])',
                'x = layer_norm(x + project(read, weights["w_o"], weights["b_o"]), '
                'weights["attention_gain"], weights["attention_shift"])',
            ),
            ('normed = layer_norm(x, weights["feed_forward_gain"], weights["feed_forward_shift"])', "normed = x"),
            (
                'return x + project(hidden, weights["w_out"], weights["b_out"])',
                'return layer_norm(x + project(hidden, weights["w_out"], weights["b_out"]), '
                'weights["feed_forward_gain"], weights["feed_forward_shift"])',
            ),
        ),
        edit("residual forgotten around attention", HIGHWAY, ("x = x + project(read", "x = project(read")),
        edit("residual forgotten around feed-forward", HIGHWAY, ("return x + project(hidden", "return project(hidden")),
        edit(
            "residual taken from the normalised copy",
            HIGHWAY,
            ("x = x + project(read", "x = normed + project(read"),
            ("return x + project(hidden", "return normed + project(hidden"),
        ),
        edit(
            "attention reads what is not normalised",
            TIDY,
            ('project(normed, weights[f"w_{c}"]', 'project(x, weights[f"w_{c}"]'),
        ),
        edit(
            "feed-forward reads what is not normalised",
            TIDY,
            ('project(normed, weights["w_in"]', 'project(x, weights["w_in"]'),
        ),
        edit(
            "feed-forward reads what attention read",
            "What has attention written to the stream, and who has read it?",
            ('normed = layer_norm(x, weights["feed_forward_gain"], weights["feed_forward_shift"])', "normed = normed"),
        ),
        edit(
            "one norm used twice",
            "How many norms has a block, and has each learned the same?",
            (
                'weights["feed_forward_gain"], weights["feed_forward_shift"]',
                'weights["attention_gain"], weights["attention_shift"]',
            ),
        ),
        edit(
            "gain and shift forgotten",
            FRESH,
            ('weights["attention_gain"], weights["attention_shift"]', "1.0, 0.0"),
            ('weights["feed_forward_gain"], weights["feed_forward_shift"]', "1.0, 0.0"),
        ),
        edit(
            "heads mixed on the way in",
            "Follow the second number of the first token. In which head is it, and in whose row?",
            (SPLIT, CUT),
        ),
        edit(
            "heads mixed on the way out",
            "What lies next to what in memory when the head axis comes before the tokens?",
            ("merge_heads(masked_softmax(scores, mask) @ v)", "(masked_softmax(scores, mask) @ v).reshape(x.shape)"),
        ),
        edit(
            "one head",
            "How many rows of weights has each token: one, or one a head?",
            (", num_heads) for c", ", 1) for c"),
            ("masked_softmax(scores, mask)", "masked_softmax(scores, mask if mask is None else mask[..., :1, :, :])"),
        ),
        edit("no scale", "What is the variance of a sum of d products?", (" / np.sqrt(q.shape[-1])", "")),
        edit(
            "scaled by the width of the model",
            "Which vectors are multiplied, and how many numbers has each?",
            ("np.sqrt(q.shape[-1])", "np.sqrt(x.shape[-1])"),
        ),
        edit(
            "mask forgotten", "Who may look at the padding?", ("masked_softmax(scores, mask)", "masked_softmax(scores)")
        ),
        edit(
            "mask turned round",
            "Read the mask aloud: True means that a query may attend.",
            ("masked_softmax(scores, mask)", "masked_softmax(scores, None if mask is None else ~mask)"),
        ),
        edit(
            "mask after the softmax",
            "Do the weights of a row still sum to 1?",
            ("masked_softmax(scores, mask)", "(masked_softmax(scores) * (1 if mask is None else mask))"),
        ),
        edit(
            "softmax over the queries",
            "Which axis does one query divide its attention over?",
            ("masked_softmax(scores, mask)", "np.swapaxes(masked_softmax(np.swapaxes(scores, -1, -2), mask), -1, -2)"),
        ),
        edit(
            "queries and keys exchanged",
            "A row is a query. Whose projection stands on the left of the product?",
            ("q @ np.swapaxes(k, -1, -2)", "k @ np.swapaxes(q, -1, -2)"),
        ),
        edit("keys read as values", "What is averaged: what a token is found by, or what it says?", ("@ v)", "@ k)")),
        edit(
            "w_o forgotten",
            "Where do the heads meet?",
            ('project(read, weights["w_o"], weights["b_o"])', "read"),
        ),
        edit(
            "biases forgotten",
            FRESH,
            (', weights[f"b_{c}"]', ""),
            (', weights["b_o"]', ""),
            (', weights["b_in"]', ""),
            (', weights["b_out"]', ""),
        ),
        edit(
            "no bend",
            "Two linear layers without anything between them are one linear layer. What stands between these?",
            (
                'gelu(project(normed, weights["w_in"], weights["b_in"]))',
                'project(normed, weights["w_in"], weights["b_in"])',
            ),
        ),
        edit(
            "ReLU for GELU",
            "Which bend does the statement ask for?",
            (
                'gelu(project(normed, weights["w_in"], weights["b_in"]))',
                'np.maximum(project(normed, weights["w_in"], weights["b_in"]), 0)',
            ),
        ),
        edit(
            "matrices transposed",
            "Are these matrices stored as (in, out), or as PyTorch stores them?",
            ('weights[f"w_{c}"]', 'weights[f"w_{c}"].T'),
            ('weights["w_o"]', 'weights["w_o"].T'),
        ),
    ),
    equivalents=(block_with_attention_called, block_head_by_head, block_without_the_key_bias),
    hints=(
        "Two lines on the highway: x plus what attention makes of a tidy copy, then the same with feed-forward.",
        "Norm, project, split, scores, masked softmax, values, merge, w_o, add; then norm, w_in, bend, w_out, add.",
        "x = x + project(merge_heads(masked_softmax(scores, mask) @ v), w_o, b_o), q, k, v from the normed x.",
    ),
    properties=(Property("each token keeps its width", shape_is_kept),),
)

"""Exercise multi_head_attention: multi-head attention."""

import numpy as np

from mha_lib.checks.heads.merge_heads import merge_heads
from mha_lib.checks.heads.shared import (
    BESIDE,
    FOLLOW,
    NEIGHBOURS,
    ONE_EXAMPLE,
    merge_by_reshape,  # noqa: F401 - edits below call it
    merge_interleaved,  # noqa: F401 - edits below call it
    split_interleaved,  # noqa: F401 - edits below call it
)
from mha_lib.checks.heads.split_heads import split_heads
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe
from mha_lib.heads import arrays as library
from mha_lib.softmax import masked_softmax, softmax

VARIANCE = "What is the variance of a sum of d products of unit variance? And its standard deviation?"
READ_ALOUD = "Read the mask aloud: True means the query may attend. Where does your code let it?"
THREE_ROLES = "Asking, offering and giving are three roles. Which matrix plays which?"


def multi_head_attention(x, memory, w_q, w_k, w_v, w_o, num_heads, mask=None):
    """Return what each token of x reads from memory with several heads."""
    q, k, v = split(x @ w_q, num_heads), split(memory @ w_k, num_heads), split(memory @ w_v, num_heads)
    scores = q @ np.swapaxes(k, -1, -2) / np.sqrt(q.shape[-1])
    weights = masked_softmax(scores, mask)
    return merge(weights @ v) @ w_o


def multi_head_by_loop(x, memory, w_q, w_k, w_v, w_o, num_heads, mask=None):
    """Return the same, one head after another, each adding its share through its own rows of w_o."""
    d_head = w_q.shape[1] // num_heads
    scores = [_scores_of_head(x, memory, w_q, w_k, slice(i * d_head, (i + 1) * d_head)) for i in range(num_heads)]
    weights = masked_softmax(np.stack(scores, axis=-3), mask)
    output = np.zeros(x.shape)
    for i in range(num_heads):
        own = slice(i * d_head, (i + 1) * d_head)
        output = output + weights[..., i, :, :] @ (memory @ w_v[:, own]) @ w_o[own]
    return output


def multi_head_by_einsum(x, memory, w_q, w_k, w_v, w_o, num_heads, mask=None):
    """Return the same, the matrices cut instead of the tokens, the axes named."""
    d_model = len(w_q)
    w_q, w_k, w_v = (w.reshape(d_model, num_heads, -1) for w in (w_q, w_k, w_v))
    q = np.einsum("...qm,mhd->...hqd", x, w_q) / w_q.shape[-1] ** 0.5
    scores = np.einsum("...hqd,...hkd->...hqk", q, np.einsum("...km,mhd->...hkd", memory, w_k))
    heads = masked_softmax(scores, mask) @ np.einsum("...km,mhd->...hkd", memory, w_v)
    return np.einsum("...hqd,hdm->...qm", heads, w_o.reshape(num_heads, -1, d_model))


def _scores_of_head(x, memory, w_q, w_k, own):
    q, k = x @ w_q[:, own], memory @ w_k[:, own]
    return q @ np.swapaxes(k, -1, -2) / np.sqrt(q.shape[-1])


def split(x, num_heads):
    """Return the right split, for the mistakes that lie elsewhere."""
    return split_heads(x, num_heads)


def merge(x):
    """Return the right merge, for the mistakes that lie elsewhere."""
    return merge_heads(x)


def split_by_reshape(x, num_heads):
    """Return the wrong split that no shape gives away."""
    *lead, n, d_model = x.shape
    return x.reshape(*lead, num_heads, n, d_model // num_heads)


def split_unswapped(x, num_heads):
    """Return the columns cut, the head axis left behind the tokens."""
    return x.reshape(*x.shape[:-1], num_heads, -1)


def merge_unswapped(x):
    """Return the last two axes joined."""
    return x.reshape(*x.shape[:-2], -1)


def softmax_over_heads(scores, mask):
    """Return softmax along the head axis, which is the wrong one."""
    turned = None if mask is None else np.moveaxis(np.broadcast_to(mask, scores.shape), -3, -1)
    return np.moveaxis(masked_softmax(np.moveaxis(scores, -3, -1), turned), -1, -3)


def softmax_over_queries(scores, mask):
    """Return softmax down the columns, which is the wrong way."""
    turned = None if mask is None else np.swapaxes(np.broadcast_to(mask, scores.shape), -1, -2)
    return np.swapaxes(masked_softmax(np.swapaxes(scores, -1, -2), turned), -1, -2)


def filled(scores, mask):
    """Return softmax with minus infinity in each hidden place, and no care for a query that may attend to nothing."""
    return softmax(scores if mask is None else np.where(mask, scores, -np.inf))


def matrices(rng, d_model):
    """Return w_q, w_k, w_v and w_o: all different, none symmetric."""
    return tuple(draw(rng, d_model, d_model, scale=scale) for scale in (0.8, 0.8, 1.5, 1.5))


def worked_example():
    """Return the two tokens and the two heads of the chapter's pencil example."""
    x = np.eye(2)
    w_q, w_k = np.log(3) * np.eye(2), np.array([[0.0, 1.0], [1.0, 0.0]])
    w_v, w_o = np.array([[4.0, 2.0], [8.0, 6.0]]), np.array([[1.0, 1.0], [1.0, -1.0]])
    return x, x, w_q, w_k, w_v, w_o, 2


def ragged_mask(rng, *shape):
    """Return a mask with a True and a False in every row."""
    keys = rng.permuted(np.broadcast_to(np.arange(shape[-1]), shape), axis=-1)
    return keys < rng.integers(1, shape[-1], (*shape[:-1], 1))


def multi_head_probes(rng):
    """Return tokens, a memory, matrices: no two sizes alike, square, self, padded, one of each, nothing to read."""
    square, same = draw(rng, 4, 4), draw(rng, 3, 6)
    nobody = ragged_mask(rng, 4, 4)
    nobody[1] = False
    padding = np.array([True, True, True, False, False, True, False, True, True, True]).reshape(2, 1, 1, 5)
    return [
        Probe("the worked example", worked_example()),
        Probe("a single head", (draw(rng, 3, 4), draw(rng, 5, 4), *matrices(rng, 4), 1)),
        Probe("4 tokens reading 5 others, 2 heads", (draw(rng, 4, 6), draw(rng, 5, 6), *matrices(rng, 6), 2)),
        Probe("4 tokens reading themselves, 4 heads of width 1", (square, square, *matrices(rng, 4), 4)),
        Probe(
            "a mask of its own for each head",
            (same, same, *matrices(rng, 6), 3, ragged_mask(rng, 3, 3, 3)),
        ),
        Probe("1 sentence of 1 token", (draw(rng, 1, 1, 6), draw(rng, 1, 3, 6), *matrices(rng, 6), 3)),
        Probe("a query that may attend to nothing", (square, square, *matrices(rng, 4), 2, nobody)),
        Probe(
            "a batch of 2 with a padded memory",
            (draw(rng, 2, 3, 6), draw(rng, 2, 5, 6), *matrices(rng, 6), 2, padding),
        ),
        Probe("a batch of 2 self-attending, 3 heads", (x := draw(rng, 2, 4, 6), x, *matrices(rng, 6), 3)),
    ]


NORMALISE = "masked_softmax(scores, mask)"


ROOT = "np.sqrt(q.shape[-1])"


EXERCISE = Exercise(
    reference=library.multi_head_attention,
    worked=multi_head_attention,
    returns="outputs, one row for each token of x, as wide as x: (..., q, d_model)",
    probes=multi_head_probes,
    mistakes=(
        edit("split by reshape alone", FOLLOW, ("split(", "split_by_reshape(")),
        edit("merged by reshape alone", BESIDE, ("merge(", "merge_by_reshape(")),
        edit("heads interleaved", NEIGHBOURS, ("split(", "split_interleaved("), ("merge(", "merge_interleaved(")),
        edit(
            "heads attend to heads, tokens do not meet",
            "Print the shape of your scores. Which two axes should be the last?",
            ("split(", "split_unswapped("),
            ("merge(", "merge_unswapped("),
        ),
        edit(
            "one head, however many are asked for",
            "Print the shape of your weights. Where are the heads?",
            ("num_heads)", "1)"),
        ),
        edit("no w_o", "Does a number of head 0 ever meet a number of head 1?", (" @ w_o", "")),
        edit("w_o transposed", "nn.Linear stores (out, in). Does w_o need turning here?", ("@ w_o", "@ w_o.T")),
        edit(
            "w_o before the attention",
            "What is w_o to mix: what the tokens give, or what the heads have read?",
            ("memory @ w_v", "memory @ w_v @ w_o"),
            ("merge(weights @ v) @ w_o", "merge(weights @ v)"),
        ),
        edit(
            "keys and values from x",
            "Whose information is being read? Change the memory: does your output change?",
            ("memory @ w_k", "x @ w_k"),
            ("memory @ w_v", "x @ w_v"),
        ),
        edit(
            "only the values from x",
            "The query found a token of the memory. Whose value should it carry home?",
            ("memory @ w_v", "x @ w_v"),
        ),
        edit("one projection for queries, keys and values", THREE_ROLES, ("@ w_k", "@ w_q"), ("@ w_v", "@ w_q")),
        edit("keys share the queries' projection", THREE_ROLES, ("@ w_k", "@ w_q")),
        edit(
            "w_q and w_k swapped",
            "The tokens of x ask. Which matrix asks?",
            ("x @ w_q, num_heads), split(memory @ w_k", "x @ w_k, num_heads), split(memory @ w_q"),
        ),
        edit(
            "scales by the root of d_model",
            "Which vectors are dotted now: whole rows, or one head's share of them? How wide is that?",
            (ROOT, "np.sqrt(x.shape[-1])"),
        ),
        edit(
            "scales by the root of the number of heads",
            "The score of one head adds up d products. Does it know how many heads there are?",
            (ROOT, "np.sqrt(num_heads)"),
        ),
        edit("no scale", VARIANCE, (" / " + ROOT, "")),
        edit("divides by d, not its root", VARIANCE, (ROOT, "q.shape[-1]")),
        edit(
            "softmax over the heads",
            "Between whom does a query divide its attention: the keys, or the heads?",
            (NORMALISE, "softmax_over_heads(scores, mask)"),
        ),
        edit(
            "softmax over the queries",
            "Which axis does one query own? Its weights must sum to 1 along that axis.",
            (NORMALISE, "softmax_over_queries(scores, mask)"),
        ),
        edit(
            "every head takes the first head's weights",
            "Print two heads' weights. Did the heads ask different questions?",
            ("merge(weights @ v)", "merge(weights[..., :1, :, :] @ v)"),
        ),
        edit("mask ignored", "Hide a key from everybody. Does your output change?", (NORMALISE, "softmax(scores)")),
        edit("mask inverted", READ_ALOUD, (NORMALISE, "masked_softmax(scores, None if mask is None else ~mask)")),
        edit(
            "one more axis put into the mask",
            "The mask already broadcasts to (..., h, q, k). What shape has it after your line?",
            (NORMALISE, "masked_softmax(scores, None if mask is None else mask[..., None, :, :])"),
        ),
        edit(
            "mask after the softmax",
            "Do the weights that remain still sum to 1? Where did the lost share go?",
            (NORMALISE, "softmax(scores) * (1.0 if mask is None else mask)"),
        ),
        edit(
            "NaN where a query may attend to nothing",
            "A row of minus infinities is 0/0. Which convention did chapter 4 choose for it?",
            (NORMALISE, "filled(scores, mask)"),
        ),
        edit(
            "squeezes an axis away",
            ONE_EXAMPLE,
            ("merge(weights @ v) @ w_o", "(merge(weights @ v) @ w_o).squeeze()"),
        ),
    ),
    equivalents=(multi_head_by_loop, multi_head_by_einsum),
    hints=(
        "Project as in chapter 5, with matrices that are wide enough for all heads. Then split.",
        "Attention works on the last two axes, so it serves all heads at once. Merge what it returns, then mix.",
        "mha.merge_heads(mha.attention(q, k, v, mask)) @ w_o, with q = mha.split_heads(x @ w_q, num_heads) and so on.",
    ),
)

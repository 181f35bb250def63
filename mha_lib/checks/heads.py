"""Exercises of chapter 6: split, merge, multi-head attention and its mutants, and how differently two heads look."""

import numpy as np

from mha_lib import heads as library
from mha_lib.diagnosis.broken import edit, rewrite
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.diagnosis.exposure import Exposure, misses
from mha_lib.masks import masked_softmax
from mha_lib.softmax import entropy, softmax

FOLLOW = "Follow the first number of head 1, token 0 back to x. Which token did it belong to?"
NEIGHBOURS = "Which columns belong to head 0: the first d, or every h-th?"
BESIDE = "In memory, what stands next to the end of head 0's first token: head 1 of that token, or head 0's next token?"
VARIANCE = "What is the variance of a sum of d products of unit variance? And its standard deviation?"
READ_ALOUD = "Read the mask aloud: True means the query may attend. Where does your code let it?"
THREE_ROLES = "Asking, offering and giving are three roles. Which matrix plays which?"
ONE_EXAMPLE = "What if there is one sentence, or one head? Is an axis of length 1 no axis?"


def split_heads(x, num_heads):
    """Return the columns cut into heads, the head axis before the tokens."""
    *lead, n, d_model = x.shape
    heads = x.reshape(*lead, n, num_heads, d_model // num_heads)
    return np.swapaxes(heads, -2, -3)


def split_by_slices(x, num_heads):
    """Return the same: one slice of columns a head, stacked."""
    d_head = x.shape[-1] // num_heads
    return np.stack([x[..., i * d_head : (i + 1) * d_head] for i in range(num_heads)], axis=-3)


def split_by_np_split(x, num_heads):
    """Return the same: np.split cuts the columns, np.stack makes the axis."""
    return np.stack(np.split(x, num_heads, axis=-1), axis=x.ndim - 2)


def merge_heads(x):
    """Return the heads side by side, one row a token."""
    heads = np.swapaxes(x, -2, -3)
    *lead, n, num_heads, d_head = heads.shape
    return heads.reshape(*lead, n, num_heads * d_head)


def merge_by_concatenate(x):
    """Return the same: the heads, one after another, joined along the columns."""
    return np.concatenate([x[..., i, :, :] for i in range(x.shape[-3])], axis=-1)


def merge_by_filling(x):
    """Return the same: an empty array, each head written into its own columns."""
    *lead, num_heads, n, d_head = x.shape
    merged = np.zeros((*lead, n, num_heads * d_head))
    for i in range(num_heads):
        merged[..., i * d_head : (i + 1) * d_head] = x[..., i, :, :]
    return merged


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


def head_divergence(weights):
    """Return the Jensen-Shannon divergence between each two heads, in bits, averaged over the queries."""
    one, other = weights[..., :, None, :, :], weights[..., None, :, :, :]
    middle = (one + other) / 2
    gained = entropy(middle) - (entropy(one) + entropy(other)) / 2
    return gained.mean(axis=-1) / np.log(2)


def divergence_to_the_middle(weights):
    """Return the same: the mean of the two relative entropies to the middle of two rows."""
    one, other = weights[..., :, None, :, :], weights[..., None, :, :, :]
    middle = (one + other) / 2
    return ((_relative_entropy(one, middle) + _relative_entropy(other, middle)) / 2).mean(axis=-1)


def divergence_by_loop(weights):
    """Return the same, one pair of heads after another."""
    num_heads = weights.shape[-3]
    result = np.zeros((*weights.shape[:-3], num_heads, num_heads))
    for i in range(num_heads):
        for j in range(num_heads):
            a, b = weights[..., i, :, :], weights[..., j, :, :]
            gained = entropy((a + b) / 2) - entropy(a) / 2 - entropy(b) / 2
            result[..., i, j] = np.mean(gained / np.log(2), axis=-1)
    return result


def _scores_of_head(x, memory, w_q, w_k, own):
    q, k = x @ w_q[:, own], memory @ w_k[:, own]
    return q @ np.swapaxes(k, -1, -2) / np.sqrt(q.shape[-1])


def _relative_entropy(p, q):
    p, q = np.broadcast_arrays(p, q)
    ratio = np.divide(p, q, out=np.ones_like(p), where=(p > 0) & (q > 0))
    return np.sum(p * np.log2(ratio), axis=-1)


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


def merge_by_reshape(x):
    """Return the wrong merge that no shape gives away."""
    *lead, num_heads, n, d_head = x.shape
    return x.reshape(*lead, n, num_heads * d_head)


def split_interleaved(x, num_heads):
    """Return heads that own every h-th column."""
    *lead, n, d_model = x.shape
    return np.moveaxis(x.reshape(*lead, n, d_model // num_heads, num_heads), -1, -3)


def merge_interleaved(x):
    """Return the heads' columns dealt out in turn."""
    *lead, num_heads, n, d_head = x.shape
    return np.moveaxis(x, -3, -1).reshape(*lead, n, d_head * num_heads)


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


def split_probes(rng):
    """Return tokens and a number of heads: ragged, every size alike so that slips are silent, batches, one of each."""
    return [
        Probe("the worked example", (np.arange(8.0).reshape(2, 4), 2)),
        Probe("3 tokens of width 8, 2 heads", (draw(rng, 3, 8), 2)),
        Probe("3 tokens of width 9, 3 heads", (draw(rng, 3, 9), 3)),
        Probe("a single head", (draw(rng, 4, 3), 1)),
        Probe("2 sentences of 2 tokens, 2 heads of width 2", (draw(rng, 2, 2, 4), 2)),
        Probe("a batch of 1 sentence, 6 heads of width 1", (draw(rng, 1, 5, 6), 6)),
        Probe("a batch of 2 sentences, 3 heads of width 4", (draw(rng, 2, 5, 12), 3)),
    ]


def merge_probes(rng):
    """Return heads of the same variety."""
    worked = np.array([[[0.0, 1.0], [4.0, 5.0]], [[2.0, 3.0], [6.0, 7.0]]])
    return [
        Probe("the worked example", (worked,)),
        Probe("2 heads, 3 tokens, width 4", (draw(rng, 2, 3, 4),)),
        Probe("3 heads, 3 tokens, width 3", (draw(rng, 3, 3, 3),)),
        Probe("a single head", (draw(rng, 1, 4, 3),)),
        Probe("2 sentences, 2 heads, 2 tokens, width 2", (draw(rng, 2, 2, 2, 2),)),
        Probe("a batch of 1 sentence, 6 heads of width 1", (draw(rng, 1, 6, 5, 1),)),
        Probe("a batch of 2 sentences, 3 heads of width 4", (draw(rng, 2, 3, 5, 4),)),
    ]


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


def rows(rng, *shape):
    """Return rows of weights to two decimals, some of them zero, each summing to 1."""
    scores = draw(rng, *shape, scale=2.0)
    weights = softmax(np.where(scores < np.median(scores) - 1.5, -np.inf, scores)).round(2)
    largest = weights.argmax(axis=-1)[..., None]
    missing = 1 - weights.sum(axis=-1, keepdims=True)
    np.put_along_axis(weights, largest, np.take_along_axis(weights, largest, -1) + missing, -1)
    return weights.round(2)


def divergence_probes(rng):
    """Return maps of several heads: alike, apart, overlapping; batches."""
    apart = np.array([[[1.0, 0.0]], [[0.0, 1.0]], [[1.0, 0.0]]])
    two_queries = np.array([[[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [1.0, 0.0]]])
    return [
        Probe("the worked example", (apart,)),
        Probe("two heads that look at the same keys from different queries", (two_queries,)),
        Probe("a half and a quarter", (np.array([[[0.5, 0.5]], [[0.25, 0.75]]]),)),
        Probe("3 heads, 3 queries, 3 keys", (rows(rng, 3, 3, 3),)),
        Probe("a batch of 1, a single head", (rows(rng, 1, 1, 2, 4),)),
        Probe("2 heads, 4 queries, 5 keys", (rows(rng, 2, 4, 5),)),
        Probe("a batch of 2, 3 heads", (rows(rng, 2, 3, 4, 5),)),
    ]


def same_numbers(output, x, *args):
    """Return whether an array holds the numbers of x, in whatever order."""
    return np.size(output) == np.size(x) and np.array_equal(np.sort(output, axis=None), np.sort(x, axis=None))


def first_columns_first(heads, x, num_heads):
    """Return whether head 0 of token 0 is the beginning of token 0."""
    width = x.shape[-1] // num_heads
    return np.array_equal(heads.reshape(-1)[:width], x.reshape(-1)[:width])


KEPT = Property("every number of x is there once", same_numbers)
FIRST = Property("it begins with the first columns of token 0", first_columns_first)
BOUNDED = Property("every divergence lies between 0 and 1", lambda d, w: bool(np.all((d > -1e-9) & (d < 1 + 1e-9))))
SYMMETRIC = Property("it does not matter which head comes first", lambda d, w: np.allclose(d, np.swapaxes(d, -1, -2)))
ZERO_ITSELF = Property(
    "a head does not differ from itself", lambda d, w: np.allclose(np.diagonal(d, axis1=-2, axis2=-1), 0)
)

CUT = "heads = x.reshape(*lead, n, num_heads, d_model // num_heads)"
SPLIT_HEADS = Exercise(
    reference=library.split_heads,
    worked=split_heads,
    returns="the heads, each with all tokens and its own columns: (..., h, n, d)",
    probes=split_probes,
    mistakes=(
        edit(
            "one reshape and no swap",
            FOLLOW,
            (CUT, "heads = x.reshape(*lead, num_heads, n, d_model // num_heads)"),
            ("np.swapaxes(heads, -2, -3)", "heads"),
        ),
        rewrite("heads interleaved", NEIGHBOURS, split_interleaved),
        edit(
            "the head axis left behind the tokens",
            "A product works on the last two axes. Which two should they be?",
            ("np.swapaxes(heads, -2, -3)", "heads"),
        ),
        edit(
            "the width taken for the number of heads",
            "How many heads are there, and how wide is each? Which of the two is num_heads?",
            ("num_heads, d_model // num_heads", "d_model // num_heads, num_heads"),
        ),
        edit(
            "tokens and columns swapped as well",
            "Your head axis is in place. What is a row within a head: a token, or a column?",
            ("np.swapaxes(heads, -2, -3)", "np.swapaxes(np.swapaxes(heads, -2, -3), -1, -2)"),
        ),
        edit(
            "all axes turned round",
            "What does .T do to three or four axes? Only two of them should change places.",
            ("np.swapaxes(heads, -2, -3)", "heads.T"),
        ),
        edit(
            "the heads before the batch",
            "Two sentences: does your first axis count sentences, or heads?",
            ("np.swapaxes(heads, -2, -3)", "np.moveaxis(heads, -2, 0)"),
        ),
        edit(
            "every head gets all the columns",
            "How many numbers went in, and how many come out? A head owns d of the columns.",
            ("np.swapaxes(heads, -2, -3)", "np.stack([x] * num_heads, axis=-3)"),
        ),
        edit(
            "squeezes an axis away",
            ONE_EXAMPLE,
            ("np.swapaxes(heads, -2, -3)", "np.swapaxes(heads, -2, -3).squeeze()"),
        ),
    ),
    equivalents=(split_by_slices, split_by_np_split),
    hints=(
        "Cut each token's row first, into h pieces. Only then think about the order of the axes.",
        "After x.reshape(..., n, num_heads, d) a token's pieces lie together. Which two axes must change places?",
        "np.swapaxes(x.reshape(*lead, n, num_heads, d_model // num_heads), -2, -3)",
    ),
    properties=(KEPT, FIRST),
)

MERGE_HEADS = Exercise(
    reference=library.merge_heads,
    worked=merge_heads,
    returns="one row a token, its heads side by side: (..., n, h * d)",
    probes=merge_probes,
    mistakes=(
        rewrite("one reshape and no swap", BESIDE, merge_by_reshape),
        rewrite("heads interleaved", NEIGHBOURS, merge_interleaved),
        edit(
            "the heads averaged",
            "If heads are averaged, what was the use of having several?",
            ("heads.reshape(*lead, n, num_heads * d_head)", "heads.mean(axis=-2)"),
        ),
        edit(
            "the heads added",
            "After adding, can anybody tell which head said what?",
            ("heads.reshape(*lead, n, num_heads * d_head)", "heads.sum(axis=-2)"),
        ),
        edit(
            "the heads one below another",
            "How many tokens went in, and how many rows come out?",
            ("heads.reshape(*lead, n, num_heads * d_head)", "x.reshape(*lead, num_heads * n, d_head)"),
        ),
        edit(
            "swapped, but not joined",
            "The axes are in order. Which two should now be one?",
            ("heads.reshape(*lead, n, num_heads * d_head)", "heads"),
        ),
        edit(
            "the first head alone",
            "What became of the other heads?",
            ("heads.reshape(*lead, n, num_heads * d_head)", "heads[..., 0, :]"),
        ),
        edit(
            "squeezes an axis away",
            ONE_EXAMPLE,
            ("heads.reshape(*lead, n, num_heads * d_head)", "heads.reshape(*lead, n, num_heads * d_head).squeeze()"),
        ),
    ),
    equivalents=(merge_by_concatenate, merge_by_filling),
    hints=(
        "It undoes split_heads: the same two steps, backwards.",
        "First bring the heads of one token next to each other, then join them. Which axes must change places first?",
        "np.swapaxes(x, -2, -3).reshape(*lead, n, num_heads * d_head)",
    ),
    properties=(KEPT,),
)

NORMALISE = "masked_softmax(scores, mask)"
ROOT = "np.sqrt(q.shape[-1])"
MULTI_HEAD_ATTENTION = Exercise(
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

MIDDLE = "(one + other) / 2"
IN_BITS = "gained.mean(axis=-1) / np.log(2)"
HEAD_DIVERGENCE = Exercise(
    reference=library.head_divergence,
    worked=head_divergence,
    returns="one number for each two heads, in bits: (..., h, h)",
    probes=divergence_probes,
    mistakes=(
        edit("nats for bits", "Two maps with nothing in common: is your number 1?", (" / np.log(2)", "")),
        edit(
            "averages the queries before comparing",
            "Two heads look at the same keys, each from another query. Is that the same map?",
            ("weights[..., :, None, :, :]", "weights.mean(-2, keepdims=True)[..., :, None, :, :]"),
            ("weights[..., None, :, :, :]", "weights.mean(-2, keepdims=True)[..., None, :, :, :]"),
        ),
        edit("the sum over the queries", "Should a longer sentence make heads differ more?", (".mean(", ".sum(")),
        edit("the most different query alone", "One number for each two heads: a mean?", (".mean(", ".max(")),
        edit("a number for each query", "How many axes should be left? (..., h, h).", (".mean(axis=-1)", "")),
        edit(
            "queries confused with keys",
            "Which axis of a map sums to 1? Its entropy runs along that one.",
            ("(one + other) / 2", "np.swapaxes(one + other, -1, -2) / 2"),
            (
                "entropy(one) + entropy(other)",
                "entropy(np.swapaxes(one, -1, -2)) + entropy(np.swapaxes(other, -1, -2))",
            ),
        ),
        edit(
            "the entropies added, not averaged",
            "Compare a head with itself. What should come out, and what does?",
            ("(entropy(one) + entropy(other)) / 2", "(entropy(one) + entropy(other))"),
        ),
        edit(
            "the middle is not halved",
            "Do the rows of your middle map sum to 1?",
            (MIDDLE, "(one + other)"),
        ),
        edit(
            "the root of it",
            "The root is a distance, and has its uses. Which of the two was asked for?",
            (IN_BITS, "np.sqrt(np.maximum(gained.mean(axis=-1) / np.log(2), 0))"),
        ),
        edit(
            "half the absolute difference",
            "That is another measure of how far two maps are apart. Which one was asked for?",
            (IN_BITS, "(np.abs(one - other).sum(axis=-1) / 2).mean(axis=-1)"),
        ),
        edit(
            "agreement instead of divergence",
            "Compare a head with itself: should it be 0, or 1?",
            (IN_BITS, "1 - gained.mean(axis=-1) / np.log(2)"),
        ),
    ),
    equivalents=(divergence_to_the_middle, divergence_by_loop),
    hints=(
        "For two rows: the entropy of their middle, less the mean of their entropies. Then for all pairs.",
        "weights[..., :, None, :, :] and weights[..., None, :, :, :] broadcast to every pair of heads.",
        "mha.entropy gives nats and drops the key axis. Average the queries last, and divide by np.log(2).",
    ),
    properties=(BOUNDED, SYMMETRIC, ZERO_ITSELF),
)


def expose_multi_head_attention():
    """Return arguments on which every broken version differs from multi-head attention."""
    x = np.array([[1.0, 0.0, 2.0, -1.0], [0.0, -1.0, 1.0, 3.0]])
    memory = np.array([[0.0, 2.0, 1.0, 1.0], [1.0, 1.0, -1.0, 0.0], [2.0, 0.0, 0.0, -2.0]])
    w_q = np.array([[1.0, 0.0, 0.0, 2.0], [0.0, 1.0, -1.0, 0.0], [1.0, -1.0, 0.0, 1.0], [0.0, 0.0, 1.0, 1.0]])
    w_k = np.array([[0.0, 1.0, 1.0, 0.0], [1.0, 0.0, 0.0, -1.0], [-1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 0.0, 2.0]])
    w_v = np.array([[2.0, 1.0, 0.0, 1.0], [0.0, -3.0, 1.0, 0.0], [5.0, 4.0, 0.0, 2.0], [1.0, 0.0, -2.0, 3.0]])
    w_o = np.array([[1.0, 2.0, 0.0, 0.0], [0.0, 1.0, 3.0, 0.0], [0.0, 0.0, 1.0, -1.0], [2.0, 0.0, 0.0, 1.0]])
    return x, memory, w_q, w_k, w_v, w_o, 2


def expose_multi_head_attention_in_a_batch():
    """Return the same as a batch of one, and a mask that hides nothing."""
    x, memory, *rest = expose_multi_head_attention()
    return x[None], memory[None], *rest, np.ones((1, 1, 2, 3), dtype=bool)


def _one_token_reads_one():
    x, memory, *rest = expose_multi_head_attention()
    return x[:1], memory[:1], *rest


def _one_token_reads():
    x, *rest = expose_multi_head_attention()
    return x[:1], *rest


def _narrow_heads():
    return *expose_multi_head_attention()[:-1], 4


def _one_head():
    return *expose_multi_head_attention()[:-1], 1


def _no_mixing():
    x, memory, w_q, w_k, w_v, _, num_heads = expose_multi_head_attention()
    return x, memory, w_q, w_k, w_v, np.eye(4), num_heads


def _memory_is_x():
    x, _, *rest = expose_multi_head_attention()
    return x, x, *rest


def _nobody_asks():
    x, memory, w_q, *rest = expose_multi_head_attention()
    return x, memory, np.zeros_like(w_q), *rest


EXPOSE_MULTI_HEAD_ATTENTION = Exposure(
    reference=expose_multi_head_attention,
    target=MULTI_HEAD_ATTENTION,
    mistakes=(
        misses("split by reshape alone", "With how many tokens is there nothing to mix up?", _one_token_reads_one),
        misses("merged by reshape alone", "With how many queries is there nothing to mix up?", _one_token_reads),
        misses("heads interleaved", "How wide must a head be, to have two columns to deal out?", _narrow_heads),
        misses("one head, however many are asked for", "How many heads do you ask for?", _one_head),
        misses("no w_o", "Which matrix mixes nothing?", _no_mixing),
        misses("w_o transposed", "Which matrices are their own transpose?", _no_mixing),
        misses("keys and values from x", "When is x its own memory?", _memory_is_x),
        misses("scales by the root of d_model", "When does no score matter?", _nobody_asks),
    ),
    hints=(
        "A broken version survives where its mistake makes no difference. With one token, what can a split mix up?",
        "Several tokens, a memory of another length, at least two heads of at least width 2, no matrix symmetric.",
        "2 tokens of width 4 reading 3 others, num_heads 2, four matrices of small whole numbers, none alike.",
    ),
    equivalents=(expose_multi_head_attention_in_a_batch,),
    returns="a tuple (x, memory, w_q, w_k, w_v, w_o, num_heads)",
)

EXERCISES = (SPLIT_HEADS, MERGE_HEADS, MULTI_HEAD_ATTENTION, EXPOSE_MULTI_HEAD_ATTENTION, HEAD_DIVERGENCE)

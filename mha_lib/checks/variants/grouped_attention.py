"""Exercise grouped_attention: grouped heads."""

import numpy as np

from mha_lib.attention import attention
from mha_lib.checks.variants.shared import ONE_OWNER, heads
from mha_lib.diagnosis.broken import edit, rewrite
from mha_lib.diagnosis.exercise import Exercise, Probe
from mha_lib.masks import causal_mask
from mha_lib.variants.grouped import grouped_attention

WHICH_GROUP = "Six query heads, two heads of keys. Write down for each query head which keys it reads."
OWN_QUERY = "What do the heads of a group share, and what does each keep to itself?"


def read_in_groups(q, k, v, mask=None):
    """Return what each query head reads, the heads of keys and values repeated for it."""
    repeats = q.shape[-3] // k.shape[-3]
    keys = np.repeat(k, repeats, axis=-3)
    values = np.repeat(v, repeats, axis=-3)
    return attention(q, keys, values, mask)


def read_head_by_head(q, k, v, mask=None):
    """Return the same, one query head after another."""
    num_heads, repeats = q.shape[-3], q.shape[-3] // k.shape[-3]
    masks = [None] * num_heads
    if mask is not None:
        masks = np.moveaxis(np.broadcast_to(mask, (*q.shape[:-1], k.shape[-2])), -3, 0)
    heads = [
        attention(q[..., i, :, :], k[..., i // repeats, :, :], v[..., i // repeats, :, :], masks[i])
        for i in range(num_heads)
    ]
    return np.stack(heads, axis=-3)


def read_by_index(q, k, v, mask=None):
    """Return the same, the shared heads picked by number."""
    owner = np.arange(q.shape[-3]) * k.shape[-3] // q.shape[-3]
    return attention(q, k[..., owner, :, :], v[..., owner, :, :], mask)


def queries_of_a_group_averaged(q, k, v, mask=None):
    """Return attention of the mean query of each group, once for each of its heads."""
    repeats = q.shape[-3] // k.shape[-3]
    grouped = q.reshape(*q.shape[:-3], k.shape[-3], repeats, *q.shape[-2:])
    mean = np.broadcast_to(grouped.mean(axis=-3, keepdims=True), grouped.shape).reshape(q.shape)
    return read_in_groups(mean, k, v, mask)


def grouped_probes(rng):
    """Return heads: the worked example, all of one's own, one for all, square, batches, masks, groups."""
    keys = np.zeros((2, 1, 2))
    some = np.tril(np.ones((4, 3, 5), dtype=bool), 2)
    some[1] = ~np.eye(3, 5, dtype=bool)
    return [
        Probe("the worked example", (np.zeros((4, 1, 2)), keys, np.array([[[3.0]], [[5.0]]]))),
        Probe("3 heads of keys for 3 heads of queries", heads(rng, 3, 3, 2, 4, 5, 2)),
        Probe("1 head of keys for all", heads(rng, 4, 1, 2, 3, 5, 2)),
        Probe("4 queries and keys, 4 heads over 2", heads(rng, 4, 2, 4, 4, 4, 4)),
        Probe("a batch of 1", heads(rng, 4, 2, 3, 5, 2, 3, 1)),
        Probe("a batch of 3", heads(rng, 6, 2, 2, 4, 5, 3, 3)),
        Probe("a mask for each head", heads(rng, 4, 2, 3, 5, 2, 3), {"mask": some}),
        Probe("8 heads over 4 under a causal mask", heads(rng, 8, 4, 3, 5, 2, 3), {"mask": causal_mask(3, 5)}),
        Probe("6 heads over 2", heads(rng, 6, 2, 3, 5, 4, 2)),
    ]


KEYS, VALUES = "np.repeat(k, repeats, axis=-3)", "np.repeat(v, repeats, axis=-3)"


DEALT = "np.concatenate([{0}] * repeats, axis=-3)"


EXERCISE = Exercise(
    reference=grouped_attention,
    worked=read_in_groups,
    returns="what each query head reads: (..., h, q, e)",
    probes=grouped_probes,
    mistakes=(
        edit("deals the heads out in turn", WHICH_GROUP, (KEYS, DEALT.format("k")), (VALUES, DEALT.format("v"))),
        edit("deals out the keys, groups the values", WHICH_GROUP, (KEYS, DEALT.format("k"))),
        edit("groups the keys, deals out the values", WHICH_GROUP, (VALUES, DEALT.format("v"))),
        edit("all heads read the first", ONE_OWNER, (KEYS, "k[..., :1, :, :]"), (VALUES, "v[..., :1, :, :]")),
        edit(
            "averages the heads of keys and values",
            ONE_OWNER,
            (KEYS, "k.mean(axis=-3, keepdims=True)"),
            (VALUES, "v.mean(axis=-3, keepdims=True)"),
        ),
        rewrite("averages the queries of a group", OWN_QUERY, queries_of_a_group_averaged),
        edit(
            "repeats the tokens instead of the heads",
            "Which axis counts heads, and which counts tokens? What should the shape of the keys be afterwards?",
            (KEYS, "np.repeat(k, repeats, axis=-2)"),
            (VALUES, "np.repeat(v, repeats, axis=-2)"),
        ),
        edit(
            "scales by the root of all heads' width",
            "Which vectors are dotted: whole rows, or one head's share of them?",
            ("attention(q,", "attention(q / np.sqrt(q.shape[-3]),"),
        ),
        edit("ignores the mask", "Hide a key from one head. Does your output change?", (", mask)", ")")),
    ),
    equivalents=(read_head_by_head, read_by_index),
    hints=(
        "Once each query head has keys and values of its own, it is ordinary attention.",
        "h / g neighbouring heads read the same keys. The order is 0, 0, 0, 1, 1, 1, and not 0, 1, 0, 1, 0, 1.",
        "np.repeat(k, h // g, axis=-3), the same for v, then mha.attention(q, k, v, mask).",
    ),
)

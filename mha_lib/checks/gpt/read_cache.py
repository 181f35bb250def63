"""Exercise read_cache: out of the cache."""

import numpy as np

from mha_lib.attention import attention
from mha_lib.checks.gpt.shared import ON_THE_WAY_IN, OWN_PLACE
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.gpt import cache as caches
from mha_lib.masks import causal_mask
from mha_lib.positions.arrays import rotate

WHO_SEES_WHOM = "Three new tokens after five: which keys may the first of the three see?"


def read_cache(x, cache, w_q):
    """Return what the new tokens, the last of those in the cache, read from it."""
    keys, values = cache
    first = len(keys) - len(x)
    positions = np.arange(first, len(keys))
    q = rotate(x @ w_q, positions)
    mask = causal_mask(len(x), len(keys))
    return attention(q, keys, values, mask)


def read_one_by_one(x, cache, w_q):
    """Return the same, each query on the keys up to its own: no mask is needed."""
    first, rows = cache.shape[1] - len(x), []
    for i, token in enumerate(x):
        keys, values = cache[:, : first + i + 1]
        rows.append(attention(rotate((token @ w_q)[None], [first + i]), keys, values)[0])
    return np.array(rows)


def read_probes(rng):
    """Return new tokens and caches: the worked example, one of many, all of them, several of many."""
    worked = np.array([[[1.0, 0.0], [0.0, 1.0]], [[3.0, 0.0], [0.0, 6.0]]])
    return [
        Probe("the worked example", (np.array([[0.0, 0.0]]), worked, np.eye(2))),
        Probe("one token that reads itself alone", (draw(rng, 1, 3), draw(rng, 2, 1, 4), draw(rng, 3, 4))),
        Probe("4 tokens of width 4 that read each other", (draw(rng, 4, 4), draw(rng, 2, 4, 4), draw(rng, 4, 4))),
        Probe("one token at the end of 6", (draw(rng, 1, 3), draw(rng, 2, 6, 4), draw(rng, 3, 4))),
        Probe("3 tokens at the end of 8", (draw(rng, 3, 6), draw(rng, 2, 8, 4), draw(rng, 6, 4))),
    ]


def within_values(output, x, cache, w_q):
    """Return whether every output lies between the smallest and the largest cached value of its column."""
    low, high = cache[1].min(axis=0), cache[1].max(axis=0)
    return bool(np.all((output >= low - 1e-9) & (output <= high + 1e-9)))


QUERIES = "np.arange(first, len(keys))"


EXERCISE = Exercise(
    reference=caches.read_cache,
    worked=read_cache,
    returns="what each new token reads: (n, d)",
    probes=read_probes,
    mistakes=(
        edit("queries start at position 0", OWN_PLACE, (QUERIES, "np.arange(len(x))")),
        edit(
            "queries one ahead of their keys",
            "The newest token's own key stands at the end. Where is its query?",
            (QUERIES, "np.arange(first + 1, len(keys) + 1)"),
        ),
        edit(
            "all queries at the last position",
            "Three new tokens: how many positions?",
            (QUERIES, "np.full(len(x), len(keys) - 1)"),
        ),
        edit(
            "queries not turned",
            "Keys are turned. What happens to a difference if only one side turns?",
            ("rotate(x @ w_q, positions)", "x @ w_q"),
        ),
        edit(
            "cached keys turned again",
            ON_THE_WAY_IN,
            ("attention(q, keys,", "attention(q, rotate(keys, np.arange(len(keys))),"),
        ),
        edit(
            "causal from the top left",
            WHO_SEES_WHOM,
            ("causal_mask(len(x), len(keys))", "causal_mask(len(keys))[: len(x)]"),
        ),
        edit("new tokens see each other's future", WHO_SEES_WHOM, ("causal_mask(len(x), len(keys))", "None")),
        edit(
            "nobody sees itself",
            "The newest token's key and value are in the cache. May it read them?",
            ("mask = causal_mask(len(x), len(keys))", "mask = np.arange(len(keys)) < positions[:, None]"),
        ),
        edit(
            "only the past is read",
            "The newest token's key and value are in the cache. May it read them?",
            ("attention(q, keys, values, mask)", "attention(q, keys[:first], values[:first])"),
        ),
        edit(
            "only the new tokens are read",
            "What was the cache kept for?",
            ("attention(q, keys, values, mask)", "attention(q, keys[first:], values[first:], mask[:, first:])"),
        ),
        edit(
            "the keys are read", "What is compared, and what is averaged?", ("keys, values, mask)", "keys, keys, mask)")
        ),
        edit(
            "no scale",
            "What do the scores of attention get divided by?",
            ("attention(q, ", "attention(q * np.sqrt(q.shape[-1]), "),
        ),
    ),
    equivalents=(read_one_by_one,),
    hints=(
        "The new tokens are the last n of the t in the cache. So where do their queries stand, and what may they see?",
        "Positions t - n to t - 1, and a causal mask of n rows and t columns, aligned bottom-right.",
        "mha.attention(mha.rotate(x @ w_q, positions), keys, values, mha.causal_mask(n, t))",
    ),
    properties=(Property("each output lies between the smallest and the largest cached value", within_values),),
)

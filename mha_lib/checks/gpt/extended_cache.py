"""Exercise extended_cache: into the cache."""

import numpy as np

from mha_lib.checks.gpt.shared import ON_THE_WAY_IN, OWN_PLACE
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.gpt import cache as caches
from mha_lib.positions.arrays import rotate


def extended_cache(cache, x, w_k, w_v):
    """Return the cache with the new tokens' keys, turned by their positions, and values behind the old ones."""
    past = cache.shape[1]
    positions = np.arange(past, past + len(x))
    keys = rotate(x @ w_k, positions)
    values = x @ w_v
    return np.concatenate([cache, np.stack([keys, values])], axis=1)


def extended_one_by_one(cache, x, w_k, w_v):
    """Return the same, token by token."""
    for token in x:
        key = rotate((token @ w_k)[None], [cache.shape[1]])
        cache = np.concatenate([cache, np.stack([key, (token @ w_v)[None]])], axis=1)
    return cache


def extend_probes(rng):
    """Return caches and new tokens: empty, one token, several, square."""
    start = np.zeros((2, 0, 2))
    return [
        Probe("the worked example", (start, np.array([[1.0, 0.0], [0.0, 2.0]]), np.eye(2), 3 * np.eye(2))),
        Probe("one token after none", (np.zeros((2, 0, 4)), draw(rng, 1, 3), draw(rng, 3, 4), draw(rng, 3, 4))),
        Probe("4 tokens of width 4 after 4", (draw(rng, 2, 4, 4), draw(rng, 4, 4), draw(rng, 4, 4), draw(rng, 4, 4))),
        Probe("one token after 5", (draw(rng, 2, 5, 4), draw(rng, 1, 3), draw(rng, 3, 4), draw(rng, 3, 4))),
        Probe("3 tokens after 5", (draw(rng, 2, 5, 4), draw(rng, 3, 6), draw(rng, 6, 4), draw(rng, 6, 4))),
    ]


def keeps_the_past(cache, old, *args):
    """Return whether the cache begins with what it held."""
    return bool(np.array_equal(np.asarray(cache)[:, : old.shape[1]], old))


TURNED = "keys = rotate(x @ w_k, positions)"


STACKED = "return np.concatenate([cache, np.stack([keys, values])], axis=1)"


EXERCISE = Exercise(
    reference=caches.extended_cache,
    worked=extended_cache,
    returns="the longer cache, keys first, then values: (2, t + n, d)",
    probes=extend_probes,
    mistakes=(
        edit("the new tokens start at position 0", OWN_PLACE, ("np.arange(past, past + len(x))", "np.arange(len(x))")),
        edit(
            "one position ahead",
            OWN_PLACE,
            ("np.arange(past, past + len(x))", "np.arange(past + 1, past + 1 + len(x))"),
        ),
        edit(
            "all new tokens at one position",
            "Three new tokens: how many positions?",
            ("np.arange(past, past + len(x))", "np.full(len(x), past)"),
        ),
        edit("keys not turned", ON_THE_WAY_IN, (TURNED, "keys = x @ w_k")),
        edit(
            "cached keys turned again",
            ON_THE_WAY_IN,
            (
                STACKED,
                "old = np.stack([rotate(cache[0], np.arange(past)), cache[1]])\n"
                "    return np.concatenate([old, np.stack([keys, values])], axis=1)",
            ),
        ),
        edit(
            "values turned too",
            "Which of queries, keys and values are compared, and which are only read?",
            ("values = x @ w_v", "values = rotate(x @ w_v, positions)"),
        ),
        edit(
            "the new ones in front",
            "In which order did the tokens come?",
            ("[cache, np.stack([keys, values])]", "[np.stack([keys, values]), cache]"),
        ),
        edit("keys and values exchanged", "Which of the two halves holds keys?", ("[keys, values]", "[values, keys]")),
        edit(
            "values made by the keys' matrix",
            "What is read need not be what is compared. How many matrices are there?",
            ("x @ w_v", "x @ w_k"),
        ),
        edit(
            "the past forgotten",
            "What will the next token read, if only the newest are kept?",
            ("[cache, np.stack([keys, values])]", "[np.stack([keys, values])]"),
        ),
        edit(
            "the past overwritten",
            "How long is the cache before, and how long must it be afterwards?",
            (
                STACKED,
                "joined = np.concatenate([cache, np.stack([keys, values])], axis=1)\n"
                "    return joined[:, -max(past, len(x)) :]",
            ),
        ),
    ),
    equivalents=(extended_one_by_one,),
    hints=(
        "Project, turn the keys by the positions at which the tokens stand, append. What is there stays as it is.",
        "The cache holds t tokens, so the new ones stand at t, t + 1, ...: np.arange(t, t + len(x)).",
        "np.concatenate([cache, np.stack([keys, values])], axis=1), with keys = mha.rotate(x @ w_k, positions)",
    ),
    properties=(Property("what the cache held is still in front", keeps_the_past),),
)

"""Exercise rollout: rollout."""

from functools import reduce

import numpy as np

from mha_lib.checks.seeing.shared import maps
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.seeing import measures as library


def rollout(maps):
    """Return how much of each token's first vector is left in each place after all layers."""
    n = maps[0].shape[-1]
    result = np.eye(n)
    for weights in maps:
        mixed = 0.5 * weights.mean(axis=-3) + 0.5 * np.eye(n)
        mixed = mixed / mixed.sum(axis=-1, keepdims=True)
        result = mixed @ result
    return result


def rollout_without_halves(maps):
    """Return the same: the halves cancel when the rows are made to sum to 1."""
    mixed = [weights.mean(axis=-3) + np.eye(weights.shape[-1]) for weights in maps]
    return reduce(lambda result, layer: layer / layer.sum(-1, keepdims=True) @ result, mixed[1:], _shares(mixed[0]))


def rollout_from_the_top(maps):
    """Return the same, the last layer first: a product may be bracketed as one likes."""
    result = np.eye(len(maps[0][0, 0])) if np.ndim(maps[0]) == 3 else np.eye(np.shape(maps[0])[-1])
    for weights in reversed(list(maps)):
        result = result @ _shares(np.eye(weights.shape[-1]) / 2 + np.mean(weights, axis=-3) / 2)
    return result


def _shares(table):
    return table / table.sum(axis=-1, keepdims=True)


def pencil_maps():
    """Return the two layers of the chapter's pencil example, one head each."""
    return np.array([[[[1.0, 0.0], [1.0, 0.0]]], [[[0.5, 0.5], [0.0, 1.0]]]])


def rollout_probes(rng):
    """Return maps: the worked example, one layer, several, square in every size, batches, a query without a key."""
    empty = np.ones((4, 4), dtype=bool)
    empty[1] = False
    return [
        Probe("the worked example", (pencil_maps(),)),
        Probe("one layer of 2 heads", (maps(rng, 1, 2, 3, 3),)),
        Probe("3 layers, 3 heads, 3 tokens", (maps(rng, 3, 3, 3, 3),)),
        Probe("a single token", (np.ones((2, 2, 1, 1)),)),
        Probe("a list of 2 layers with unlike numbers of heads", ([maps(rng, 2, 4, 4), maps(rng, 3, 4, 4)],)),
        Probe("a batch of 2 sentences, 3 layers", (maps(rng, 3, 2, 4, 5, 5),)),
        Probe("a query that may attend to nothing", (maps(rng, 2, 3, 4, 4, keep=empty),)),
    ]


def rows_sum_to_one(result, *args):
    """Return whether each row sums to 1."""
    return bool(np.allclose(np.sum(result, axis=-1), 1.0))


HALVES = "0.5 * weights.mean(axis=-3) + 0.5 * np.eye(n)"


RENORMALISE = "mixed = mixed / mixed.sum(axis=-1, keepdims=True)"


TWO_PATHS = "A token goes through a layer on two paths. Where is the one that passes the layer by?"
ORDER = "The last layer reads what the one before it has made. Which of the two meets the tokens first?"
WHICH_MEAN = "Two heads, one looking at a and one at b: how much of each does the layer read, on average?"
EVERY_ROW = "What does a row sum to if its query may attend to nothing?"


EXERCISE = Exercise(
    reference=library.rollout,
    worked=rollout,
    returns="for each token, how much of every token is in it: (..., n, n)",
    probes=rollout_probes,
    mistakes=(
        edit("no residual", TWO_PATHS, (HALVES, "weights.mean(axis=-3)"), (RENORMALISE, "pass")),
        edit("rows not made to sum to 1 again", EVERY_ROW, (RENORMALISE, "pass")),
        edit("layers multiplied in the wrong order", ORDER, ("mixed @ result", "result @ mixed")),
        edit("the largest head instead of the mean", WHICH_MEAN, ("weights.mean(axis=-3)", "weights.max(axis=-3)")),
        edit("heads summed", WHICH_MEAN, ("weights.mean(axis=-3)", "weights.sum(axis=-3)")),
        edit(
            "columns made to sum to 1",
            "A row is a token's sources. What should be shared out: a row or a column?",
            ("mixed.sum(axis=-1, keepdims=True)", "mixed.sum(axis=-2, keepdims=True)"),
        ),
        edit(
            "multiplied entry by entry",
            "From token i by way of m to token j: over what does one have to sum?",
            ("mixed @ result", "mixed * result"),
            ("result = np.eye(n)", "result = 1.0"),
        ),
        edit("the layers added up", ORDER, ("mixed @ result", "mixed + result")),
        edit("the last layer alone", ORDER, ("mixed @ result", "mixed")),
        edit(
            "each head followed by itself",
            "May head 0 of layer 1 read what head 1 of layer 0 has written?",
            ("result = np.eye(n)", "result = np.broadcast_to(np.eye(n), maps[0].shape)"),
            (HALVES, "0.5 * weights + 0.5 * np.eye(n)"),
            ("return result", "return result.mean(axis=-3)"),
        ),
        edit(
            "the residual of the first layer alone",
            "How many layers have a path that passes them by?",
            (HALVES, "weights.mean(axis=-3)"),
            (RENORMALISE, "mixed = (mixed + np.eye(n)) / 2 if weights is maps[0] else mixed"),
        ),
    ),
    equivalents=(rollout_without_halves, rollout_from_the_top),
    hints=(
        "One matrix a layer: half of the mean of its heads, half of the identity. Then a product of matrices.",
        "Start with the identity. Each layer multiplies what has been reached so far. From which side?",
        "mixed = 0.5 * weights.mean(axis=-3) + 0.5 * np.eye(n), rows divided by their sums, result = mixed @ result",
    ),
    properties=(Property("each row sums to 1", rows_sum_to_one),),
)

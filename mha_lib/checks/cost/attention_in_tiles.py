"""Exercise attention_in_tiles: attention, one tile of keys at a time."""

import functools

import numpy as np

from mha_lib.attention import attention
from mha_lib.checks.cost.shared import BETWEEN, FAR, LOW, NOTHING_YET, TAIL, YESTERDAY
from mha_lib.cost.blockwise import merge_partials, partial_attention, partial_output
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property


def attention_in_tiles(q, k, v, block_k):
    """Return attention(q, k, v), visiting block_k keys at a time."""
    q = q / np.sqrt(q.shape[-1])
    maximum = np.full(q.shape[:-1], -np.inf)
    normaliser = np.zeros(q.shape[:-1])
    accumulator = np.zeros((*q.shape[:-1], v.shape[-1]))
    for start in range(0, k.shape[-2], block_k):
        tile = slice(start, start + block_k)
        scores = q @ np.swapaxes(k[..., tile, :], -1, -2)
        higher = np.maximum(maximum, scores.max(axis=-1))
        weights = np.exp(scores - higher[..., None])
        rescale = np.exp(maximum - higher)
        normaliser = normaliser * rescale + weights.sum(axis=-1)
        accumulator = accumulator * rescale[..., None] + weights @ v[..., tile, :]
        maximum = higher
    return accumulator / normaliser[..., None]


def tiles_by_merging(q, k, v, block_k):
    """Return the same: a partial result for each tile, merged at the end."""
    scores = q @ np.swapaxes(k, -1, -2) / np.sqrt(q.shape[-1])
    tiles = [slice(start, start + block_k) for start in range(0, k.shape[-2], block_k)]
    parts = [partial_attention(scores[..., tile], v[..., tile, :]) for tile in tiles]
    return partial_output(functools.reduce(merge_partials, parts))


def tiles_with_a_running_output(q, k, v, block_k):
    """Return the same, the output normalised after every tile and weighed again by the sum before it."""
    maximum, normaliser, output = -np.inf, 0.0, 0.0
    for start in range(0, k.shape[-2], block_k):
        tile = slice(start, start + block_k)
        scores = q @ np.swapaxes(k[..., tile, :], -1, -2) / np.sqrt(q.shape[-1])
        higher = np.maximum(maximum, scores.max(axis=-1, keepdims=True))
        weights = np.exp(scores - higher)
        before = normaliser * np.exp(maximum - higher)
        maximum, normaliser = higher, before + weights.sum(axis=-1, keepdims=True)
        output = (output * before + weights @ v[..., tile, :]) / normaliser
    return output


def tile_probes(rng):
    """Return q, k, v and a tile: by hand, ragged, square, one tile, rising, far apart, far below."""
    by_hand = np.ones((1, 1)), np.log([[1.0], [2.0], [1.0], [4.0]]), np.array([[8.0], [0.0], [16.0], [24.0]])
    rising = np.abs(draw(rng, 2, 1)) + 0.3, np.sort(draw(rng, 7, 1), axis=0)
    rising_fast = np.ones((1, 1)), np.array([[-400.0], [3.0], [0.0], [500.0], [900.0]])
    return [
        Probe("the worked example", (*by_hand, 2)),
        Probe("4 queries and 4 keys of width 4, tiles of 2", (draw(rng, 4, 4), draw(rng, 4, 4), draw(rng, 4, 4), 2)),
        Probe("2 heads, tiles of 3", (draw(rng, 2, 3, 4), draw(rng, 2, 7, 4), draw(rng, 2, 7, 2), 3)),
        Probe("a batch of 1, tiles of 1", (draw(rng, 1, 2, 3), draw(rng, 1, 5, 3), draw(rng, 1, 5, 2), 1)),
        Probe("one tile that holds more than all keys", (draw(rng, 3, 4), draw(rng, 5, 4), draw(rng, 5, 2), 8)),
        Probe("keys in rising order, tiles of 3", (*rising, draw(rng, 7, 3), 3)),
        Probe("scores near -200000", (*LOW, draw(rng, 3, 2), 2)),
        Probe("scores near -1000", (LOW[0] * 0.005, LOW[1], draw(rng, 3, 2), 2)),
        Probe("rows 1000 apart, a ragged last tile", (FAR, draw(rng, 5, 2), draw(rng, 5, 3), 2)),
        Probe("a maximum that rises in every tile", (*rising_fast, draw(rng, 5, 2), 2)),
    ]


def same_as_one_tile(output, q, k, v, block_k):
    """Return whether the size of the tile leaves the result alone."""
    return np.allclose(output, attention(q, k, v), rtol=1e-6, atol=1e-9)


SCALED_TOTAL = "normaliser * rescale"


SCALED_OUTPUT = "accumulator * rescale[..., None]"


START = "np.full(q.shape[:-1], -np.inf)"


FINISH = "return accumulator / normaliser[..., None]"


EXERCISE = Exercise(
    reference=attention_in_tiles,
    returns="outputs, one row a query: (..., q, e)",
    probes=tile_probes,
    mistakes=(
        edit("accumulator not rescaled", YESTERDAY, (SCALED_OUTPUT, "accumulator")),
        edit("normaliser not rescaled", YESTERDAY, (SCALED_TOTAL, "normaliser")),
        edit("nothing rescaled", YESTERDAY, (SCALED_OUTPUT, "accumulator"), (SCALED_TOTAL, "normaliser")),
        edit(
            "divides by the normaliser in every tile",
            "The normaliser of the whole row is known when? How often may you divide by it?",
            ("maximum = higher", "maximum = higher; accumulator = accumulator / normaliser[..., None]"),
            (FINISH, "return accumulator"),
        ),
        edit(
            "ragged tail dropped",
            TAIL,
            ("range(0, k.shape[-2], block_k)", "range(0, k.shape[-2] - block_k + 1, block_k)"),
        ),
        edit("maximum starts at 0", NOTHING_YET, (START, "np.zeros(q.shape[:-1])")),
        edit("maximum starts at -50000", NOTHING_YET, (START, "np.full(q.shape[:-1], -5e4)")),
        edit(
            "rescaled the wrong way round",
            "The maximum has risen. Must the old sums shrink or grow?",
            ("np.exp(maximum - higher)", "np.exp(higher - maximum)"),
        ),
        edit(
            "takes the tile's maximum for the running one",
            "The second tile lies 1000 below the first. What is exp(old maximum - new maximum) then?",
            ("np.maximum(maximum, scores.max(axis=-1))", "scores.max(axis=-1)"),
        ),
        edit(
            "forgets the new maximum",
            "Against which maximum will the next tile be rescaled?",
            ("        maximum = higher\n", ""),
        ),
        edit("never divides", "Do the weights of a query sum to 1?", (FINISH, "return accumulator")),
        edit("no scale", "What divides a dot product of width d?", ("q = q / np.sqrt(q.shape[-1])\n", "q = q + 0\n")),
    ),
    equivalents=(tiles_by_merging, tiles_with_a_running_output),
    hints=(
        "Three running things: maximum, normaliser, accumulator. A tile is online softmax with several keys at once.",
        "In each tile: weights = exp(scores - higher) and rescale = exp(maximum - higher). Which two sums want it?",
        "accumulator = accumulator * rescale[..., None] + weights @ v[..., tile, :], and divide once, after the loop.",
    ),
    properties=(BETWEEN, Property("it equals attention with all keys at once", same_as_one_tile)),
)

"""Exercise ring_step: one step of the ring."""

import numpy as np

from mha_lib.checks.cost.merge_partials import PARTIAL, partial_of
from mha_lib.checks.cost.shared import MINUS_INFINITY, YESTERDAY
from mha_lib.cost.blockwise import merge_partials, partial_attention, partial_output
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.parallel.ring import ring_step

PLACE = "Where does the first key of this block stand in the whole sequence?"


def written_step(partial, q, k, v, query_positions, key_positions):
    """Return the partial result after one more block."""
    maximum, normaliser, accumulator = partial
    scores = q @ np.swapaxes(k, -1, -2) / np.sqrt(q.shape[-1])
    sees = key_positions <= query_positions[:, None]
    scores = np.where(sees, scores, -np.inf)
    higher = np.maximum(maximum, scores.max(axis=-1))
    level = np.where(np.isneginf(higher), 0.0, higher)
    weights, kept = np.exp(scores - level[..., None]), np.exp(maximum - level)
    normaliser = normaliser * kept + weights.sum(axis=-1)
    accumulator = accumulator * kept[..., None] + weights @ v
    return higher, normaliser, accumulator


def step_key_by_key(partial, q, k, v, query_positions, key_positions):
    """Return the same, merging one key at a time."""
    partial = tuple(partial)
    for key, place in enumerate(key_positions):
        score = (q * k[..., key, None, :]).sum(axis=-1) / np.sqrt(q.shape[-1])
        score = np.where(query_positions >= place, score, -np.inf)[..., None]
        partial = merge_partials(partial, partial_attention(score, v[..., key, None, :]))
    return tuple(partial)


def block_first(partial, q, k, v, query_positions, key_positions):
    """Return the same with the block as the first of the two parts."""
    hidden = np.greater.outer(key_positions, query_positions).T
    scores = q @ np.swapaxes(k, -1, -2) / q.shape[-1] ** 0.5 + np.where(hidden, -np.inf, 0.0)
    return tuple(merge_partials(partial_attention(scores, v), partial))


def block(rng, num_queries, num_keys, d, e, lead=()):
    """Return queries, keys and values of a block."""
    return draw(rng, *lead, num_queries, d), draw(rng, *lead, num_keys, d), draw(rng, *lead, num_keys, e)


def step_probes(rng):
    """Return steps: by hand, the own block, the past, the future, nothing yet, heads, far apart, scattered places."""
    by_hand = (np.array([np.log(2)]), np.array([1.5]), np.array([[9.0]]))
    nothing = (np.full(3, -np.inf), np.zeros(3), np.zeros((3, 2)))
    places = np.arange
    return [
        Probe(
            "the worked example",
            (
                by_hand,
                np.ones((1, 1)),
                np.log([[4.0], [8.0]]),
                np.array([[8.0], [99.0]]),
                np.array([2]),
                np.array([2, 3]),
            ),
        ),
        Probe("a block of the past", (partial_of(rng, 3, 4, 2), *block(rng, 3, 4, 5, 2), places(8, 11), places(4, 8))),
        Probe(
            "4 queries and their own 4 keys",
            (partial_of(rng, 4, 3, 4), *block(rng, 4, 4, 4, 4), places(4, 8), places(4, 8)),
        ),
        Probe("a block of the future", (partial_of(rng, 2, 4, 3), *block(rng, 2, 3, 4, 3), places(2), places(4, 7))),
        Probe("nothing yet, and nothing to see", (nothing, *block(rng, 3, 2, 4, 2), places(3), places(6, 8))),
        Probe(
            "2 sentences of 1 head",
            (partial_of(rng, 3, 2, 2, lead=(2, 1)), *block(rng, 3, 2, 4, 2, (2, 1)), places(3, 6), places(3, 5)),
        ),
        Probe(
            "what came before 1000 higher",
            (partial_of(rng, 2, 3, 2, shift=1000.0), *block(rng, 2, 3, 4, 2), places(5, 7), places(3, 6)),
        ),
        Probe(
            "what came before 1000 lower",
            (partial_of(rng, 2, 3, 2, shift=-1000.0), *block(rng, 2, 3, 4, 2), places(5, 7), places(4, 7)),
        ),
        Probe(
            "places that are scattered",
            (partial_of(rng, 4, 3, 2), *block(rng, 4, 4, 3, 2), np.array([2, 3, 8, 9]), np.array([0, 1, 10, 11])),
        ),
        Probe(
            "a first block, partly in the future",
            (nothing, *block(rng, 3, 4, 2, 2), np.array([4, 5, 6]), np.array([3, 5, 7, 9])),
        ),
    ]


def output_unchanged_by_the_future(value, partial, q, k, v, query_positions, key_positions):
    """Return whether a block that nobody may see leaves the output alone."""
    if min(key_positions) <= max(query_positions):
        return True
    return np.allclose(partial_output(tuple(value.values())), partial_output(partial), atol=1e-9)


SEES = "key_positions <= query_positions[:, None]"


KEPT_SUM, KEPT_ROWS = "normaliser * kept", "accumulator * kept[..., None]"


FUTURE = "Which keys may the token in place 4 see? May it see its own?"


EXERCISE = Exercise(
    reference=ring_step,
    worked=written_step,
    call=PARTIAL,
    returns="a tuple: maximum (..., q), normaliser (..., q), accumulator (..., q, e)",
    probes=step_probes,
    mistakes=(
        edit(
            "counts places from the start of the block",
            PLACE,
            (SEES, "np.arange(len(key_positions)) <= np.arange(len(query_positions))[:, None]"),
        ),
        edit("a query does not see itself", FUTURE, (SEES, SEES.replace("<=", "<"))),
        edit("sees the future, not the past", FUTURE, (SEES, SEES.replace("<=", ">="))),
        edit("no mask", FUTURE, (SEES, "np.ones(scores.shape, bool)")),
        edit(
            "takes or leaves a block as a whole",
            "May two queries of one process see different keys of one block?",
            (SEES, "key_positions[:1] <= query_positions[:1, None]"),
        ),
        edit(
            "0 for what is hidden",
            "What is exp(0)? What score makes a weight of 0?",
            ("np.where(sees, scores, -np.inf)", "np.where(sees, scores, 0.0)"),
        ),
        edit(
            "forgets what came before",
            "Where do the keys of earlier rounds count?",
            (KEPT_SUM, "0.0"),
            (KEPT_ROWS, "0.0"),
        ),
        edit("adds without rescaling", YESTERDAY, (KEPT_SUM, "normaliser"), (KEPT_ROWS, "accumulator")),
        edit("normaliser not rescaled", YESTERDAY, (KEPT_SUM, "normaliser")),
        edit("accumulator not rescaled", YESTERDAY, (KEPT_ROWS, "accumulator")),
        edit(
            "takes the block's maximum for the running one",
            "This block lies 1000 below the last. What is exp(old maximum - new maximum) then?",
            ("np.maximum(maximum, scores.max(axis=-1))", "scores.max(axis=-1)"),
        ),
        edit("-inf minus -inf", MINUS_INFINITY, ("np.where(np.isneginf(higher), 0.0, higher)", "higher")),
        edit(
            "divides in every round",
            "The normaliser of the whole row is known after the last round. How often may you divide by it?",
            (
                "return higher, normaliser, accumulator",
                "return higher, normaliser, accumulator / normaliser[..., None]",
            ),
        ),
        edit("no scale", "What divides a dot product of width d?", (" / np.sqrt(q.shape[-1])", "")),
    ),
    equivalents=(step_key_by_key, block_first),
    hints=(
        "Chapter 14 has all of it: scores, -inf for what is hidden, a partial result, merge.",
        "The mask compares places in the whole sequence: key_positions <= query_positions[:, None].",
        "mha.merge_partials(partial, mha.partial_attention(np.where(sees, mha.attention_scores(q, k), -np.inf), v))",
    ),
    properties=(Property("a block of the future leaves the output alone", output_unchanged_by_the_future),),
)

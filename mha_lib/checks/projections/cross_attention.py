"""Exercise cross_attention: cross-attention."""

import numpy as np

from mha_lib import projections as library
from mha_lib.checks.projections.shared import (
    BETWEEN,
    EMPTY_ROW,
    MASK_MISTAKES,
    NORMALISE,
    OVER_QUERIES,
    RAGGED,
    SCORE_MISTAKES,
    THREE_ROLES,
    between_the_values,
    filled,  # noqa: F401 - edits call it
    matrices,
    softmax_over_queries,  # noqa: F401 - edits call it
)
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.softmax import (
    masked_softmax,
    softmax,  # noqa: F401 - edits call it
)


def cross_attention(x, memory, w_q, w_k, w_v, mask=None):
    """Return what each token of x reads from the tokens of memory."""
    q, k, v = x @ w_q, memory @ w_k, memory @ w_v
    scores = q @ np.swapaxes(k, -1, -2) / np.sqrt(q.shape[-1])
    weights = masked_softmax(scores, mask)
    return weights @ v


def cross_attention_projecting_last(x, memory, w_q, w_k, w_v, mask=None):
    """Return the same: the queries carried to the memory's own features, the values projected after the mixing."""
    scores = (x @ w_q @ w_k.T) @ np.swapaxes(memory, -1, -2) / np.sqrt(w_k.shape[1])
    return (masked_softmax(scores, mask) @ memory) @ w_v


def cross_probes(rng):
    """Return tokens, a memory and three matrices, of the same variety."""
    worked = (np.array([[1.0, 0.0]]), np.array([[0.0, 1.0], [1.0, 1.0]]))
    worked_matrices = (np.array([[np.log(3.0)], [5.0]]), np.array([[1.0], [0.0]]), np.array([[4.0], [8.0]]))
    padding = np.array([[[True, True, True, False, False]], [[True, False, True, True, True]]])
    return [
        Probe("the worked example", (*worked, *worked_matrices)),
        Probe("3 tokens reading 5, no two widths alike", (draw(rng, 3, 4), draw(rng, 5, 4), *matrices(rng, 4, 2, 6))),
        Probe("3 tokens reading 3, every width 3", (draw(rng, 3, 3), draw(rng, 3, 3), *matrices(rng, 3, 3, 3))),
        Probe("1 token reading 4, a batch of 1", (draw(rng, 1, 1, 3), draw(rng, 1, 4, 3), *matrices(rng, 3, 2, 2))),
        Probe("4 tokens and a ragged mask", (draw(rng, 4, 3), draw(rng, 4, 3), *matrices(rng, 3, 2, 2), RAGGED)),
        Probe(
            "a batch of 2 with a padded memory",
            (draw(rng, 2, 3, 4), draw(rng, 2, 5, 4), *matrices(rng, 4, 2, 2), padding),
        ),
        Probe(
            "a query that may attend to nothing",
            (draw(rng, 4, 2), draw(rng, 4, 2), *matrices(rng, 2, 2, 2), EMPTY_ROW),
        ),
    ]


CROSS_BETWEEN = Property(BETWEEN, lambda y, x, memory, w_q, w_k, w_v, mask=None: between_the_values(y, memory, w_v))


EXERCISE = Exercise(
    reference=library.cross_attention,
    worked=cross_attention,
    returns="outputs, one row for each token of x, as wide as w_v has columns: (..., q, e)",
    probes=cross_probes,
    mistakes=(
        edit(
            "keys and values from x",
            "Whose information is being read? Change the memory: does your output change?",
            ("memory @ w_k, memory @ w_v", "x @ w_k, x @ w_v"),
        ),
        edit(
            "only the values from x",
            "The query found a token of the memory. Whose value should it carry home?",
            ("memory @ w_v", "x @ w_v"),
        ),
        edit(
            "only the keys from x",
            "Each value needs the key that it is found by. Where does that key come from?",
            ("memory @ w_k", "x @ w_k"),
        ),
        edit(
            "queries from the memory",
            "Who asks? There must be one output for each of those.",
            ("x @ w_q", "memory @ w_q"),
        ),
        edit(
            "x and memory exchanged",
            "Who asks, and who is read?",
            ("x @ w_q, memory @ w_k, memory @ w_v", "memory @ w_q, x @ w_k, x @ w_v"),
        ),
        edit(
            "x reads itself as well",
            "How many keys are there? One for each token of the memory, and no more.",
            (
                "memory @ w_k, memory @ w_v",
                "np.concatenate([x, memory], -2) @ w_k, np.concatenate([x, memory], -2) @ w_v",
            ),
        ),
        edit("keys share the queries' projection", THREE_ROLES, ("memory @ w_k", "memory @ w_q")),
        edit(
            "w_q and w_k swapped",
            "The tokens of x ask. Which matrix asks?",
            ("x @ w_q, memory @ w_k", "x @ w_k, memory @ w_q"),
        ),
        edit(
            "values not projected",
            "What does a token of the memory give away: all of itself, or what w_v takes from it?",
            ("memory @ w_v", "memory"),
        ),
        edit("values take the keys' projection", THREE_ROLES, ("memory @ w_v", "memory @ w_k")),
        *SCORE_MISTAKES,
        OVER_QUERIES,
        *MASK_MISTAKES,
        edit(
            "mask transposed",
            "A mask has a row for each query and a column for each key. Which sequence gives the rows?",
            (NORMALISE, "masked_softmax(scores, None if mask is None else np.swapaxes(mask, -1, -2))"),
        ),
    ),
    equivalents=(cross_attention_projecting_last,),
    hints=(
        "Only the first of the five steps differs from self-attention: what is projected.",
        "Queries are made from x. Keys and values are made from memory.",
        "masked_attention(x @ w_q, memory @ w_k, memory @ w_v, mask)",
    ),
    properties=(CROSS_BETWEEN,),
)

"""Exercise drop_weights: drop weights."""

import numpy as np

from mha_lib.diagnosis.broken import edit, rewrite
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.generalisation import regularisation
from mha_lib.softmax import softmax

EXPECTATION = "A weight w stays with probability 1 - rate. By what must it be divided, so that its mean is w again?"
WHO_STAYS = "With a rate of 0.1, how many draws in ten lie below it? Those are the ones to drop."
ONE_ROW = "Two queries look at the same key. Does one draw decide for both?"
NO_SUM = "Divide a row with one weight left by its sum. What has become of the dropout?"


def drop_weights(weights, draws, rate):
    """Return attention weights, 0 where the draw is below the rate, and the others made larger."""
    kept = draws >= rate
    return weights * kept / (1 - rate)


def drop_by_where(weights, draws, rate):
    """Return the same by a choice."""
    return np.where(draws < rate, 0.0, weights / (1.0 - rate))


def drop_by_loop(weights, draws, rate):
    """Return the same, one weight after the other."""
    output = np.zeros(weights.shape)
    for place in np.ndindex(weights.shape):
        if not draws[place] < rate:
            output[place] = weights[place] / (1.0 - rate)
    return output


def drop_keys(weights, draws, rate):
    """Return the mistake of dropping a key for all queries together."""
    return weights * (draws[..., :1, :] >= rate) / (1 - rate)


def drop_rows(weights, draws, rate):
    """Return the mistake of dropping a query's whole row."""
    return weights * (draws[..., :1] >= rate) / (1 - rate)


def renormalised(weights, draws, rate):
    """Return the mistake of dividing what is left of a row by its sum."""
    kept = weights * (draws >= rate)
    return kept / np.maximum(kept.sum(axis=-1, keepdims=True), 1e-300)


def drop_probes(rng):
    """Return weights, draws and a rate: the worked example, ragged, at rest, square, a batch of one, a hard lookup."""
    worked = np.array([[0.75, 0.25], [0.5, 0.5]]), np.array([[0.9, 0.2], [0.3, 0.7]])
    ragged = _rows_and_draws(rng, 3, 5)
    ragged[1][:, 0], ragged[1][0, 0] = 0.9, 0.05  # rows and keys are dropped by other draws than the first
    square, single = _rows_and_draws(rng, 4, 4), _rows_and_draws(rng, 1, 2, 3)
    square[1][1, 2] = 0.3  # a draw exactly at the rate stays
    return [
        Probe("the worked example", (*worked, 0.5)),
        Probe("a batch of 1 sequence, 2 queries and 3 keys", (*single, 0.25)),
        Probe("4 queries and 4 keys, one draw exactly at the rate", (*square, 0.3)),
        Probe("a rate of 0", (*_rows_and_draws(rng, 2, 3), 0.0)),
        Probe("one weight of 1 that is kept", (np.array([[0.0, 1.0, 0.0]]), np.array([[0.1, 0.8, 0.4]]), 0.2)),
        Probe("3 queries and 5 keys, a rate of 0.2", (*ragged, 0.2)),
    ]


def _rows_and_draws(rng, *shape):
    return softmax(draw(rng, *shape)).round(3), rng.uniform(size=shape).round(2)


def zero_or_larger(output, weights, draws, rate):
    """Return whether each number is 0 or the weight over 1 - rate."""
    return bool(np.all((output == 0) | np.isclose(output * (1 - rate), weights)))


EXERCISE = Exercise(
    reference=regularisation.drop_weights,
    worked=drop_weights,
    returns="weights of which some are 0 and the others larger: (..., q, k)",
    probes=drop_probes,
    mistakes=(
        edit("does not make up for what is dropped", EXPECTATION, (" / (1 - rate)", "")),
        edit("divides by the rate", EXPECTATION, ("/ (1 - rate)", "/ max(rate, 1e-300)")),
        edit("scales down instead of up", EXPECTATION, ("/ (1 - rate)", "* (1 - rate)")),
        edit("drops those that should stay", WHO_STAYS, ("draws >= rate", "draws < rate")),
        edit("compares with the share that stays", WHO_STAYS, ("draws >= rate", "draws >= 1 - rate")),
        edit(
            "drops a draw that is exactly the rate",
            "Draws lie in [0, 1). With a rate of 0, may a draw of 0 be dropped?",
            ("draws >= rate", "draws > rate"),
        ),
        rewrite("divides each row by its sum", NO_SUM, renormalised),
        rewrite("drops a key for all queries", ONE_ROW, drop_keys),
        rewrite("drops whole rows", "Is it a query that is dropped, or one of its weights?", drop_rows),
    ),
    equivalents=(drop_by_where, drop_by_loop),
    hints=(
        "Each weight is dropped or kept by its own draw. What keeps its mean what it was?",
        "draws >= rate is True for those that stay, a share of 1 - rate.",
        "weights * (draws >= rate) / (1 - rate).",
    ),
    properties=(Property("each number is 0, or the weight over 1 - rate", zero_or_larger),),
)

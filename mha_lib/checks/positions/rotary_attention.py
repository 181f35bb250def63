"""Exercise rotary_attention: attention with rotary positions."""

import numpy as np

from mha_lib.attention import attention
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.positions.arrays import rotate as turn


def rotary_attention(q, k, v, positions):
    """Return attention with queries and keys turned by their positions."""
    turned_q, turned_k = turn(q, positions), turn(k, positions)
    return attention(turned_q, turned_k, v)


def rotary_attention_counting_from_one(q, k, v, positions):
    """Return the same: only differences of positions matter."""
    return attention(turn(q, positions + 1), turn(k, positions + 1), v)


def rotary_attention_in_another_order(q, k, v, positions):
    """Return the same: columns of queries and keys may change places after the turn, if both do it alike."""
    order = np.r_[0 : q.shape[-1] : 2, 1 : q.shape[-1] : 2]
    return attention(turn(q, positions)[..., order], turn(k, positions)[..., order], v)


def rotary_probes(rng):
    """Return queries, keys, values and positions: the worked example, square, a batch."""
    return [
        Probe(
            "the worked example",
            (np.array([[3.0, 0.0], [1.0, 2.0]]), np.eye(2), np.array([[4.0], [8.0]]), np.array([0.0, np.pi / 2])),
        ),
        Probe("4 tokens of width 4", (*(draw(rng, 4, 4) for _ in range(3)), np.array([3.0, 0.0, 4.0, 9.0]))),
        Probe("a batch of 1 sequence", (draw(rng, 1, 3, 6), draw(rng, 1, 3, 6), draw(rng, 1, 3, 2), np.arange(3.0))),
        Probe(
            "2 sequences at positions 7, 3 and 4",
            (draw(rng, 2, 3, 4), draw(rng, 2, 3, 4), draw(rng, 2, 3, 6), np.array([7.0, 3.0, 4.0])),
        ),
    ]


def within_values(output, q, k, v, positions):
    """Return whether every output lies between the smallest and the largest value of its column."""
    low, high = v.min(axis=-2, keepdims=True), v.max(axis=-2, keepdims=True)
    return bool(np.all((output >= low - 1e-9) & (output <= high + 1e-9)))


EXERCISE = Exercise(
    reference=rotary_attention,
    returns="outputs, one row a token, as wide as a value: (..., n, e)",
    probes=rotary_probes,
    mistakes=(
        edit(
            "turns the values too",
            "Values are read, not compared. Should what is read depend on where it stood?",
            ("turned_k, v)", "turned_k, turn(v, positions))"),
        ),
        edit(
            "turns only the queries",
            "What should the score of two tokens depend on: one position, or their difference?",
            ("turn(k, positions)", "k"),
        ),
        edit(
            "turns only the keys",
            "If the query stays as it is, how can the score know how far away it stands?",
            ("turn(q, positions)", "q"),
        ),
        edit(
            "turns queries and keys apart",
            "Turn both by the same angle. Should their dot product change?",
            ("turn(k, positions)", "turn(k, -positions)"),
        ),
        edit(
            "turns nothing",
            "Shuffle the positions. Does your output change?",
            ("turn(q, positions), turn(k, positions)", "q, k"),
        ),
        edit(
            "turns the output",
            "The order should decide who looks at whom. When does your position come in?",
            ("turn(q, positions), turn(k, positions)", "q, k"),
            ("return attention(turned_q, turned_k, v)", "return turn(attention(turned_q, turned_k, v), positions)"),
        ),
    ),
    equivalents=(rotary_attention_counting_from_one, rotary_attention_in_another_order),
    hints=(
        "Positions must enter where two tokens are compared: in the scores.",
        "A score is a dot product of a query and a key. Turn both, each by its own position; leave the values alone.",
        "mha.attention(mha.rotate(q, positions), mha.rotate(k, positions), v)",
    ),
    properties=(Property("each output lies between the smallest and the largest value", within_values),),
)

"""Exercise query_mask: who came earlier."""

import numpy as np

from mha_lib.checks.text_to_text.shared import ITSELF, order_mistakes, order_probes, query_mask_by_turns
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.exercise import Exercise, Property
from mha_lib.text_to_text import xlnet


def query_mask(order):
    """Return which places are earlier in the order than each place: (..., n, n)."""
    rank = np.argsort(order, axis=-1)
    return rank[..., None, :] < rank[..., :, None]


def rows_by_turn(order):
    """Return the mistake of a row for each turn instead of each place, the own place left out."""
    rank = np.argsort(order, axis=-1)
    return rank[..., None, :] < np.arange(rank.shape[-1])[:, None]


def one_earlier_each(mask, order):
    """Return whether the rows, sorted by how many they see, see 0, 1, 2 and so on places."""
    counts = np.sort(np.sum(mask, axis=-1), axis=-1)
    return bool(np.all(counts == np.arange(np.shape(order)[-1])))


EXERCISE = Exercise(
    reference=xlnet.query_mask,
    worked=query_mask,
    returns="who may read whom, one row a query, booleans: (..., n, n)",
    probes=order_probes,
    mistakes=(
        edit("sees itself", ITSELF, (" < ", " <= ")),
        edit("sees all but itself", "Who is not yet known when a place has its turn?", (" < ", " != ")),
        *order_mistakes("<", "rank[..., None, :] + 1 == rank[..., :, None]", rows_by_turn),
    ),
    equivalents=(query_mask_by_turns,),
    hints=(
        "When does each place have its turn? Whoever had it earlier may be read.",
        "rank = np.argsort(order, axis=-1) is the turn of each place. Row i asks, column j is read: compare the two.",
        "rank[..., None, :] holds the ranks of the columns, rank[..., :, None] those of the rows. Which is smaller?",
    ),
    properties=(Property("one place sees nobody, one sees one, one sees two, and so on", one_earlier_each),),
)

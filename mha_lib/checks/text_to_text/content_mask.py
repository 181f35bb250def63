"""Exercise content_mask: and itself."""

import numpy as np

from mha_lib.checks.text_to_text.shared import ITSELF, order_mistakes, order_probes, query_mask_by_turns
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.exercise import Exercise, Property
from mha_lib.text_to_text import xlnet


def content_mask(order):
    """Return which places are not later in the order than each place: (..., n, n)."""
    rank = np.argsort(order, axis=-1)
    return rank[..., None, :] <= rank[..., :, None]


def content_mask_from_the_other(order):
    """Return the same: what the query stream may read, and the place itself."""
    return query_mask_by_turns(order) | np.eye(np.shape(order)[-1], dtype=bool)


def rows_by_turn_with_itself(order):
    """Return the mistake of a row for each turn instead of each place, the own place included."""
    rank = np.argsort(order, axis=-1)
    return rank[..., None, :] <= np.arange(rank.shape[-1])[:, None]


def at_least_itself(mask, order):
    """Return whether every place sees itself."""
    return bool(np.all(np.diagonal(mask, axis1=-2, axis2=-1)))


EXERCISE = Exercise(
    reference=xlnet.content_mask,
    worked=content_mask,
    returns="who may read whom, one row a query, booleans: (..., n, n)",
    probes=order_probes,
    mistakes=(
        edit("does not see itself", ITSELF, (" <= ", " < ")),
        edit(
            "sees everybody",
            "The content of the first place: whom may it have read?",
            ("rank[..., None, :] <= ", "0 * rank[..., None, :] <= "),
        ),
        *order_mistakes("<=", "(rank[..., :, None] - rank[..., None, :]) // 2 == 0", rows_by_turn_with_itself),
    ),
    equivalents=(content_mask_from_the_other,),
    hints=(
        "It is the query stream's mask and one thing more.",
        "The content stream is what others will read of a place, so it knows its own token.",
        "The diagonal is True: compare ranks with <= instead of <.",
    ),
    properties=(Property("every place sees itself", at_least_itself),),
)

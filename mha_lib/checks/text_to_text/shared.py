"""What several exercises of this chapter share."""

import numpy as np

from mha_lib.diagnosis.broken import edit, rewrite
from mha_lib.diagnosis.exercise import Probe
from mha_lib.text_to_text import xlnet

WHEN = "order[0] is the place that comes first. When does place 0 come?"


ITSELF = "A place is asked for its word. May it read that word? And the content, which is that word?"
ROW_ASKS = "A row is a query. Does your row 0 say whom place 0 reads, or who reads place 0?"


def query_mask_by_turns(order):
    """Return the same, turn by turn: whoever has come so far may be read by who comes now."""
    order = np.asarray(order)
    mask = np.zeros((*order.shape, order.shape[-1]), dtype=bool)
    for row in np.ndindex(order.shape[:-1]):
        for turn, place in enumerate(order[row]):
            mask[row][place, order[row][:turn]] = True
    return mask


def order_probes(rng):
    """Return orders: the worked example, left to right, right to left, one place, a batch, a square batch."""
    return [
        Probe("the worked example", (np.array([2, 0, 1]),)),
        Probe("left to right", (np.arange(4),)),
        Probe("right to left", (np.arange(4)[::-1].copy(),)),
        Probe("one place", (np.array([0]),)),
        Probe("4 orders of 4 places", (xlnet.draw_orders(rng, 4, 4),)),
        Probe("6 places", (np.array([3, 5, 0, 1, 4, 2]),)),
        Probe("a batch of 2 orders of 5", (np.array([[1, 3, 0, 4, 2], [4, 2, 3, 0, 1]]),)),
    ]


BY_RANK = "np.argsort(order, axis=-1)"


def order_mistakes(compare, just_before, by_turn):
    """Return the mistakes that both masks share; `compare` is the right sign, the others are wrong lines and rows."""
    signs = f"rank[..., None, :] {compare} rank[..., :, None]"
    return (
        edit("the order taken for the rank", WHEN, (BY_RANK, "np.asarray(order)")),
        edit("rows and columns exchanged", ROW_ASKS, (f" {compare} ", f" {compare.replace('<', '>')} ")),
        edit(
            "left to right, whatever the order",
            "Change the order. Does your mask change?",
            (BY_RANK, "np.sort(order, axis=-1)"),
        ),
        edit(
            "the ranks sorted over the batch",
            "Each row of a batch is an order of its own. Along which axis do you sort?",
            (BY_RANK, "np.argsort(order, axis=0)"),
        ),
        edit(
            "only the place just before",
            "Place 4 comes third. How many words are known by then?",
            (signs, just_before),
        ),
        edit("numbers instead of booleans", "What does a mask hold in this book?", (signs, f"({signs}) * 1.0")),
        rewrite("a row for each turn instead of each place", "Row 0 belongs to place 0. When does it come?", by_turn),
    )

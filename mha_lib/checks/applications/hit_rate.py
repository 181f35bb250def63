"""Exercise hit_rate: hit rate."""

import numpy as np

from mha_lib.applications import verdicts as applications
from mha_lib.checks.applications.shared import between_0_and_1
from mha_lib.diagnosis.broken import edit, rewrite
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property

ALIKE = "A model scores all items alike. How often does it hit?"
AMONG = "How many others may be ahead of an item that is still among the k best?"


def hit_rate(scores, wanted, k):
    """Return the share of rows in which fewer than k other items score as high as the wanted one."""
    own = scores[np.arange(len(scores)), wanted]
    as_high = (scores >= own[:, None]).sum(axis=1) - 1
    return (as_high < k).mean()


def hits_by_sorting(scores, wanted, k):
    """Return the same: of equals, the wanted item is sorted last."""
    behind = np.arange(scores.shape[1]) == wanted[:, None]
    order = np.lexsort((behind, -scores), axis=1)
    return (order[:, :k] == wanted[:, None]).any(axis=1).mean()


def hits_one_by_one(scores, wanted, k):
    """Return the same, row by row."""
    found = 0
    for row, item in zip(scores, wanted, strict=True):
        rivals = np.delete(row, item)
        found += np.count_nonzero(rivals >= row[item]) < k
    return found / len(scores)


def hit_probes(rng):
    """Return scores, wanted items and k: worked, ragged, square, one row, constant scores, many rows."""
    worked = np.array([[0.1, 0.7, 0.2], [0.6, 0.5, 0.0]])
    flat = draw(rng, 4, 6)
    flat[1:3] = 0.25
    order = np.argsort(-flat, axis=1)
    many = draw(rng, 9, 7)
    ranked = np.argsort(-many, axis=1)
    return [
        Probe("the worked example", (worked, np.array([2, 0]), 1)),
        Probe("4 rows of 4 items", (draw(rng, 4, 4), np.array([3, 0, 2, 1]), 2)),
        Probe("a batch of 1 row", (np.array([[0.3, 0.9, 0.5, 0.1]]), np.array([2]), 2)),
        Probe("rows in which all items score alike", (flat, np.array([order[0, 0], 5, 0, order[3, 1]]), 3)),
        Probe("9 rows of 7 items", (many, ranked[np.arange(9), [0, 1, 2, 3, 4, 5, 6, 1, 2]], 3)),
    ]


def hits_of_the_lowest(scores, wanted, k):
    """Return the share of rows whose wanted item is among the first k that argsort lists: the lowest."""
    return (np.argsort(scores, axis=1)[:, :k] == wanted[:, None]).any(axis=1).mean()


def hits_in_the_whole_table(scores, wanted, k):
    """Return the share of rows whose wanted item is among the k best of all rows together."""
    own = scores[np.arange(len(scores)), wanted]
    return ((scores >= own[:, None, None]).sum(axis=(1, 2)) - 1 < k).mean()


EXERCISE = Exercise(
    reference=applications.hit_rate,
    worked=hit_rate,
    returns="a number from 0 to 1",
    probes=hit_probes,
    mistakes=(
        edit(
            "ties count for the item",
            ALIKE,
            ("(scores >= own[:, None]).sum(axis=1) - 1", "(scores > own[:, None]).sum(axis=1)"),
        ),
        edit("one place too many", AMONG, ("as_high < k", "as_high <= k")),
        edit("the item counted as its own rival", AMONG, (".sum(axis=1) - 1", ".sum(axis=1)")),
        edit("only the best", "Is k used?", ("as_high < k", "as_high < 1")),
        edit("worst first", "Is a high score good or bad here?", ("scores >= own", "scores <= own")),
        edit("hits summed", "How many rows are there?", (".mean()", ".sum()")),
        edit(
            "rivals in the other rows",
            "Who competes for a customer's next click: the items of this row, or of this column?",
            ("(scores >= own[:, None]).sum(axis=1) - 1", "(scores[:, wanted] >= own).sum(axis=0) - 1"),
        ),
        rewrite("the first k that argsort lists", "In which order does argsort sort?", hits_of_the_lowest),
        rewrite("the k best of the whole table", "How many lists of k does the shop show?", hits_in_the_whole_table),
    ),
    equivalents=(hits_by_sorting, hits_one_by_one),
    hints=(
        "Do not sort: count. How many items stand before the wanted one?",
        "own = scores[np.arange(b), wanted] is the wanted item's score in each row. Compare the row with it.",
        "((scores >= own[:, None]).sum(axis=1) - 1 < k).mean(): the item itself is taken off",
    ),
    properties=(Property("a share lies between 0 and 1", between_0_and_1),),
)

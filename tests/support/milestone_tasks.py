"""Milestones that take no time, for tests of what is around them; see `tests/course/mine/test_milestones.py`."""

import numpy as np

from course.mine.milestones.score import Score

TITLE = "you add up"
PARTS = ("dot", "cosine", "shadow")


def scores(mine, seed=0):
    """Return what three parts make of a wide vector, on which some answers that look right are wrong."""
    x = np.arange(1.0, 41.0)
    return (
        Score("dot", float(np.isclose(mine.dot(x, x), x @ x)), 1),
        Score("cosine", float(mine.cosine(x, 2 * x)), 0.99),
        Score("shadow", float(np.isclose(mine.shadow(x, x), x).mean()), 1),
    )

"""A milestone that nobody reaches."""

from course.mine.milestones.score import Score

TITLE, PARTS = "nobody can", ("dot",)


def scores(mine, seed=0):
    """Return a score below its bar, whatever the parts are."""
    return (Score("never", 0.0, 1.0),)

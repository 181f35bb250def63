"""Your parts at work: beside PyTorch's, and in the milestones of the book's parts."""

from course.grade.catalog import worths
from course.mine import parity
from course.mine.milestones import MILESTONES
from course.mine.milestones.exchange import standing
from course.mine.milestones.hole import Suspect, difference
from course.mine.milestones.telling import lines
from course.mine.milestones.trial import SECONDS, Trial


def work(package, stage):
    """Yield lines, a few at a time: each milestone that anything is written for, then what PyTorch says."""
    chapters = {name: int(worth.chapter[:2]) for name, worth in worths().items()}
    for number, task in MILESTONES.items():
        if package.rooms.keys() & set(task.PARTS):
            yield ["", *milestone(number, task, package, stage, chapters)]
    beside = parity.lines(parity.Grid(str(stage), package.rooms))
    if beside:
        yield ["", *beside]


def milestone(number, task, package, stage, chapters):
    """Return the lines on one milestone."""
    trial = Trial(task.__name__, str(stage), dict(package.rooms))
    found = standing(trial, task.PARTS, package.calls, SECONDS)
    shown = {name: difference(Suspect(trial, name), SECONDS) for name in found.fault}
    return lines(number, found, chapters, shown)

"""Which parts are at fault when a milestone is not reached.

All of the reader's are exchanged for the book's; then they come back one at a time, and one with which the milestone
is no longer reached stays out. So as many trials as there are parts find one part at fault, or two that fail together.
"""

from dataclasses import dataclass, replace

from course.mine.milestones.trial import Outcome, attempt


@dataclass(frozen=True)
class Standing:
    """Where a milestone stands.

    missing   the parts that are not right yet; the rest is empty then
    outcome   what came of the reader's own parts
    fault     the parts whose exchange reaches it; empty if it is reached, or if no exchange does
    mended    what came with them exchanged, or with all
    """

    missing: tuple = ()
    outcome: Outcome | None = None
    fault: tuple = ()
    mended: Outcome | None = None

    @property
    def is_reached(self):
        """Return whether the reader's own parts reach all bars."""
        return not self.missing and self.outcome.is_reached


def standing(trial, needed, calls, seconds):
    """Return where a milestone stands.

    trial   of the reader's own parts   needed   the parts that it takes   calls   what each part calls: id -> ids
    """
    missing = tuple(name for name in needed if name not in trial.rooms)
    if missing:
        return Standing(missing)
    outcome = attempt(trial, seconds)
    if outcome.is_reached:
        return Standing(outcome=outcome)
    return searched(trial, outcome, used(needed, calls, trial.rooms), seconds)


def searched(trial, outcome, names, seconds):
    """Return the Standing of a milestone that the reader's parts do not reach."""
    books = frozenset(names)
    mended = attempt(replace(trial, books=books), seconds)
    if not mended.is_reached:
        return Standing(outcome=outcome, mended=mended)
    for name in names:
        found = attempt(replace(trial, books=books - {name}), seconds)
        if found.is_reached:
            books, mended = books - {name}, found
    return Standing(outcome=outcome, fault=tuple(name for name in names if name in books), mended=mended)


def used(needed, calls, rooms):
    """Return the reader's parts that a task takes, and those that these call, in the order of the book."""
    found, waiting = set(), list(needed)
    while waiting:
        name = waiting.pop()
        if name in rooms and name not in found:
            found.add(name)
            waiting += calls.get(name, ())
    return [name for name in rooms if name in found]

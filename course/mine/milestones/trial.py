"""A milestone run in a process of its own, with any of the reader's parts exchanged for the book's."""

import importlib
import sys
from dataclasses import dataclass
from types import SimpleNamespace

from course.mine.apart import apart, ended, prepare
from mha_lib import checks

SECONDS = 60


@dataclass(frozen=True)
class Trial:
    """What to run.

    task     the module of a milestone   folder   the folder in which `mine` lies
    rooms    the reader's parts: exercise -> its file in `mine`
    books    those of them for which the book's stand in
    """

    task: str
    folder: str
    rooms: dict
    books: frozenset = frozenset()
    seed: int = 0


@dataclass(frozen=True)
class Outcome:
    """What came of a trial: its Scores, or in words why there are none."""

    scores: tuple = ()
    fault: str = ""

    @property
    def is_reached(self):
        """Return whether all bars are reached."""
        return not self.fault and all(score.is_reached for score in self.scores)


def attempt(trial, seconds=SECONDS):
    """Return the Outcome of a Trial, which is ended after so many seconds."""
    prepare("course.mine.milestones", "mha_lib.nn")
    outcome, why = apart(run, trial, seconds)
    return outcome or Outcome(fault=ended(why, seconds))


def run(trial):
    """Return the Outcome of a Trial, here and now."""
    task = importlib.import_module(trial.task)
    try:
        return Outcome(task.scores(parts(trial, task.PARTS), trial.seed))
    except BaseException as error:  # the reader's code may raise anything, SystemExit too
        return Outcome(fault=f"it stops with {type(error).__name__}: {error}")


def parts(trial, names):
    """Return the parts of a task as attributes: the reader's, or the book's where it stands in."""
    sys.path.insert(0, trial.folder)
    own = {name: getattr(importlib.import_module(f"mine.{room}"), name) for name, room in trial.rooms.items()}
    for name in trial.books:
        exchange(own[name], checks.reference(name))
    chosen = {name: checks.reference(name) if name in trial.books else own.get(name) for name in names}
    return SimpleNamespace(**chosen)


def exchange(part, book):
    """Put the book's function or class in the place of the reader's, in every file of `mine` that calls it."""
    for module in [module for name, module in sys.modules.items() if name.split(".")[0] == "mine"]:
        for name, value in list(vars(module).items()):
            if value is part:
                setattr(module, name, book)

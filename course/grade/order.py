"""Grade a folder from a program: `grade(Order(folder, out))`. The command line is in `course.grade.__main__`."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from course.errors import CourseError
from course.grade import catalog
from course.grade.places import Bubblewrap
from course.grade.results import Row, write_all
from course.grade.run import grade_all
from course.grade.settings import settle, versions
from course.grade.submission import STAMP, Unreadable, read_bytes, submissions

BELONGS = re.compile(rb'"answer-([A-Za-z0-9_-]+)"|#\s*exercise:\s*(\w+)|(?:def|class) (\w+)')


@dataclass(frozen=True)
class Order:
    """What to grade and how.

    folder, out  where the submissions are, and where results go
    chapters     numbers of chapters; those of which something was handed in if None
    private      a Python file with exercises of your own
    seed         of the inputs; a fresh one, written down, if None
    deadline     such as "2026-10-03T2359"; what was handed in later is late
    place        where answers run: call `course.grade.probe.check` on it first
    """

    folder: Path
    out: Path
    chapters: list | None = None
    private: Path | None = None
    seed: int | None = None
    deadline: str | None = None
    workers: int = 2
    place: Any = field(default_factory=Bubblewrap)


def grade(order):
    """Return the rows of the results, which are also written to `order.out`.

    Raises CourseError if the folder, the options, or what `out` holds already do not allow it.
    """
    if order.deadline and not STAMP.fullmatch(f"@{order.deadline}"):
        raise CourseError(f"The deadline {order.deadline} is not of the form 2026-10-03T2359.")
    found = submissions(order.folder)
    ids = catalog.chosen(order.chapters) if order.chapters else handed_in(found)
    names = [item.id for item in catalog.items(ids, order.private)]
    if not names:
        raise CourseError(f"No notebook in {order.folder} holds an exercise of the book. Name the chapters.")
    settings = settle(order.out, wanted(order, names))
    done = grade_all(found, order.out, (order.place, tuple(ids), order.private, settings["seed"]), order.workers)
    rows = [Row(each, each.late(order.deadline), done[each.id]) for each in found]
    write_all(order.out, rows, settings)
    return rows


def wanted(order, names):
    """Return the settings that decide every mark of a run."""
    decided = {"seed": order.seed, "deadline": order.deadline, "exercises": names}
    return {**decided, "versions": versions(), "sandbox": order.place.name}


def handed_in(found):
    """Return the exercises of every chapter of which something was handed in."""
    worths = catalog.worths()
    seen = set()
    for each in found:
        try:
            names = {name.decode() for groups in BELONGS.findall(read_bytes(each.path)) for name in groups if name}
        except (Unreadable, OSError):
            continue
        seen |= {worths[name].chapter for name in names & worths.keys()}
    return [worth.id for worth in worths.values() if worth.chapter in seen]

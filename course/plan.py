"""A plan for a semester: `python -m course.plan` spreads the chapters over weeks, and adds up points and minutes.

What is optional is told apart, and a week is not measured by it.
"""

import argparse
import sys
from dataclasses import dataclass

from course.grade.catalog import built, of_chapter
from course.notebook.files import read
from course.notebook.minutes import minutes_of
from course.project import ROOT

TOLD = ("exercises", "points", "minutes", "reading", "optional")


@dataclass(frozen=True)
class Load:
    """What one chapter asks of a reader: exercises and points in all, minutes for those that are not optional.

    reading    minutes to read it      optional   minutes for its asides and optional exercises
    """

    title: str
    exercises: int
    points: float
    minutes: float
    reading: int
    optional: int

    @property
    def total(self):
        """Return the minutes of what is not optional."""
        return self.minutes + self.reading


def main(argv=None):
    """Print the plan."""
    parser = argparse.ArgumentParser(prog="python -m course.plan", description="Suggest a plan for a semester.")
    parser.add_argument("--weeks", type=int, default=10, help="how many weeks (default 10)")
    weeks = parser.parse_args(argv).weeks
    print("\n".join(lines(spread(loads(), weeks))))
    return 0


def loads(root=ROOT):
    """Return what each built chapter asks of a reader."""
    return [load(chapter) for chapter in built(root)]


def load(chapter):
    """Return what one chapter asks of a reader."""
    worths, minutes = of_chapter(chapter), minutes_of(read(chapter.solution).cells)
    points = sum(worth.points for worth in worths)
    return Load(chapter.title, len(worths), points, minutes.exercises, minutes.reading, minutes.optional)


def spread(chapters, weeks):
    """Return chapters in order, as a list for each week, so that the longest week is as short as can be."""
    most = min(limit for limit in sums(chapters) if len(fill(chapters, limit)) <= weeks)
    return fill(chapters, most)


def sums(chapters):
    """Return how long a week can be: the sum of any chapters in a row, if every single chapter fits in."""
    totals = [chapter.total for chapter in chapters]
    rows = {sum(totals[i:j]) for i in range(len(totals)) for j in range(i + 1, len(totals) + 1)}
    return sorted(total for total in rows if total >= max(totals))


def fill(chapters, most):
    """Return the chapters of each week when a week ends before it grows longer than `most` minutes."""
    weeks = [[]]
    for chapter in chapters:
        if weeks[-1] and sum(each.total for each in weeks[-1]) + chapter.total > most:
            weeks.append([])
        weeks[-1].append(chapter)
    return weeks


def lines(weeks):
    """Return the plan as a table in Markdown."""
    yield "| week | chapter | exercises | points | minutes of exercises | minutes of reading | optional minutes |"
    yield "| ---: | --- | ---: | ---: | ---: | ---: | ---: |"
    for number, week in enumerate(weeks, start=1):
        for each in week:
            told = [number, each.title, *(getattr(each, name) for name in TOLD)]
            yield f"| {' | '.join(map(str, told))} |"
    every = [each for week in weeks for each in week]
    told = [sum(getattr(each, name) for each in every) for name in TOLD]
    yield f"| | in all | {' | '.join(map(str, told))} |"


if __name__ == "__main__":
    sys.exit(main())

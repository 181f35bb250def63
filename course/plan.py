"""A plan for a semester: `python -m course.plan` spreads the chapters over weeks, and adds up points and minutes."""

import argparse
import json
import sys
from dataclasses import dataclass

from course.grade.catalog import built, of_chapter
from course.project import ROOT

WORDS_A_MINUTE = 150


@dataclass(frozen=True)
class Load:
    """What one chapter asks of a reader: exercises, their points and minutes, and minutes to read it."""

    title: str
    exercises: int
    points: float
    minutes: float
    reading: int

    @property
    def total(self):
        """Return the minutes in all."""
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
    worths = of_chapter(chapter)
    points, minutes = sum(worth.points for worth in worths), sum(worth.minutes for worth in worths)
    return Load(chapter.title, len(worths), points, minutes, reading_minutes(chapter))


def reading_minutes(chapter):
    """Return how long the text of a chapter takes to read, at a pace for formulas."""
    cells = json.loads(chapter.solution.read_text("utf-8"))["cells"]
    prose = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    return round(sum(len(text.split()) for text in prose) / WORDS_A_MINUTE)


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
    yield "| week | chapter | exercises | points | minutes of exercises | minutes of reading |"
    yield "| ---: | --- | ---: | ---: | ---: | ---: |"
    for number, week in enumerate(weeks, start=1):
        for each in week:
            yield f"| {number} | {each.title} | {each.exercises} | {each.points} | {each.minutes} | {each.reading} |"
    every = [each for week in weeks for each in week]
    told = [sum(getattr(each, name) for each in every) for name in ("exercises", "points", "minutes", "reading")]
    yield f"| | in all | {' | '.join(map(str, told))} |"


if __name__ == "__main__":
    sys.exit(main())

"""The plan of a semester: chapters in order, no week much longer than another, the numbers of the chapters."""

import json

import pytest
from nbformat.v4 import new_markdown_cell

from course import plan
from course.build.chapter import parse, prepare
from course.grade.catalog import worths
from course.notebook.files import read
from course.notebook.minutes import Minutes, minutes_of, reading
from course.project import ROOT, chapters

LONGEST = f"\n\n{Minutes(40, 90, 8, 25).line}"


def chapter(minutes):
    return plan.Load("x", 1, 1, minutes, 0, 0)


def test_the_longest_week_is_as_short_as_can_be():
    chapters = [chapter(minutes) for minutes in (30, 30, 60, 10, 50, 90)]
    weeks = plan.spread(chapters, 4)
    assert [[each.minutes for each in week] for week in weeks] == [[30, 30], [60, 10], [50], [90]]
    assert len(plan.spread(chapters, 1)) == 1
    assert len(plan.spread(chapters, 99)) <= 6


def test_no_chapter_and_no_point_is_lost(capsys):
    assert plan.main(["--weeks", "10"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert len(said) == 3 + len({worth.chapter for worth in worths().values()})
    assert f"| {sum(worth.points for worth in worths().values())} |" in said[-1]
    assert int(said[-2].split("|")[1]) <= 10


def test_reading_time_goes_by_the_words_of_the_text():
    loads = plan.loads()
    assert all(10 <= each.reading <= 90 for each in loads), json.dumps([each.reading for each in loads])


def test_the_plan_tells_the_minutes_that_the_chapter_prints(course_built):
    load, told = plan.load(course_built), read(course_built.solution).cells[0].source
    assert told.endswith(f"*About {load.reading} minutes to read · {load.minutes} for {load.exercises} exercises*")


@pytest.mark.parametrize("chapter", chapters(ROOT), ids=lambda chapter: chapter.name)
def test_the_line_that_tells_the_minutes_does_not_count(chapter):
    notebook = parse(chapter)
    prepare(notebook, chapter.number, "https://example.org")
    assert notebook.cells[0].source.endswith(f"\n\n{minutes_of(notebook.cells).line}")
    assert reading([new_markdown_cell("")] * 2) == reading([new_markdown_cell(LONGEST)] * 150) == 0


def test_optional_minutes_are_told_apart_and_do_not_lengthen_a_week():
    long = plan.Load("x", 2, 3, 30, 10, 500)
    told = list(plan.lines(plan.spread([long, chapter(40)], 2)))
    assert told[2] == "| 1 | x | 2 | 3 | 30 | 10 | 500 |"
    assert told[-1] == "| | in all | 3 | 4 | 70 | 10 | 500 |"
    assert long.total == 40

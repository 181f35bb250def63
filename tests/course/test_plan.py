"""The plan of a semester: chapters in order, no week much longer than another, the numbers of the chapters."""

import json

from course import plan
from course.grade.catalog import worths


def chapter(minutes):
    return plan.Load("x", 1, 1, minutes, 0)


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

"""What a run leaves: tables, a page for each submission, and files for other systems. The same run, the same bytes."""

import csv
import io
import json
from collections import defaultdict
from dataclasses import dataclass

from course.grade.feedback import page
from course.grade.places import UNSAFE
from course.grade.run import write
from course.grade.submission import Submission

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


@dataclass(frozen=True)
class Row:
    """One submission and what it got."""

    submission: Submission
    late: bool
    result: dict

    @property
    def total(self):
        """Return the points."""
        return sum(mark["points"] for mark in self.result["marks"])

    @property
    def most(self):
        """Return the points that there were to get."""
        return sum(mark["worth"] for mark in self.result["marks"])


def write_all(out, rows, settings):
    """Write every output of a run."""
    write(out / "points.csv", table(points(rows, settings)))
    write(out / "gradebook.csv", table(gradebook(rows, settings)))
    write(out / "run.json", json.dumps(account(rows, settings), indent=1, sort_keys=True, ensure_ascii=True) + "\n")
    for row in rows:
        write(out / "feedback" / f"{row.submission.id}.html", page(row, settings))
        write(out / "gradescope" / f"{row.submission.id}.json", json.dumps(gradescope(row, settings), indent=1) + "\n")


def points(rows, settings):
    """Return the lines of points.csv: a row for each file, a column for each exercise."""
    facts = [settings["seed"], settings["versions"], settings["sandbox"]]
    names = settings["exercises"]
    head = ["submission", "user", "handed_in", "late", "status", *names, "total", "max", "seed", "versions", "sandbox"]
    yield [*head, "sha256"]
    for row in rows:
        who = row.submission
        marks = [mark["points"] for mark in row.result["marks"]]
        start = [who.id, who.user, who.stamp, yes(row.late), row.result["status"]]
        yield [*start, *marks, row.total, row.most, *facts, row.result["hash"]]


def gradebook(rows, settings):
    """Return the lines of gradebook.csv: a row for each user, with the file that counts."""
    yield ["user", "points", "max", "late", "handed_in", "submission", "sandbox"]
    for row in counting(rows):
        who = row.submission
        yield [who.user, row.total, row.most, yes(row.late), who.stamp, who.id, settings["sandbox"]]


def counting(rows):
    """Return the row that counts for each user: the last that is not late; if all are late, the last."""
    by_user = defaultdict(list)
    for row in rows:
        by_user[row.submission.user].append(row)
    return [
        max(group, key=lambda row: (not row.late, row.submission.stamp, row.submission.id))
        for group in by_user.values()
    ]


def account(rows, settings):
    """Return all of a run but its words, for programs."""
    return {"settings": settings, "submissions": [one(row) for row in rows]}


def one(row):
    """Return what run.json says of one submission."""
    who, told = row.submission, ("id", "status", "points", "worth", "mistakes", "passed", "total")
    marks = [{name: mark[name] for name in told} for mark in row.result["marks"]]
    facts = {"user": who.user, "handed_in": who.stamp, "late": row.late, "status": row.result["status"]}
    return {"submission": who.id, **facts, "note": row.result["note"], "sha256": row.result["hash"], "marks": marks}


def gradescope(row, settings):
    """Return results.json as Gradescope takes it from an autograder."""
    tests = [
        {"name": mark["id"], "score": mark["points"], "max_score": mark["worth"], "output": mark["message"]}
        for mark in row.result["marks"]
    ]
    said = " ".join(filter(None, (row.result["note"], f"Sandbox: {settings['sandbox']}.")))
    return {"score": row.total, "output": said, "output_format": "text", "tests": tests}


def table(lines):
    """Return lines as CSV that no spreadsheet takes for formulas."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([harmless(cell) for cell in line] for line in lines)
    return text.getvalue()


def harmless(cell):
    """Return a cell that a spreadsheet shows as it is: a text that could begin a formula gets a quote before it."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def yes(value):
    """Return a truth value in words."""
    return "yes" if value else "no"


def is_unsafe(settings):
    """Return whether a run was graded without a sandbox."""
    return settings["sandbox"] == UNSAFE

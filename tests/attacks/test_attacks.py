"""A folder of hostile submissions is graded in one run: none gains a point, none harms another, nothing is left.

Where no sandbox works this is skipped, with the reason, and so not passed.
"""

import csv
import json
import os
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import pytest

from course.grade import sandbox
from course.grade.order import Order, grade
from course.grade.places import Bubblewrap
from course.grade.probe import check
from course.grade.submission import safe
from course.project import ROOT
from tests.attacks.hostile_code import CODE, HONEST, OTHER
from tests.attacks.hostile_files import GOOD, HOSTILE_NAMES, ODD_CELLS, UNREADABLE, with_cells
from tests.attacks.notebooks import notebook
from tests.course.grade.grading import needs_sandbox

CHAPTERS = ["1", "2", "4", "6", "8"]
PWNED = Path("/tmp/mha_pwned")

pytestmark = needs_sandbox


@dataclass(frozen=True)
class Hasty(Bubblewrap):
    """The sandbox, with 4 seconds for an answer: some attacks take all they get. Another test has the usual 10."""

    def start(self):
        """Return the started child."""
        child = sandbox.child
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sandbox, "child", lambda folder: hasty(child(folder)))
            return super().start()


def hasty(command):
    """Return the command line of a child, with another time limit."""
    start = command[-1].removesuffix("main()")
    assert start != command[-1]
    return [*command[:-1], f"{start}from inside import limits; limits.SECONDS = 4; main()"]


def fill(folder):
    """Put every attack into a folder, and two honest submissions; return the names of the files by attack."""
    for name, cell in CODE.items():
        attack = (
            cell.replace("{FOLDER}", str(folder)).replace("{ROOT}", str(ROOT)).replace("{{", "{").replace("}}", "}")
        )
        (folder / f"code {name}.ipynb").write_bytes(notebook("import numpy as np", attack, HONEST))
    for name, (_, cell) in OTHER.items():
        (folder / f"other {name}.ipynb").write_bytes(notebook("import numpy as np", cell, HONEST))
    for name, make in UNREADABLE.items():
        make(folder / f"file {name}.ipynb")
    for name in HOSTILE_NAMES:
        (folder / f"{name}.ipynb").write_bytes(GOOD)
    (folder / "odd.ipynb").write_bytes(with_cells([*ODD_CELLS, *json.loads(GOOD)["cells"]]))
    for name in ("honest", "zz-honest"):
        (folder / f"{name}.ipynb").write_bytes(GOOD)


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Return the folders of one run over every attack; a sandbox that is open fails before one of them is run."""
    check(Bubblewrap())
    folder, out = (tmp_path_factory.mktemp(name) for name in ("in", "out"))
    PWNED.unlink(missing_ok=True)
    fill(folder)
    os.environ["MHA_ATTACK_SECRET"] = "0.5"
    before = {path.name: path.read_bytes() for path in folder.glob("*honest.ipynb")}
    grade(Order(folder, out, chapters=CHAPTERS, seed=20261, workers=2, place=Hasty()))
    del os.environ["MHA_ATTACK_SECRET"]
    assert {path.name: path.read_bytes() for path in folder.glob("*honest.ipynb")} == before
    return folder, out


@pytest.fixture(scope="module")
def rows(graded):
    """Return the rows of points.csv by submission."""
    with (graded[1] / "points.csv").open(newline="", encoding="utf-8") as file:
        return {row["submission"]: row for row in csv.DictReader(file)}


def points(row):
    """Return the exercises in which a row has points."""
    told = (
        "submission",
        "user",
        "handed_in",
        "late",
        "status",
        "total",
        "max",
        "seed",
        "versions",
        "sandbox",
        "sha256",
    )
    return {name: value for name, value in row.items() if name not in told and float(value)}


def message(graded, name, exercise):
    """Return the status and words that one exercise got."""
    account = json.loads((graded[1] / "run.json").read_text())
    (found,) = (each for each in account["submissions"] if each["submission"] == safe(name))
    return next(mark["status"] for mark in found["marks"] if mark["id"] == exercise)


def test_there_are_enough_attacks():
    assert len(CODE) + len(OTHER) + len(UNREADABLE) + len(HOSTILE_NAMES) >= 40


@pytest.mark.parametrize("name", CODE)
def test_hostile_code_gains_nothing_and_costs_only_its_own_exercise(rows, name):
    assert points(rows[safe(f"code {name}")]) == {"dot": "1"}


@pytest.mark.parametrize("name", OTHER)
def test_hostile_tensors_questions_and_inputs_gain_nothing(rows, name):
    assert points(rows[safe(f"other {name}")]) == {"dot": "1"}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_hostile_file_is_refused_with_a_reason(graded, rows, name):
    row = rows[safe(f"file {name}")]
    assert (row["status"], points(row)) == ("unreadable", {})
    page = (graded[1] / "feedback" / f"{row['submission']}.html").read_text("utf-8")
    assert "This " in page


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_hostile_name_is_made_harmless_and_its_honest_content_graded(rows, name):
    found = [row for row in rows.values() if row["user"] == safe(name)]
    assert [points(row) for row in found] == [{"dot": "1"}]


@pytest.mark.parametrize("name", ["honest", "zz-honest", "odd"])
def test_an_honest_answer_among_them_keeps_its_points(rows, name):
    assert points(rows[name]) == {"dot": "1"}


def test_what_runs_too_long_is_told_from_what_is_wrong(graded):
    assert message(graded, "code endless loop", "cosine") == "time limit"
    assert message(graded, "code sleeping", "cosine") == "time limit"
    assert message(graded, "code os exit", "cosine") == "refused"
    assert message(graded, "code hard-coded for self-study", "cosine") == "wrong"


def test_no_attack_left_a_file(graded):
    assert not PWNED.exists()
    assert not (ROOT / "x").exists()


def test_every_row_stands_once_and_no_cell_begins_a_formula(graded):
    for name in ("points.csv", "gradebook.csv"):
        with (graded[1] / name).open(newline="", encoding="utf-8") as file:
            lines = list(csv.reader(file))
        assert len({len(line) for line in lines}) == 1
        assert [cell for line in lines for cell in line if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []
    assert len(lines) - 1 <= len(list(graded[0].iterdir()))


class Page(HTMLParser):
    """Collects the tags and attributes of a page."""

    def __init__(self):
        super().__init__()
        self.tags, self.attributes = set(), set()

    def handle_starttag(self, tag, attrs):
        """Note a tag and its attributes."""
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


def test_no_page_has_a_script_an_image_or_a_handler(graded):
    pages = list((graded[1] / "feedback").iterdir())
    assert len(pages) == len(list(graded[0].iterdir()))
    for path in pages:
        page = Page()
        page.feed(path.read_text("utf-8"))
        assert not page.tags & {"script", "img", "iframe", "link", "b", "object", "form"}
        assert not [name for name in page.attributes if name.startswith("on") or name == "src"]
        assert "\x1b" not in path.read_text("utf-8")
        assert "\u202e" not in path.read_text("utf-8")


def test_no_page_tells_an_input_that_was_drawn_for_grading(graded):
    page = (graded[1] / "feedback" / f"{safe('code hard-coded for self-study')}.html").read_text("utf-8")
    assert "Right on the inputs that you can try yourself" in page

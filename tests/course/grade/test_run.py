"""A run from folder to tables in the sandbox: honest work gets its points, a second start changes nothing."""

import csv
import json
import sys

import pytest

from course.grade import __main__ as command
from course.grade import catalog, run
from course.grade.order import Order, grade
from course.grade.places import UNSAFE, Bubblewrap, Nowhere
from course.grade.probe import open_doors, tried
from course.grade.submission import cells_of
from course.project import ROOT
from tests.attacks.notebooks import notebook
from tests.course.grade.grading import needs_sandbox

needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux: the grader's child does")
SEED = 555_555
TOLD = ("submission", "user", "handed_in", "late", "status", "total", "max", "seed", "versions", "sandbox", "sha256")

STYLES = {
    "softmax": "def softmax(z, *, unused=None):\n    peaks = z.max(-1, keepdims=True)\n    powers = np.exp(z - peaks)\n"
    "    return powers / powers.sum(-1, keepdims=True)",
    "logsumexp": "def peak(x):\n    return np.max(x, axis=-1)\n\n\ndef logsumexp(x):\n    import numpy\n\n"
    "    top = peak(x)\n    return top + numpy.log(numpy.exp(x - top[..., None]).sum(-1))",
    "log_softmax": "log_softmax = lambda x: x - logsumexp(x)[..., None]",
    "softmax_with_temperature": "class Warm:\n    def __init__(self, t):\n        self.t = t\n\n    def of(self, x):\n"
    "        return softmax(x / self.t)\n\n\n"
    "def softmax_with_temperature(x: np.ndarray, t: float) -> np.ndarray:\n    return Warm(t).of(x)\n",
    "entropy": "# exercise: entropy\nimport warnings\n\n\ndef my_own_entropy(p):\n    print('noise')\n"
    "    warnings.warn('noise')\n"
    "    return -np.sum(np.where(p > 0, p * np.log(np.where(p > 0, p, 1)), 0.0), axis=-1) + ZERO\n\n\nZERO = -0.0 + 0",
    "softmax_jacobian": "import functools\n\n\n@functools.lru_cache\ndef eye(n):\n    return np.eye(n)\n\n\n"
    "def softmax_jacobian(p):\n    return p[..., None] * (eye(p.shape[-1]) - p[..., None, :])",
    "expose_softmax": "import mha_lib as mha\n\n\ndef expose_softmax():\n    return EXPOSED",
}


def blank_stub(name):
    """Return the cell that stands in a student's notebook."""
    return f'def {name}(*args):\n    raise NotImplementedError("{name}: write your answer here, then delete this line")'


def style_notebook():
    """Return answers in forms that people use, the stubs of the book still standing after them."""
    exposed = json.dumps(catalog.checks.reference("expose_softmax")().tolist())
    cells = ["import numpy as np", "%matplotlib inline\nthis is no Python", f"EXPOSED_LIST = {exposed}"]
    cells += [source for name, source in STYLES.items() if name != "expose_softmax"]
    cells += ["def expose_softmax():\n    return np.array(EXPOSED_LIST)", "raise SystemExit", "1 / 0"]
    return notebook(*cells, *map(blank_stub, STYLES))


def blank_notebook():
    """Return the code of all blank notebooks in one: whatever would gain a point in one of them, gains it here."""
    return notebook(*(source for path in sorted((ROOT / "notebooks").glob("*.ipynb")) for source in code(path)))


def code(path):
    """Return the sources of a notebook's code cells."""
    return [source for _, source in cells_of(path.read_bytes())]


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Return the folders of a run over the book's own solutions, all that is blank in one, and some of students."""
    folder, out = (tmp_path_factory.mktemp(name) for name in ("in", "out"))
    for path in sorted((ROOT / "solutions").glob("*.ipynb")):
        (folder / f"solution-{path.name}").write_bytes(path.read_bytes())
    (folder / "blank.ipynb").write_bytes(blank_notebook())
    (folder / "style.ipynb").write_bytes(style_notebook())
    for stamp, answer in (("2026-10-01T0900", "0.0"), ("2026-10-02T0900", "a @ b"), ("2026-10-04T0900", "a @ b + 1")):
        cells = ["import numpy as np", f"def dot(a, b):\n    return {answer}"]
        (folder / f"anna@{stamp}.ipynb").write_bytes(notebook(*cells))
    (folder / "ben").mkdir()
    (folder / "ben" / "my work.ipynb").write_bytes(
        notebook("def dot(a, b):\n    return sum(x * y for x, y in zip(a, b))")
    )
    grade(Order(folder, out, seed=SEED, deadline="2026-10-03T2359"))
    return folder, out


def rows(out, name="points.csv", key="submission"):
    """Return the rows of a table."""
    with (out / name).open(newline="", encoding="utf-8") as file:
        return {row[key]: row for row in csv.DictReader(file)}


def points(row):
    """Return the exercises in which a row has points."""
    return {name: float(value) for name, value in row.items() if name not in TOLD and float(value)}


@needs_sandbox
@pytest.mark.parametrize("chapter", sorted({worth.chapter for worth in catalog.worths().values()}))
def test_the_books_solutions_score_all(graded, chapter):
    worth = {each.id: each.points for each in catalog.worths().values() if each.chapter == chapter}
    assert points(rows(graded[1])[f"solution-{chapter}"]) == worth


@needs_sandbox
def test_the_books_blank_notebooks_score_nothing(graded):
    row = rows(graded[1])["blank"]
    assert (row["status"], points(row)) == ("graded", {})
    account = json.loads((graded[1] / "run.json").read_text())
    (blank,) = (each for each in account["submissions"] if each["submission"] == "blank")
    assert {mark["status"] for mark in blank["marks"]} == {"not attempted"}


@needs_sandbox
def test_how_an_answer_is_written_costs_nothing(graded):
    worth = {name: catalog.worths()[name].points for name in STYLES}
    assert points(rows(graded[1])["style"]) == worth


@needs_sandbox
def test_of_several_files_the_last_in_time_counts(graded):
    book = rows(graded[1], "gradebook.csv", "user")
    assert (book["anna"]["submission"], book["anna"]["points"], book["anna"]["late"]) == (
        "anna@2026-10-02T0900",
        "1",
        "no",
    )
    assert rows(graded[1])["anna@2026-10-04T0900"]["late"] == "yes"
    assert book["ben"]["points"] == "1"


def contents(out):
    """Return the bytes of every output."""
    return {path.relative_to(out): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}


@needs_sandbox
def test_what_was_graded_is_kept_and_grading_it_again_gives_the_same_bytes(graded, monkeypatch):
    folder, out = graded
    before = contents(out)
    for path in (out / ".graded").glob("anna@*"):
        path.unlink()
    asked = []
    in_pool = run.in_pool
    monkeypatch.setattr(run, "in_pool", lambda waiting, *rest: asked.extend(waiting) or in_pool(waiting, *rest))
    grade(Order(folder, out, deadline="2026-10-03T2359"))
    assert [each.user for each in asked] == ["anna"] * 3
    assert contents(out) == before


@needs_sandbox
def test_a_folder_of_results_takes_no_other_settings(graded, capsys):
    folder, out = graded
    assert command.main([str(folder), str(out), "--seed", "6", "--deadline", "2026-10-03T2359"]) == 2
    assert "graded with another seed" in capsys.readouterr().err


@needs_sandbox
def test_feedback_names_the_mistake_and_exports_hold_the_same_points(graded):
    page = (graded[1] / "feedback" / "anna@2026-10-01T0900.html").read_text("utf-8")
    assert "you return" in page
    assert "right is" in page
    export = json.loads((graded[1] / "gradescope" / "style.json").read_text())
    assert export["score"] == float(rows(graded[1])["style"]["total"])
    assert {test["name"] for test in export["tests"]} == set(catalog.worths())
    assert str(SEED) not in page + json.dumps(export)
    account = json.loads((graded[1] / "run.json").read_text())
    assert account["settings"]["seed"] == SEED
    assert "bubblewrap" in account["settings"]["sandbox"]


PRIVATE = '''
from dataclasses import replace
import numpy as np
from mha_lib import checks


def halve(x):
    """Return half of x."""
    return x / 2


nothing = {"mistakes": (), "equivalents": (), "properties": ()}
EXERCISES = (replace(checks.exercise("softmax"), reference=halve, worked=None, **nothing),)
POINTS = {"halve": 7}
'''


@needs_sandbox
def test_an_exercise_of_your_own_is_graded_beside_the_books(tmp_path):
    folder, private = tmp_path / "in", tmp_path / "mine.py"
    folder.mkdir()
    private.write_text(PRIVATE, "utf-8")
    (folder / "a.ipynb").write_bytes(notebook("def halve(x):\n    return 0.5 * x"))
    (folder / "b.ipynb").write_bytes(notebook("def halve(x):\n    return 0.4 * x"))
    grade(Order(folder, tmp_path / "out", private=private, seed=1))
    assert [points(row) for row in rows(tmp_path / "out").values()] == [{"halve": 7.0}, {}]


@needs_sandbox
def test_the_self_test_finds_a_door_that_is_left_open():
    told = tried(Bubblewrap())
    assert open_doors(told) == []
    assert len(told["doors"]) > 15
    assert open_doors({"doors": {"network": False}, "variables": ["AWS_SECRET"]}) == [
        "network",
        "the variable AWS_SECRET",
    ]


def test_without_a_sandbox_nothing_is_graded(tmp_path, capsys, monkeypatch):
    (tmp_path / "a.ipynb").write_bytes(notebook("def dot(a, b):\n    return a @ b"))
    monkeypatch.setattr(command.sandbox, "missing", lambda: ["bwrap"])
    assert command.main([str(tmp_path), str(tmp_path / "out")]) == 2
    assert "nothing was graded" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@needs_linux
def test_the_unsafe_flag_is_told_in_every_output(tmp_path, capsys):
    (tmp_path / "a.ipynb").write_bytes(notebook("def dot(a, b):\n    return a @ b"))
    assert command.main([str(tmp_path), str(tmp_path / "out"), "--unsafe-no-sandbox"]) == 0
    for path in (tmp_path / "out").rglob("*.*"):
        if path.is_file() and path.parent.name != ".graded":
            assert "without a sandbox" in path.read_text("utf-8"), path
    assert Nowhere().name == UNSAFE


@pytest.mark.parametrize("argument", ["nowhere", "."])
def test_a_folder_without_notebooks_is_told(tmp_path, argument, capsys):
    assert command.main([str(tmp_path / argument), str(tmp_path / "out"), "--unsafe-no-sandbox"]) == 2
    assert str(tmp_path) in capsys.readouterr().err

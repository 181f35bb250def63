"""Editions to hand out: the open one is whole, a sealed one holds no answer, no reference and no known mistake."""

import ast
import json
import os
import subprocess
import sys

import pytest

from course.grade import catalog, library
from course.notebook.cells import role
from course.notebook.files import read
from course.project import ROOT, find
from course.release import __main__ as release
from course.release.sealed.library import NEAR, OURS_ALONE, write_library
from course.release.sealed.notebooks import sealed_notebook
from mha_lib import checks
from mha_lib.diagnosis.exposure import Exposure
from tests.course.release.sealed_secrets import CHAPTERS, bodies, everything, found, known_mistakes, solutions

RUN = ("1", "3", "8")


def build(tmp_path_factory, *numbers):
    """Return a sealed edition of some chapters, without its pages, which have tests of their own."""
    out = tmp_path_factory.mktemp("sealed")
    release.write_sealed(out, release.sealed([find(ROOT, number) for number in numbers]))
    return out


@pytest.fixture(scope="module", params=[chapter.number for chapter in CHAPTERS])
def edition(request, tmp_path_factory):
    """Return the sealed edition of each chapter, with its first sealed chapter."""
    return find(ROOT, request.param), build(tmp_path_factory, request.param)


@pytest.fixture(scope="module", params=RUN)
def run_edition(request, tmp_path_factory):
    """Return sealed editions that are also run."""
    return find(ROOT, request.param), build(tmp_path_factory, request.param)


def test_no_solution_stands_in_a_sealed_edition(edition):
    first, out = edition
    assert found(solutions(first), everything(out)) == []


def test_no_reference_stands_in_a_sealed_edition(edition):
    first, out = edition
    assert found(bodies(first), everything(out)) == []


def test_no_right_answer_is_one_call_of_what_is_handed_out():
    empty = release.to_seal(CHAPTERS[0].name) | NEAR.keys()
    for name in catalog.worths():
        exercise = checks.exercise(name)
        met = library.before(library.room_of(name), name)
        for function in {exercise.reference, exercise.worked or exercise.reference, *exercise.equivalents}:
            assert one_call(function) - empty - met == set(), (
                f"{name}: course/release/sealed/library.py should leave this out"
            )


def one_call(function):
    """Return the function of the library, as (module, name), whose result an answer returns as it is: one or none."""
    module = function.__module__.removeprefix("mha_lib.")
    node = library.definitions(module).get(function.__name__)
    body = [part for part in getattr(node, "body", []) if not isinstance(part, ast.Expr)]
    value = body[0].value if len(body) == 1 and isinstance(body[0], ast.Return) else None
    while isinstance(value, (ast.Subscript, ast.Attribute)):
        value = value.value
    called = {ast.unparse(value.func)} if isinstance(value, ast.Call) else set()
    used = library.uses(module, function.__name__) if called else set()
    return {(home, name) for home, name in used if name in called and home.split(".")[0] not in OURS_ALONE}


def test_no_hint_and_no_edit_of_a_known_mistake_stands_in_a_sealed_edition(edition):
    first, out = edition
    assert found(known_mistakes(first), everything(out)) == []
    assert b"edit(" not in b"".join(everything(out).values())
    assert not list(out.rglob("diagnosis"))
    assert [path.name for path in (out / "mha_lib" / "checks").iterdir() if path.suffix == ".py"] != []
    assert {path.name for path in (out / "mha_lib" / "checks").glob("*.py")} == {"__init__.py", "predictions.py"}


def test_the_notebook_has_no_answer_and_keeps_what_a_reader_has_to_see(edition):
    first, out = edition
    notebook = read(out / "notebooks" / f"{first.name}.ipynb")
    roles = [role(cell) for cell in notebook.cells]
    assert "solution" not in roles
    assert all(not cell.outputs for cell in notebook.cells if role(cell) in ("answer", "check", "predict", "reveal"))
    assert any(cell.get("outputs") for cell in notebook.cells)
    assert not (out / "solutions").exists()


def test_chapters_may_be_named_in_any_order(tmp_path_factory):
    out = build(tmp_path_factory, "4", "3")
    assert found(solutions(find(ROOT, "3")), everything(out)) == []


def python(out, code):
    """Return what some code prints in a fresh Python that knows the edition and no checkout."""
    environment = {**os.environ, "PYTHONPATH": str(out), "MPLBACKEND": "Agg"}
    command = [sys.executable, "-W", "ignore", "-c", code]
    run = subprocess.run(command, cwd=out, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout


TRY_ALL = """
import importlib, pkgutil, sys
sys.meta_path = [finder for finder in sys.meta_path if "editable" not in str(finder)]  # that of a checkout
import mha_lib
assert mha_lib.__file__.startswith({out!r})
modules = [mha_lib] + [importlib.import_module(m.name) for m in pkgutil.walk_packages(mha_lib.__path__, "mha_lib.")]
for name in {names!r}:
    for module in modules:
        try:
            getattr(module, name)(1, 1)
        except AttributeError:
            continue
        except NotImplementedError:
            continue
        print(module.__name__, name)
for module in ("mha_lib.checks.attention", "mha_lib.diagnosis", "mha_lib.diagnosis.judge", "course.grade"):
    try:
        importlib.import_module(module)
    except ImportError:
        continue
    print(module)
from mha_lib import checks
print([name for name in ("reference", "verdict", "equivalents", "exercise") if hasattr(checks, name)] or "")
"""


def test_nothing_that_can_be_imported_answers_for_the_reader(run_edition):
    first, out = run_edition
    names = [name for _, name in release.to_seal(first.name) if name not in SAME_NAME_ELSEWHERE]
    assert python(out, TRY_ALL.format(out=str(out), names=names)).strip() == ""


SAME_NAME_ELSEWHERE = ("attention_weights",)


FILLED = """
import json, sys
cells = json.load(open({path!r}))
names = {{"__name__": "__main__"}}
for source in cells:
    try:
        exec(compile(source, "<cell>", "exec"), names)
    except Exception as error:
        print("\\nwaits:", repr(error))
print("end")
"""


def test_nearly_all_of_a_filled_sealed_notebook_runs_on_the_readers_own_answers(run_edition, tmp_path):
    first, out = run_edition
    solution = read(first.solution)
    answers = {cell.id: cell.source for cell in solution.cells if role(cell) in ("answer", "predict")}
    cells = [c for c in sealed_notebook(solution).cells if c.cell_type == "code"]
    (tmp_path / "cells.json").write_text(json.dumps([answers.get(cell.id, cell.source) for cell in cells]))
    said = python(out, FILLED.format(path=str(tmp_path / "cells.json")))
    assert said.splitlines()[-1] == "end"
    assert said.count("waits: ") <= len(cells) / 3
    assert said.count("Kept: ") == len([cell for cell in cells if role(cell) == "check"])


YOURS = """
import sys
sys.meta_path = [finder for finder in sys.meta_path if "editable" not in str(finder)]  # that of a checkout
from mha_lib import checks
import mha_lib as mha
def attention(q, k, v): return "mine"
try:
    checks.yours("attend_one")
except NotImplementedError as error:
    print(error)
attention = checks.yours(attention)
print(attention(1, 2, 3), checks.yours("attention") is attention, checks.yours("softmax") is mha.softmax)
checks.yours("attend_one", attention)
print(checks.yours("attend_one") is attention)
"""


def test_in_a_sealed_edition_yours_is_the_answer_that_was_kept(tmp_path_factory):
    said = python(build(tmp_path_factory, "3"), YOURS).splitlines()
    assert said[0].startswith("attend_one is yours to write.")
    assert said[1:] == ["mine True True", "True"]


TAKEN = """
import sys
sys.meta_path = [finder for finder in sys.meta_path if "editable" not in str(finder)]  # that of a checkout
from mha_lib import checks
for name in {names!r}:
    part = checks.yours(name)
    assert part.__name__ == name and callable(part), name
    assert "own_answers" not in str(part.__module__), name
print("end")
"""


def test_every_part_of_an_earlier_chapter_can_be_taken_in_a_sealed_edition(tmp_path):
    empty = release.to_seal(CHAPTERS[-1].name)
    known = [name for name in checks.exercises() if name not in {name for _, name in empty}]
    names = [name for name in known if not isinstance(checks.exercise(name), Exposure)]
    sources = ["from mha_lib import checks", *(f'{name} = checks.yours("{name}")' for name in names)]
    write_library(tmp_path, sources, release.earlier(empty), empty)
    assert python(tmp_path, TAKEN.format(names=names)) == "end\n"
    assert len(names) > 80


def test_a_part_that_is_sealed_is_not_handed_out_by_taking_it(tmp_path):
    empty = release.to_seal("03_attention")
    write_library(tmp_path, ['attend_one, dot = checks.yours("attend_one"), checks.yours("dot")'], (), empty)
    assert [path.name for path in (tmp_path / "mha_lib" / "earlier").iterdir()] == ["dot.py"]


def test_the_open_edition_holds_solutions_and_checkers(tmp_path):
    out = tmp_path / "open"
    assert release.main([str(out)]) == 0
    for name in (
        "solutions/03_attention.ipynb",
        "mha_lib/checks/attention/attention.py",
        "notebooks/03_attention.ipynb",
    ):
        assert (out / name).read_bytes() == (ROOT / name).read_bytes()
    assert not (out / ".git").exists()


def test_what_merely_lies_in_the_checkout_is_not_handed_out(tmp_path, monkeypatch):
    checkout, out = tmp_path / "checkout", tmp_path / "open"
    (checkout / "submissions").mkdir(parents=True)
    (checkout / "README.md").write_text("x")
    (checkout / "submissions" / "anna.ipynb").write_text("x")
    for command in (["init", "-q"], ["add", "README.md"]):
        subprocess.run(["git", *command], cwd=checkout, check=True)
    monkeypatch.setattr(release, "ROOT", checkout)
    release.write_open(out)
    assert [path.name for path in out.iterdir()] == ["README.md"]


def test_a_folder_that_is_not_empty_is_left_alone(tmp_path, capsys):
    (tmp_path / "mine").write_text("x")
    assert release.main([str(tmp_path), "--sealed"]) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    assert "is not empty" in capsys.readouterr().err

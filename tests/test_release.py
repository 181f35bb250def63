"""Editions to hand out: the open one is whole, a sealed one holds no answer, no reference and no known mistake."""

import ast
import inspect
import json
import os
import re
import subprocess
import sys
import textwrap

import nbformat
import pytest

from course import release
from course.cells import role
from course.chapter import parse
from course.grade import catalog
from course.markers import BEGIN, END
from course.notebook_file import read
from course.project import ROOT, find
from course.sealed.notebooks import sealed_notebook
from mha_lib import checks

CHAPTERS = release.built()
RUN = ("1", "3", "9")
LONG = 24


def build(tmp_path_factory, number):
    """Return a sealed edition of one chapter."""
    out = tmp_path_factory.mktemp(f"sealed-{number}") / "edition"
    assert release.main([str(out), "--sealed", "--chapters", str(number)]) == 0
    return out


@pytest.fixture(scope="module", params=[chapter.number for chapter in CHAPTERS])
def edition(request, tmp_path_factory):
    """Return the sealed edition of each chapter, with its first sealed chapter."""
    return find(ROOT, request.param), build(tmp_path_factory, request.param)


@pytest.fixture(scope="module", params=RUN)
def run_edition(request, tmp_path_factory):
    """Return sealed editions that are also run."""
    return find(ROOT, request.param), build(tmp_path_factory, request.param)


def squeezed(text):
    """Return a text without white space, so that no formatting hides a leak."""
    return re.sub(r"\s+", "", text)


def everything(out):
    """Return all texts of an edition: notebooks as they are read, other files as they are."""
    texts = {}
    for path in sorted(out.rglob("*")):
        if path.suffix == ".ipynb":
            cells = nbformat.read(path, 4).cells
            texts[path] = "\n".join([cell.source for cell in cells] + [json.dumps(c.get("outputs", [])) for c in cells])
        elif path.is_file() and path.suffix != ".npz":
            texts[path] = path.read_text("utf-8")
    return {path: squeezed(text) for path, text in texts.items()}


def later(first):
    """Return the chapters from one on."""
    return [chapter for chapter in CHAPTERS if chapter.number >= first.number]


def solutions(chapter):
    """Return each answer of a chapter, and each discussion of one, in whole."""
    for cell in parse(chapter).cells:
        if role(cell) == "solution":
            yield cell.source
        elif role(cell) == "answer":
            yield from re.findall(rf"(?s){BEGIN}\n(.*?){END}", cell.source)


def found(secrets, out):
    """Return which secrets stand in an edition, and where."""
    texts = everything(out)
    known = [squeezed(secret) for secret in secrets]
    assert known
    return [(secret, path.name) for secret in known if len(secret) >= LONG for path in texts if secret in texts[path]]


def sealed_ids(first):
    """Return the exercises that are sealed with a chapter."""
    return [worth.id for worth in catalog.worths().values() if worth.chapter >= first.name]


def bodies(first):
    """Return the bodies of the references from a chapter on, as Python writes them, without docstrings."""
    for name in sealed_ids(first):
        exercise = checks.exercise(name)
        for function in {exercise.reference, exercise.worked or exercise.reference, *exercise.equivalents}:
            node = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
            body = node.body[1:] if ast.get_docstring(node) else node.body
            yield "\n".join(map(ast.unparse, body))


def test_no_solution_stands_in_a_sealed_edition(edition):
    first, out = edition
    assert found([text for chapter in later(first) for text in solutions(chapter)], out) == []


def test_no_reference_stands_in_a_sealed_edition(edition):
    first, out = edition
    assert found(bodies(first), out) == []


def test_no_hint_and_no_edit_of_a_known_mistake_stands_in_a_sealed_edition(edition):
    first, out = edition
    known = [mistake for name in sealed_ids(first) for mistake in checks.mistakes(name)]
    assert found([mistake.hint for mistake in known], out) == []
    assert "edit(" not in "".join(everything(out).values())
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
    assert "solutions/" not in json.dumps(list((out).glob("solutions")))


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


def test_the_open_edition_holds_solutions_and_checkers(tmp_path):
    out = tmp_path / "open"
    assert release.main([str(out)]) == 0
    for name in ("solutions/03_attention.ipynb", "mha_lib/checks/attention.py", "notebooks/03_attention.ipynb"):
        assert (out / name).read_bytes() == (ROOT / name).read_bytes()
    assert not (out / ".git").exists()


def test_a_folder_that_is_not_empty_is_left_alone(tmp_path, capsys):
    (tmp_path / "mine").write_text("x")
    assert release.main([str(tmp_path), "--sealed"]) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    assert "is not empty" in capsys.readouterr().err

"""CONTRIBUTING's examples are put where it says, in a copy of the rooms, and do what it says of them."""

import ast
import contextlib
import importlib
import io
import re
import sys

import numpy as np
import pytest

import mha_lib as mha
from course import project
from course.build import structure
from course.build.chapter import parse
from course.grade import catalog
from course.notebook.blank import blank
from mha_lib import checks
from mha_lib.diagnosis.broken import bind, rewrite
from mha_lib.diagnosis.judge import judge
from mha_lib.robustness import book_map
from tests.checks import test_checks as proofs
from tests.house.papers import blocks, text

PAPER = "CONTRIBUTING.md"
FILE = re.compile(r"(?s)`(mha_lib/[\w/]+\.py)`[^`]*?```python\n(.*?)^```$", re.MULTILINE)
FRONT = """\
---
jupytext:
  text_representation: {extension: .md, format_name: myst}
kernelspec: {display_name: Python 3, language: python, name: python3}
---

"""
INSERT = re.search(r'insert (\d+) (\w+) "(.+)"', text(PAPER))
NUMBER, WORD, TITLE = int(INSERT[1]), INSERT[2], INSERT[3]
LISTED = ast.literal_eval(re.search(r"`EXERCISES = (\(.*?\))`", text(PAPER))[1])


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    """Put the example's files into rooms beside the library's own, list them, and return the chapter's folder."""
    root = tmp_path_factory.mktemp("mixing")
    shown = dict(FILE.findall(text(PAPER)))
    for path, source in {f"mha_lib/checks/{WORD}/__init__.py": f"EXERCISES = {LISTED}\n", **shown}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(source, "utf-8")
    before = set(sys.modules)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mha, "__path__", [*mha.__path__, str(root / "mha_lib")])
        patch.setattr(checks, "__path__", [*checks.__path__, str(root / "mha_lib" / "checks")])
        patch.setattr(checks, "_BOOK", (*checks._BOOK, WORD))
        patch.setattr(mha, "mix", importlib.import_module(f"mha_lib.{WORD}").mix, raising=False)
        yield root
    for name in [name for name in sys.modules if f".{WORD}" in name and name not in before]:
        del sys.modules[name]
    checks._find.cache_clear()


def notebook(root):
    """Return the example's chapter, read as the builder reads it, and its notebook."""
    (root / "book").mkdir(exist_ok=True)
    chapter = project.Chapter(root, f"{NUMBER}_{WORD}")
    cells = blocks(PAPER, "markdown", "````")[0]
    chapter.source.write_text(f"{FRONT}# {NUMBER}. {TITLE}\n\n+++\n\n{cells}", "utf-8")
    return chapter, parse(chapter)


def said(cells):
    """Return what the code cells print, run from the top."""
    names, output = {}, io.StringIO()
    with contextlib.redirect_stdout(output):
        for cell in cells:
            exec(cell.source, names)
    return output.getvalue()


def code_cells(example):
    return [cell for cell in example.cells if cell.cell_type == "code"]


def test_the_examples_chapter_has_a_word_that_is_free_and_a_number_that_can_be_given():
    taken = project.chapters(project.ROOT)
    assert WORD not in [*checks.rooms(), *(chapter.name[3:] for chapter in taken)]
    assert 1 <= NUMBER <= len(taken) + 1


def test_the_example_gives_its_chapter_one_number():
    form = rf"chapter (\d+) on {WORD}|insert (\d+)|(\d+): Chapter\(|(\d+)_{WORD}|Chapter (\d+)[\]. ]"
    said = [number for found in re.findall(form, text(PAPER)) for number in found if number]
    assert len(said) >= 6
    assert set(said) == {str(NUMBER)}


def test_every_exercise_that_is_listed_is_shown():
    shown = [path for path, _ in FILE.findall(text(PAPER))]
    assert shown == [f"mha_lib/{WORD}.py", *(f"mha_lib/checks/{WORD}/{name}.py" for name in LISTED)]


@pytest.mark.parametrize("exercise_id", LISTED)
@pytest.mark.parametrize("seed", proofs.SEEDS)
def test_an_example_passes_the_proofs_of_every_exercise(room, exercise_id, seed):
    assert checks.exercise(exercise_id).id == exercise_id
    proofs.test_the_reference_is_right(exercise_id, seed)
    proofs.test_the_stub_is_not_attempted(exercise_id)
    proofs.test_an_exercise_has_hints_mistakes_and_a_docstring(exercise_id)
    for mistake in checks.mistakes(exercise_id):
        proofs.test_a_mistake_is_found_and_named_alone(exercise_id, mistake.name, seed)
        proofs.test_the_message_carries_the_name_and_the_hint(exercise_id, mistake.name)


def test_with_the_instructors_two_lines_an_example_is_a_private_exercise(room, tmp_path):
    lines = next(block for block in blocks("INSTRUCTORS.md", "python") if "POINTS" in block)
    private = tmp_path / "mix.py"
    private.write_text(dict(FILE.findall(text(PAPER)))[f"mha_lib/checks/{WORD}/mix.py"] + lines, "utf-8")
    assert [(item.id, item.points) for item in catalog.private_items(private)] == [("mix", 2)]


def test_the_added_mistake_is_named_alone(room):
    names = {"np": np, "rewrite": rewrite}
    exec(re.search(r"(?s)```python\n(def best_alone.*?)```", text(PAPER))[1], names)
    exercise = checks.exercise("mix")
    known = type(exercise)(**{**vars(exercise), "mistakes": (*exercise.mistakes, names["fifth"])})
    for mistake in bind(known.mistakes, known.reference):
        assert judge(known, mistake.build(), 3).mistakes == (mistake.name,)


def test_the_examples_text_has_no_slip(room):
    assert structure.problems(*notebook(room)) == []


def test_the_examples_text_recalls_predicts_and_asks(room):
    _, example = notebook(room)
    tags = [tag for cell in example.cells for tag in cell.metadata.get("tags", [])]
    assert tags == ["predict", "reveal", "exercise", "answer", "check", "solution"]
    assert "<details><summary>Answer</summary>" in example.cells[1].source


def test_the_examples_text_runs_and_its_answer_is_right(room):
    output = said(code_cells(notebook(room)[1]))
    assert "Right" in output
    assert "As you predicted: 6." in output


def test_the_examples_text_runs_unfilled(room):
    assert "Not attempted" in said(code_cells(blank(notebook(room)[1])))


def test_the_examples_entry_on_the_map_is_one(room):
    line = re.search(rf"`({NUMBER}: Chapter\(.*?\)),`", text(PAPER))[1]
    chapter = eval(f"{{{line}}}", vars(book_map))[NUMBER]
    assert chapter.title == TITLE.partition(":")[0]
    assert 0 <= chapter.part < len(book_map.PARTS)
    assert set(chapter.needs) <= set(book_map.CHAPTERS)


def test_the_examples_word_is_written_as_the_glossary_writes_its_own():
    form = r"(?m)^[^\s:][^\n]*\n(?:  \S[^\n]*\n)*?  (?:\S[^\n]* )?\[Chapter (\d+)\]\(notebooks/(\d+)_\w+\.ipynb\)\.$"
    assert len(re.findall(form, text("book/glossary.md"))) > 100
    assert re.findall(form, blocks(PAPER, "text")[0]) == [(str(NUMBER), str(NUMBER))]

"""In order: a chapter runs unfilled, and what a cell needs of the reader was written and taken before it."""

import ast
import json
import os
import re
import subprocess
import sys

import pytest
from nbformat.v4 import new_code_cell, new_notebook

from course.build.chapter import parse
from course.build.environment import ONE_THREAD
from course.grade.inside.stand_ins import taken
from course.mine.source import symbols
from course.notebook.blank import blank
from course.notebook.cells import code_cells, exercise_id, role, tags
from course.notebook.files import read, write
from course.notebook.minutes import is_aside, with_sections
from course.project import ROOT, Chapter, chapters
from course.release.sealed.library import modules_in, named_in
from mha_lib import checks
from mha_lib.diagnosis import whose

CHAPTERS = chapters(ROOT)

each_chapter = pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.name)


def names_in(cell):
    """Return the names that a code cell reads, those of modules before a dot among them."""
    return {node.id for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.Name)}


def taken_in(cell):
    """Return the exercises that a code cell takes under their own names."""
    return {name for node in ast.parse(cell.source).body for name, exercise in taken(node) if name == exercise}


def untaken(cells):
    """Return (cell's id, names) for cells but checks that read an answer of the chapter before it is taken by yours.

    A cell that begins with `softmax = checks.yours(softmax)` takes it for itself and for all that follow.
    """
    wanted, found = set(), []
    for cell in cells:
        wanted -= taken_in(cell)
        if role(cell) != "check" and wanted & names_in(cell):
            found.append((cell.id, sorted(wanted & names_in(cell))))
        if role(cell) == "answer":
            wanted.add(exercise_id(cell))
    return found


@each_chapter
def test_no_cell_but_its_check_needs_what_the_reader_writes_before_it_is_taken(chapter):
    assert untaken(code_cells(parse(chapter))) == [], (
        "begin the cell with `softmax = checks.yours(softmax)`: a notebook runs from top to bottom unfilled"
    )


def cells(*sources):
    """Return code cells: a pair is a tagged cell of the exercise f, as (role, source)."""
    pairs = [each if isinstance(each, tuple) else ("", each) for each in sources]
    facts = [{"tags": [kind], "exercise": "f"} if kind else {} for kind, _ in pairs]
    found = [new_code_cell(text, metadata=fact) for (_, text), fact in zip(pairs, facts, strict=True)]
    for number, cell in enumerate(found):
        cell.id = str(number)
    return found


ANSWER, CHECK = ("answer", "def f(x):\n    return f"), ("check", "checks.check(f)")


@pytest.mark.parametrize(
    ("sources", "at_fault"),
    [
        ([ANSWER, CHECK, "f = checks.yours(f)\nf(1)", "f(2)"], []),
        ([ANSWER, CHECK, "f(1)"], ["2"]),
        ([ANSWER, CHECK, "f(1)", "f = checks.yours(f)"], ["2"]),
        ([ANSWER, CHECK, "f = checks.yours(g)\nf(1)"], ["2"]),
        ([ANSWER, CHECK, "g = checks.yours(f)"], ["2"]),
        (["f(1)", ANSWER, CHECK, "mha.f(1)"], []),
        ([ANSWER, CHECK, ("answer", "def g(x):\n    return f(x)")], ["2"]),
    ],
)
def test_a_cell_that_reads_an_answer_before_it_is_taken_is_found(sources, at_fault):
    assert [name for name, _ in untaken(cells(*sources))] == at_fault


@pytest.mark.parametrize("chapter", CHAPTERS[:5], ids=lambda chapter: chapter.name)
def test_the_path_of_part_one_needs_no_pytorch(chapter):
    path = [cell for cell, title in with_sections(parse(chapter).cells) if not is_aside(title)]
    sources = [cell.source for cell in path if cell.cell_type == "code"]
    assert [source for source in sources if re.search(r"\b(torch|mha_lib\.nn|mha\.nn)\b", source)] == []


def filled(chapter):
    """Return the notebook of a reader who has answered all of a chapter as the book does."""
    answers = {cell.id: cell.source for cell in read(chapter.solution).cells if role(cell) in ("answer", "predict")}
    notebook = blank(read(chapter.solution))
    for cell in notebook.cells:
        cell.source = answers.get(cell.id, cell.source)
    return notebook


def up_to_the_last_of_the_reader(cells):
    """Return the cells without those at the end that no longer ask for, or call, what the reader writes."""
    known = set(checks.exercises())
    own = [index for index, cell in enumerate(cells) if known & names_in(cell) or role(cell) in ("answer", "check")]
    return cells[: max(own) + 1]


def session(chapter, folder, earlier):
    """Run a reader's notebook in a folder that holds those of earlier chapters; return the finished process."""
    for each in earlier:
        write(filled(each), folder / each.notebook.name)
    code = up_to_the_last_of_the_reader([cell for cell in code_cells(filled(chapter)) if cell.id != "colab-setup"])
    (folder / "cells.json").write_text(json.dumps([(cell.source, "raises-exception" in tags(cell)) for cell in code]))
    surroundings = {**os.environ, **ONE_THREAD, "PYTHONPATH": str(ROOT), "MPLBACKEND": "Agg", "IPYTHONDIR": str(folder)}
    surroundings.pop(whose.BOOK_RUN, None)
    command = [sys.executable, "-m", "tests.support.reader_run", "cells.json"]
    return subprocess.run(command, cwd=folder, env=surroundings, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("chapter", CHAPTERS[:8], ids=lambda chapter: chapter.name)
def test_a_readers_session_runs_on_the_answers_of_earlier_chapters_alone(chapter, tmp_path):
    done = session(chapter, tmp_path, CHAPTERS[: chapter.number - 1])
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert "is the book's here" not in done.stdout


TAKES = ("from mha_lib import checks", 'softmax = checks.yours("softmax")')


@pytest.mark.parametrize(
    ("sources", "earlier", "returncode", "lent"),
    [
        (TAKES, CHAPTERS[:2], 0, False),
        (TAKES, CHAPTERS[:1], 0, True),
        ((*TAKES, "softmax(nowhere)", "entropy = None"), CHAPTERS[:2], 1, False),
    ],
)
def test_a_session_that_stops_or_lacks_an_earlier_answer_is_told(tmp_path, sources, earlier, returncode, lent):
    chapter = Chapter(tmp_path / "project", "03_attention")
    (tmp_path / "project").mkdir()
    write(new_notebook(cells=cells(*sources)), chapter.solution)
    (tmp_path / "folder").mkdir()
    done = session(chapter, tmp_path / "folder", earlier)
    assert (done.returncode, "softmax is the book's here" in done.stdout) == (returncode, lent), done.stdout


def ahead(number, cells):
    """Return what answers and checks name, or any cell takes, that only a later chapter defines or asks for."""
    rooms, sources = checks.rooms(), [cell.source for cell in cells]
    later = {name for room in rooms[number:] for name in checks.of_room(room)}
    aliases = {alias: module for source in sources for alias, module in modules_in(source).items()}
    given = {name for source in sources for name in symbols(source)[0]}
    found = {name for cell in cells for name in taken_in(cell) & later}
    for cell in cells:
        if role(cell) in ("answer", "check"):
            places = named_in(cell.source, aliases)
            found |= {name for module, name in places if module.split(".")[0] in rooms[number:]}
            found |= later & symbols(cell.source)[1] - given
    return sorted(found)


@each_chapter
def test_answers_and_checks_name_nothing_that_only_a_later_chapter_defines(chapter):
    assert ahead(chapter.number, code_cells(parse(chapter))) == []


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        ([("answer", "def f(x):\n    return mha.softmax(x) + mha.causal_mask(3) + mha.SENTENCE")], ["causal_mask"]),
        ([("answer", "def f(x):\n    return MultiHeadAttention(x) + softmax(x)")], ["MultiHeadAttention"]),
        (["from mha_lib.gpt import model as gpt", ("check", "checks.check(f, gpt.GPT)")], ["GPT"]),
        ([TAKES[0], 'MultiHeadAttention = checks.yours("MultiHeadAttention")'], ["MultiHeadAttention"]),
        ([("answer", "def f(x, MultiHeadAttention):\n    return MultiHeadAttention(x)")], []),
        (["mha.causal_mask(3)", ("answer", "def f(x):\n    return mha.attention(x, x, x)"), CHECK], []),
    ],
)
def test_what_is_ahead_of_chapter_3_is_found(sources, expected):
    assert ahead(3, cells(*sources)) == expected

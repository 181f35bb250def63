"""In order: a chapter runs unfilled, and what a cell needs of the reader was written and taken before it."""

import ast

import pytest
from nbformat.v4 import new_code_cell

from course.build.chapter import parse
from course.grade.inside.stand_ins import taken
from course.notebook.cells import code_cells, exercise_id, role
from course.project import ROOT, chapters

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

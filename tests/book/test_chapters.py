"""The real chapters: what is generated is up to date, complete and leaks no answer; what is written is readable.

If one of the first three fails, run `make notebooks`. If you edited a notebook in notebooks/, move it elsewhere first.
"""

import re
import statistics

import pytest

from course.build import structure
from course.build.chapter import alt_text, parse
from course.build.outputs import MAX_BYTES
from course.build.stale import is_stale
from course.notebook.blank import blank
from course.notebook.cells import code_cells, role
from course.notebook.files import dumps, read
from course.notebook.markers import BEGIN, END, has_marker
from course.project import ROOT, chapters, orphans

CHAPTERS = chapters(ROOT)
MIN_LEAK = 12
NEXT = re.compile(r" Next: \[[^\]]+\?\]\((\d\d_\w+\.ipynb)\)")

pytestmark = pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.name)


def test_the_solution_was_made_from_what_is_here(chapter):
    assert not is_stale(chapter), "run: make notebooks"


def test_the_notebook_is_the_solution_with_its_answers_taken_out(chapter):
    assert chapter.notebook.read_text("utf-8") == dumps(blank(read(chapter.solution))), "run: make notebooks"


def test_every_code_cell_of_the_solution_was_run(chapter):
    code = code_cells(read(chapter.solution))
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))


def answer_lines(chapter):
    """Return the lines that stand between markers or in a discussion of an answer, and all other lines."""
    secret, public = [], []
    for cell in parse(chapter).cells:
        inside = role(cell) == "solution"
        for line in map(str.strip, cell.source.splitlines()):
            inside = inside or line == BEGIN
            (secret if inside else public).append(line)
            inside = inside and line != END
    return {line for line in secret if len(line) >= MIN_LEAK and not has_marker(line)}, set(public)


def test_no_answer_and_no_marker_stands_in_the_notebook(chapter):
    secret, public = answer_lines(chapter)
    shown = [line.strip() for cell in read(chapter.notebook).cells for line in cell.source.splitlines()]
    assert secret
    assert [line for line in shown if has_marker(line) or (line in secret and line not in public)] == []


def test_every_figure_is_described(chapter):
    for cell in code_cells(read(chapter.solution)):
        if any("image/png" in output.get("data", {}) for output in cell.outputs):
            assert alt_text(cell), cell.source


def test_the_files_are_small_and_the_notebook_has_no_figures(chapter):
    assert chapter.solution.stat().st_size <= MAX_BYTES
    assert "image/png" not in chapter.notebook.read_text("utf-8")


def test_cell_ids_are_unique(chapter):
    for path in (chapter.solution, chapter.notebook):
        ids = [cell.id for cell in read(path).cells]
        assert len(set(ids)) == len(ids)


def test_the_text_has_no_slips(chapter):
    assert [str(problem) for problem in structure.problems(chapter, parse(chapter))] == []


def num_lines(cell):
    """Return how many lines of code a reader sees: not blank, no marker."""
    return sum(bool(line.strip()) and not has_marker(line) for line in cell.source.splitlines())


def test_code_cells_are_short(chapter):
    lengths = {cell.id: num_lines(cell) for cell in code_cells(parse(chapter))}
    assert {name: length for name, length in lengths.items() if length > 20} == {}
    assert statistics.median(lengths.values()) <= 6


def num_words(cell):
    """Return how many words a cell has to read at once: no code, no folded answers, a formula in a line is one word."""
    prose = re.sub(r"(?ms)^```.*?^```|\$\$.*?\$\$|<details>.*?</details>", "", cell.source)
    return len(re.sub(r"\$[^$]+\$", "formula", prose).split())


def test_prose_cells_are_short(chapter):
    words = {cell.source[:60]: num_words(cell) for cell in parse(chapter).cells if cell.cell_type == "markdown"}
    assert {start: count for start, count in words.items() if count > 120} == {}


def test_nothing_generated_has_lost_its_chapter(chapter):
    assert orphans(ROOT) == []


def test_the_last_cell_leads_to_the_next_chapter(chapter):
    following = [each for each in CHAPTERS if each.number == chapter.number + 1]
    links = NEXT.findall(parse(chapter).cells[-1].source)
    assert links == [each.notebook.name for each in following]

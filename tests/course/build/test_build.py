"""`python -m course.build` runs what is stale, says what is wrong, and never overwrites a learner's work."""

import base64

import pytest

from course.build import __main__ as build
from course.build.environment import environment
from course.notebook.files import dumps, read, write
from course.notebook.stamp import is_edited, stamp
from course.project import chapters, find
from tests.conftest import COURSE_CHAPTER


def both(chapter):
    """Return what is in a chapter's two notebooks, and when they were written."""
    paths = chapter.solution, chapter.notebook
    return [path.read_bytes() for path in paths], [path.stat().st_mtime_ns for path in paths]


def test_a_second_run_changes_nothing_and_runs_nothing(course_built):
    before = both(course_built)
    assert build.main([], course_built.root) == 0
    assert both(course_built) == before


def test_a_forced_run_writes_the_same_bytes(course_copy):
    content, times = both(course_copy)
    assert build.main(["--force", "1"], course_copy.root) == 0
    again, later = both(course_copy)
    assert again == content
    assert later != times


def test_a_changed_chapter_is_run_and_its_untouched_notebook_replaced(course_copy, capsys):
    course_copy.source.write_text(COURSE_CHAPTER.replace("2 + 2", "20 + 20"), "utf-8")
    assert build.main([], course_copy.root) == 0
    assert '"40"' in course_copy.solution.read_text("utf-8")
    assert "20 + 20" in course_copy.notebook.read_text("utf-8")
    assert capsys.readouterr().out == "01_tiny: built\n0 of 1 chapters were up to date.\n"


@pytest.mark.parametrize("found", ["nothing", "an older one"])
def test_a_notebook_that_lags_behind_is_written_without_running_the_chapter(course_copy, found):
    before = both(course_copy)
    if found == "nothing":
        course_copy.notebook.unlink()
    else:
        older = read(course_copy.notebook)
        older.cells[0].source = "# An older title"
        write(stamp(older), course_copy.notebook)
    assert build.main([], course_copy.root) == 0
    assert both(course_copy)[0] == before[0]
    assert both(course_copy)[1][0] == before[1][0]


def edit(chapter):
    """Change the student's notebook as a learner would; return its bytes."""
    mine = read(chapter.notebook)
    mine.cells[-1].source = "my work"
    chapter.notebook.write_text(dumps(mine), "utf-8")
    return chapter.notebook.read_bytes()


@pytest.mark.parametrize("arguments", [[], ["--force"], ["01"]])
def test_an_edited_notebook_is_not_overwritten(course_copy, capsys, arguments):
    mine, solution = edit(course_copy), course_copy.solution.read_bytes()
    assert build.main(arguments, course_copy.root) == 2
    assert course_copy.notebook.read_bytes() == mine
    assert course_copy.solution.read_bytes() == solution
    message = capsys.readouterr().err
    assert "notebooks/01_tiny.ipynb" in message
    assert "--overwrite-notebooks" in message


def test_an_edited_notebook_is_overwritten_on_request(course_copy):
    content, _ = both(course_copy)
    edit(course_copy)
    assert build.main(["--overwrite-notebooks"], course_copy.root) == 0
    assert both(course_copy)[0] == content


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"cells": [], "metadata": {}}', b"\xff\x00"])
def test_a_file_that_is_not_ours_counts_as_edited(tmp_path, content):
    (tmp_path / "x.ipynb").write_bytes(content)
    assert is_edited(tmp_path / "x.ipynb")


def test_a_notebook_that_was_only_run_and_saved_counts_as_edited(course_copy):
    run = read(course_copy.notebook)
    run.cells[2].execution_count = 1
    write(run, course_copy.notebook)
    assert is_edited(course_copy.notebook)


def test_a_solution_without_chapter_stops_the_build(course_copy, capsys):
    course_copy.source.rename(course_copy.source.with_name("01_small.md"))
    assert build.main([], course_copy.root) == 2
    assert "solutions/01_tiny.ipynb" in capsys.readouterr().err


def test_all_problems_of_all_chapters_are_listed_and_only_good_chapters_written(course_unbuilt, capsys):
    book = course_unbuilt.source.parent
    (book / "02_stops.md").write_text(
        COURSE_CHAPTER.replace("# 1.", "# 2.").replace("2 + 2", "2 / 0\n1\n1\n1"), "utf-8"
    )
    (book / "03_slips.md").write_text(COURSE_CHAPTER.replace("[check]", "[chekc]"), "utf-8")
    assert build.main([], course_unbuilt.root) == 1
    told = capsys.readouterr()
    assert told.out.splitlines()[:3] == [
        "01_tiny: built",
        *(f"{n}: FAILED, nothing written" for n in ("02_stops", "03_slips")),
    ]
    assert 'it stops with ZeroDivisionError: division by zero\n    | print("one", flush=True)\n' in told.err
    assert told.err.count("03_slips, cell ") > 2
    for folder in ("solutions", "notebooks"):
        assert [path.name for path in (course_unbuilt.root / folder).iterdir()] == ["01_tiny.ipynb"]


def test_chapters_are_found_by_number_and_other_pages_are_not_chapters(course_unbuilt, capsys):
    (course_unbuilt.source.parent / "notation.md").write_text("# Notation")
    assert chapters(course_unbuilt.root) == [course_unbuilt]
    assert find(course_unbuilt.root, "1") == find(course_unbuilt.root, "01") == course_unbuilt
    for unknown in ("7", "tiny", "1.5"):
        assert build.main([unknown], course_unbuilt.root) == 2
        assert capsys.readouterr().err == f"There is no chapter {unknown}. Give the number of one of these: 01 tiny.\n"


def test_a_figure_does_not_say_which_matplotlib_drew_it(course_built):
    outputs = [output for cell in read(course_built.solution).cells for output in cell.get("outputs", [])]
    (figure,) = (output.data["image/png"] for output in outputs if "image/png" in output.get("data", {}))
    assert b"Matplotlib" not in base64.b64decode(figure)


def test_chapters_run_on_one_thread_and_without_personal_settings(tmp_path, monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "8")
    monkeypatch.setenv("MATPLOTLIBRC", "/home/me")
    variables = environment(tmp_path)
    assert variables["OMP_NUM_THREADS"] == "1"
    assert variables["MATPLOTLIBRC"].endswith("matplotlibrc")
    assert variables["IPYTHONDIR"] == str(tmp_path)
    assert not any(name.startswith("PYTEST_") for name in variables)

"""The course folder for nbgrader carries what nbgrader reads; where nbgrader is installed, it takes it."""

import pytest

from course import nbgrader_source
from course.cells import role
from course.notebook_file import read
from course.project import ROOT, find

CHAPTER = find(ROOT, "3")
NOTEBOOK = nbgrader_source.with_metadata(read(CHAPTER.solution))
MARKED = [cell for cell in NOTEBOOK.cells if "nbgrader" in cell.metadata]


def test_every_check_is_worth_its_points_and_fails_where_the_answer_is_wrong():
    points = {c.metadata.exercise: c.metadata.points for c in NOTEBOOK.cells if role(c) == "exercise"}
    tests = [cell for cell in MARKED if cell.metadata.nbgrader.grade]
    assert {cell.metadata.exercise: cell.metadata.nbgrader.points for cell in tests} == points
    assert all(cell.metadata.nbgrader.locked and "assert checks.verdict(" in cell.source for cell in tests)


def test_answers_are_solution_cells_with_nbgraders_markers_and_discussions_are_not_there():
    answers = [cell for cell in MARKED if cell.metadata.nbgrader.solution]
    assert all("### BEGIN SOLUTION" in cell.source for cell in answers)
    assert not any(role(cell) == "solution" for cell in NOTEBOOK.cells)


def test_ids_are_unique_and_the_course_folder_is_whole(tmp_path):
    ids = [cell.metadata.nbgrader.grade_id for cell in MARKED]
    assert len(set(ids)) == len(ids)
    nbgrader_source.write_source(tmp_path, [CHAPTER])
    assert (tmp_path / "source" / CHAPTER.name / f"{CHAPTER.name}.ipynb").is_file()
    assert "ClearSolutions" in (tmp_path / "nbgrader_config.py").read_text()


def test_nbgrader_takes_the_metadata():
    validator = pytest.importorskip("nbgrader.nbgraderformat", reason="nbgrader is not installed")
    for cell in MARKED:
        validator.MetadataValidator().validate_cell(cell)

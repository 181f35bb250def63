"""The course folder for nbgrader carries what nbgrader reads; where nbgrader is installed, it takes it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from course.notebook.cells import exercise_id, role
from course.notebook.files import read, write
from course.project import ROOT, find
from course.release import nbgrader_source
from tests.support.sessions import in_a_readers_session

NEEDED = "needs nbgrader, an extra that brings an older notebook server along: install `.[nbgrader]`, after all else"
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


@pytest.mark.parametrize("right", [True, False])
def test_a_wrong_answer_costs_only_its_own_check_where_a_later_one_builds_on_it(course_with_yours, monkeypatch, right):
    in_a_readers_session(monkeypatch)
    names, failed = {"__name__": "__main__"}, []
    for cell in nbgrader_source.with_metadata(read(course_with_yours.solution)).cells:
        if cell.cell_type == "code" and "softmax" in cell.source:
            wrong = not right and cell.id == "answer-softmax"
            source = "def softmax(scores):\n    return np.exp(scores)" if wrong else cell.source
            try:
                exec(f"import numpy as np\nfrom mha_lib import checks\n{source}", names)
            except AssertionError:
                failed.append(cell.id)
    assert failed == ([] if right else ["check-softmax"])


def test_nbgrader_takes_the_metadata():
    validator = pytest.importorskip("nbgrader.nbgraderformat", reason=NEEDED)
    for cell in MARKED:
        validator.MetadataValidator().validate_cell(cell)


def nbgrader(course, *words):
    """Run one of nbgrader's commands in a course folder."""
    command = [sys.executable, "-m", "nbgrader", *words]
    done = subprocess.run(command, cwd=course, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


def hand_in(course, student, answers):
    """Put the notebook that was handed out into a student's folder, with these answers."""
    notebook = read(course / "release" / CHAPTER.name / f"{CHAPTER.name}.ipynb")
    for cell in notebook.cells:
        if role(cell) == "answer":
            cell.source = answers.get(exercise_id(cell), cell.source)
    write(notebook, made(course / "submitted" / student / CHAPTER.name) / f"{CHAPTER.name}.ipynb")


def made(folder):
    """Return a new folder."""
    folder.mkdir(parents=True)
    return folder


def test_nbgrader_hands_out_and_grades(tmp_path, monkeypatch):
    api = pytest.importorskip("nbgrader.api", reason=NEEDED)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")  # it calls alembic
    nbgrader_source.write_source(tmp_path, [CHAPTER])
    nbgrader(tmp_path, "generate_assignment", CHAPTER.name, "--create")
    answers = {exercise_id(cell): cell.source for cell in NOTEBOOK.cells if role(cell) == "answer"}
    hand_in(tmp_path, "anna", answers)
    hand_in(tmp_path, "ben", {})
    hand_in(tmp_path, "carla", {**answers, "attention": "def attention(q, k, v, mask=None):\n    return v"})
    nbgrader(tmp_path, "autograde", CHAPTER.name, "--create")
    with api.Gradebook(f"sqlite:///{tmp_path / 'gradebook.db'}") as book:
        scores = {each.student.id: each.score for each in book.assignment_submissions(CHAPTER.name)}
    points = {exercise_id(cell): cell.metadata.points for cell in NOTEBOOK.cells if role(cell) == "exercise"}
    most = sum(points.values())
    assert scores == {"anna": most, "ben": 0, "carla": most - points["attention"]}

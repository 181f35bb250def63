"""The student's notebook holds no answer, and of the outputs only what a check prints for a right answer."""

import copy

import pytest
from nbformat.v4 import new_code_cell

from course.notebook.blank import blank, blank_cell, is_untouched
from course.notebook.cells import IGNORED, role, tags
from course.notebook.files import dumps, read

STUB = 'raise NotImplementedError("double: write your answer here, then delete this line")'


@pytest.fixture
def course_solution(course_built):
    """Return the executed chapter."""
    return read(course_built.solution)


def blanked(source):
    return blank_cell(new_code_cell(source, metadata={"tags": ["answer"], "exercise": "double"})).source


def test_the_solution_is_not_changed(course_solution):
    before = copy.deepcopy(course_solution)
    blank(course_solution)
    assert course_solution == before


def test_no_line_of_an_answer_and_no_marker_stays(course_solution):
    text = dumps(blank(course_solution))
    for leak in ("two_times_x", "below zero", "sign of doubt", "doubles it", "SOLUTION"):
        assert leak in dumps(course_solution), leak
        assert leak not in text, leak


def test_an_answer_becomes_one_line_that_says_what_to_do(course_solution):
    cell = next(cell for cell in blank(course_solution).cells if cell.id == "answer-double")
    assert cell.source == f'def double(x):\n    """Return twice x."""\n    {STUB}'
    assert is_untouched(cell.source, "double")


def test_code_around_an_answer_and_deeper_indentation_stay():
    body = "        ### BEGIN SOLUTION\n        y = 1\n\n        ### END SOLUTION\n        return y"
    source = f"class double:\n    def f():\n{body}\n    def g():\n{body}\n# end"
    stub = f"        {STUB}\n        return y"
    assert blanked(source) == f"class double:\n    def f():\n{stub}\n    def g():\n{stub}\n# end"


def test_a_prediction_becomes_a_place_to_write_one(course_solution):
    cell = next(cell for cell in blank(course_solution).cells if role(cell) == "predict")
    assert cell.source == "prediction = ...  # write your prediction here\nprint(prediction)"


def test_only_checks_keep_their_output(course_solution):
    code = [cell for cell in blank(course_solution).cells if cell.cell_type == "code"]
    kept = {cell.id: cell.outputs[0].text for cell in code if cell.outputs}
    assert kept == {"check-double": "Right: double.\n", "check-negate": "Right: negate.\n"}
    assert {cell.id for cell in code if cell.execution_count} == set(kept)


def test_nbval_leaves_alone_what_depends_on_the_learner(course_solution):
    ignored = [cell.id for cell in blank(course_solution).cells if IGNORED in tags(cell)]
    assert ignored == ["predict-which-sign", "reveal-which-sign"]


def test_the_library_version_it_was_made_with_leaves_no_trace(course_solution):
    other = copy.deepcopy(course_solution)
    other.metadata["mha"]["fingerprint"] = "another"
    assert dumps(blank(other)) == dumps(blank(course_solution))

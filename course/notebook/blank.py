"""The student's notebook: the solution with its answers taken out."""

import copy

from course.notebook import markers
from course.notebook.cells import exercise_id, ignore_output, role
from course.notebook.stamp import stamp

STUB = 'raise NotImplementedError("{id}: write your answer here, then delete this line")'
PREDICTION = "prediction = ...  # write your prediction here"


def blank(solution):
    """Return the student's copy of an executed chapter; the chapter itself is not changed.

    Answers and predictions are emptied, discussions of answers are left out. Only check cells keep their output:
    it is what a right answer prints, and what nbval compares. Predictions and what they are compared with are the
    learner's own, so nbval is told to leave them.
    """
    notebook = copy.deepcopy(solution)
    notebook.cells = [blank_cell(cell) for cell in notebook.cells if role(cell) != "solution"]
    return stamp(notebook)


def blank_cell(cell):
    """Return one cell as the student gets it (changed in place)."""
    if cell.cell_type != "code" or role(cell) == "check":
        return cell
    cell.outputs, cell.execution_count = [], None
    if role(cell) == "answer":
        cell.source = markers.replace_regions(cell.source, STUB.format(id=exercise_id(cell)))
    if role(cell) == "predict":
        cell.source = markers.replace_regions(cell.source, PREDICTION)
    if role(cell) in ("predict", "reveal"):
        ignore_output(cell)
    return cell


def is_untouched(source, name):
    """Return whether the line that stands for the answer is still in a learner's cell."""
    return STUB.format(id=name) in source

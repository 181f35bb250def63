"""A learner's answers in the shipped notebook."""

from nbformat.v4 import new_code_cell

from course.check.learner import answer_for
from course.errors import CourseError
from course.notebook.blank import blank
from course.notebook.cells import exercise_id, role


def merge(solution, learner):
    """Return the shipped notebook with the learner's answers and predictions in it, ready for nbval.

    Everything else comes from the solution, with the outputs that a right answer leads to: checks that were changed,
    removed or outwitted by cells of the learner's own play no part. A prediction that is missing stays blank.
    Before each answer stands what was shipped in its place, so that one which cannot run leaves a name behind, and
    only its own exercise fails. Raises CourseError if an answer is missing or there are two.
    """
    merged = blank(solution)
    expected = {cell.id: cell for cell in solution.cells}
    shipped = {cell.id: cell.source for cell in merged.cells}
    for cell in merged.cells:
        if role(cell) in ("answer", "predict"):
            cell.source = learner_source(cell, learner)
        elif cell.cell_type == "code" and role(cell) != "reveal":
            cell.outputs = expected[cell.id].outputs
            cell.execution_count = expected[cell.id].execution_count
    merged.cells = [each for cell in merged.cells for each in after_stub(cell, shipped[cell.id])]
    return merged


def after_stub(cell, source):
    """Return a cell, an answer's after one with the `source` that was shipped."""
    return [new_code_cell(source, id=f"before-{cell.id}"[:64]), cell] if role(cell) == "answer" else [cell]


def learner_source(cell, learner):
    """Return what the learner wrote in the cell that belongs here."""
    found = answer_for(learner, role(cell), exercise_id(cell))
    if found is None and role(cell) == "answer":
        name = exercise_id(cell)
        raise CourseError(f"The answer cell for {name} is missing. Make a code cell that defines {name}.")
    return found.source if found else cell.source

"""A course folder for nbgrader: the solutions with its metadata, from which it makes and grades assignments itself."""

import copy

import nbformat

from course.notebook.cells import code_cells, exercise_id, role
from course.notebook.files import read, write
from course.release.sealed.notebooks import SETUP

CONFIG = """\
c = get_config()
c.CourseDirectory.course_id = "multi-head-attention"
c.ClearSolutions.code_stub = {"python": "raise NotImplementedError"}
c.ExecutePreprocessor.timeout = 120
"""


def write_source(out, selected):
    """Write `source/` and the configuration of a course folder."""
    for chapter in selected:
        write_notebook(out / "source" / chapter.name, chapter)
    (out / "nbgrader_config.py").write_text(CONFIG, "utf-8")


def write_notebook(folder, chapter):
    """Write one assignment."""
    folder.mkdir(parents=True)
    write(with_metadata(read(chapter.solution)), folder / f"{chapter.name}.ipynb")


def with_metadata(solution):
    """Return a chapter that nbgrader takes: answers are its solution cells, checks its tests, worth their points."""
    notebook = copy.deepcopy(solution)
    notebook.cells = [cell for cell in notebook.cells if role(cell) != "solution" and cell.id != SETUP]
    points = {exercise_id(cell): cell.metadata["points"] for cell in notebook.cells if role(cell) == "exercise"}
    for cell in code_cells(notebook):
        if role(cell) in ("answer", "predict"):
            mark(cell, grade=False, solution=True)
        if role(cell) == "check":
            name = exercise_id(cell)
            cell.source += f'\nassert checks.verdict("{name}", {name}).status == "right"'
            mark(cell, grade=True, solution=False, points=points[name])
    return notebook


def mark(cell, **facts):
    """Put nbgrader's metadata on a cell."""
    fixed = {"schema_version": 3, "grade_id": cell.id, "locked": facts["grade"], "task": False}
    cell.metadata["nbgrader"] = nbformat.from_dict({**fixed, **facts})

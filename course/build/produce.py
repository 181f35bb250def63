"""One chapter, from its text to its two notebooks."""

import nbformat

from course.build import outputs, structure
from course.build.chapter import parse, prepare
from course.build.execute import CellFailed, execute
from course.build.normalise import normalise
from course.build.stale import fingerprint
from course.errors import CourseError, Problem
from course.notebook.blank import blank
from course.notebook.cells import excerpt
from course.notebook.files import dumps, read, write
from course.project import repository_url


def produce(chapter):
    """Run a chapter and write both notebooks. Return its problems; if there are any, nothing is written."""
    made_from = fingerprint(chapter)
    try:
        notebook = parse(chapter)
    except CourseError as error:
        return [Problem(chapter.name, "none", "", "the text cannot be read", str(error))]
    found = structure.problems(chapter, notebook)
    if found:
        return found
    prepare(notebook, chapter.number, repository_url(chapter.root))
    try:
        execute(notebook)
    except CellFailed as error:
        advice = "The cells after it were not run. Open the text as a notebook in JupyterLab to look into it."
        return [Problem(chapter.name, error.cell.id, excerpt(error.cell.source), str(error), advice)]
    solution = normalise(notebook)
    return outputs.problems(chapter, solution) or publish(solution, chapter, made_from)


def publish(solution, chapter, made_from):
    """Write the two notebooks of an executed chapter, and into the solution what it was made from; return no problems.

    The fingerprint was taken before the run: what changes meanwhile must make the chapter stale.
    """
    solution.metadata["mha"] = nbformat.from_dict({"fingerprint": made_from})
    nbformat.validate(solution)
    write(solution, chapter.solution)
    write(blank(solution), chapter.notebook)
    return []


def refresh_notebook(chapter):
    """Write the student's notebook anew from the solution on disk, if it differs. Return whether it did."""
    wanted = blank(read(chapter.solution))
    if chapter.notebook.exists() and chapter.notebook.read_bytes() == dumps(wanted).encode():
        return False
    write(wanted, chapter.notebook)
    return True

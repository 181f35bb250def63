"""A learner's notebook: read only, and whatever an editor did to it."""

import json
import re
from dataclasses import dataclass

from course.errors import CourseError


@dataclass(frozen=True)
class LearnerCell:
    """One code cell of a learner: its number among all cells (from 1), and what may tell which cell it is."""

    number: int
    id: str | None
    source: str
    tags: tuple[str, ...]
    exercise: str | None

    def belongs(self, role, name):
        """Return whether its id, or else its metadata, says that it is this cell of the book."""
        return self.id == f"{role}-{name}" or (role in self.tags and self.exercise == name)

    def defines(self, name):
        """Return whether it defines a function or class of this name."""
        return re.search(rf"^(def|class) {name}\b", self.source, re.MULTILINE) is not None


def read_learner(path):
    """Return the code cells of a learner's notebook. Raises CourseError if the file is none."""
    if not path.is_file():
        raise CourseError(f"There is no file {path}.")
    try:
        notebook = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise CourseError(f"{path} is not a notebook: it cannot be read as JSON ({error}).") from error
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells", []), list):
        raise CourseError(f"{path} is not a notebook: it is JSON, but has no list of cells.")
    if notebook.get("nbformat") != 4 or "cells" not in notebook:
        given = notebook.get("nbformat", "missing")
        raise CourseError(f"{path} is not a notebook of format 4 (nbformat is {given}). Save it anew in JupyterLab.")
    cells = enumerate(notebook["cells"], start=1)
    return [learner_cell(number, cell) for number, cell in cells if is_code(cell)]


def is_code(cell):
    """Return whether an entry of a notebook's list is a code cell."""
    return isinstance(cell, dict) and cell.get("cell_type") == "code"


def learner_cell(number, cell):
    """Return a LearnerCell from a code cell as it stands in the file; whatever is malformed counts as not there."""
    metadata = cell.get("metadata") if isinstance(cell.get("metadata"), dict) else {}
    tags = metadata.get("tags") if isinstance(metadata.get("tags"), list) else []
    source = cell.get("source", "")
    text = source if isinstance(source, str) else "".join(map(str, source))
    return LearnerCell(number, cell.get("id"), text, tuple(map(str, tags)), metadata.get("exercise"))


def answer_for(cells, role, name):
    """Return the learner's cell for an exercise or question, or None. Raises CourseError if there are several.

    Some editors drop ids, some drop metadata: the id or the metadata will do, else the function of that name.
    """
    found = [cell for cell in cells if cell.belongs(role, name)]
    if not found and role == "answer":
        found = [cell for cell in cells if cell.defines(name)]
    if len(found) > 1:
        raise CourseError(f"There are {len(found)} {role} cells for {name}: {places(found)}. Keep one of them.")
    return found[0] if found else None


def places(cells):
    """Return where a learner finds some cells."""
    numbers = ", ".join(str(cell.number) for cell in cells)
    return f"cell{'s' * (len(cells) > 1)} {numbers} from the top"

"""What a cell is for, as its metadata says."""

ROLES = ("exercise", "answer", "check", "solution", "predict", "reveal")
IGNORED = "nbval-ignore-output"


def tags(cell):
    """Return the tags of a cell."""
    return list(cell.metadata.get("tags", []))


def role(cell):
    """Return what a cell is for: one of ROLES, or None for an ordinary cell."""
    return next((tag for tag in tags(cell) if tag in ROLES), None)


def exercise_id(cell):
    """Return the id of the exercise or question that a cell belongs to, or None."""
    return cell.metadata.get("exercise")


def code_cells(notebook):
    """Return the code cells of a notebook."""
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def by_role(notebook, wanted):
    """Return the cells of one role, as a dict from exercise id to cell, in the notebook's order."""
    return {exercise_id(cell): cell for cell in notebook.cells if role(cell) == wanted}


def excerpt(source, num_lines=3):
    """Return the first lines of a cell, to recognise it by."""
    lines = source.strip().splitlines()
    more = ["..."] if len(lines) > num_lines else []
    return "\n".join(lines[:num_lines] + more)


def ignore_output(cell):
    """Tag a cell of a copy so that nbval does not compare its output."""
    cell.metadata["tags"] = [*(tag for tag in tags(cell) if tag != IGNORED), IGNORED]

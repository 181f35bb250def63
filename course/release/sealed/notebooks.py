"""The notebooks of a sealed edition: no answer, no discussion of one, and the outputs that a reader has to see."""

import copy

from course.notebook.blank import blank
from course.notebook.cells import code_cells, role, tags
from course.notebook.stamp import stamp
from course.release.sealed.links import to_html, without_dead_links

GOES_ON = "raises-exception"
SETUP = "colab-setup"


def sealed_notebook(solution, names=()):
    """Return a chapter to hand out. Cells that need an answer which is not written yet do not stop the others.

    names    the chapters and texts that are handed out: links to others become words
    """
    notebook = blank(solution)
    shown = {cell.id: cell for cell in solution.cells}
    notebook.cells = [cell for cell in notebook.cells if cell.id != SETUP]
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = without_dead_links(cell.source, names)
    for cell in code_cells(notebook):
        if role(cell) == "check":
            cell.outputs, cell.execution_count = [], None
        if role(cell) is None:
            cell.outputs = shown[cell.id].outputs
            cell.execution_count = shown[cell.id].execution_count
        if role(cell) != "answer":
            cell.metadata["tags"] = [*tags(cell), GOES_ON]
    return notebook


def handed_out(notebook):
    """Return a sealed notebook as its file: its links lead to the pages beside it, and it is stamped."""
    notebook = copy.deepcopy(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = to_html(cell.source)
    return stamp(notebook)

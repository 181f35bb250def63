"""What a chapter printed that it should not have, or did not print that it should."""

import re

from course.build.chapter import alt_text
from course.errors import Problem
from course.notebook.cells import IGNORED, excerpt, role, tags
from course.notebook.files import dumps

MAX_BYTES = 1_500_000
ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,}")


def problems(chapter, notebook):
    """Return the problems of an executed, normalised chapter as a list of Problem."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    found = [Problem(chapter.name, cell.id, excerpt(cell.source), *fault) for cell in code for fault in faults(cell)]
    size = len(dumps(notebook).encode())
    if size > MAX_BYTES:
        wrong = f"the solution has {size:,} bytes, more than {MAX_BYTES:,}"
        found.append(Problem(chapter.name, "all of them", "", wrong, "Draw fewer or smaller figures, or print less."))
    return found


def faults(cell):
    """Yield (wrong, advice) for each fault in one executed cell's outputs."""
    stderr = "".join(output.text for output in cell.outputs if output.get("name") == "stderr")
    if stderr:
        yield f"it writes to stderr: {stderr.strip()[:200]}", "Warnings are errors here: remove the cause."
    if role(cell) == "check" and not cell.outputs:
        yield "the check prints nothing, so it can tell nobody anything", "Let it call checks.check(...)."
    yield from figure_faults(cell)
    if IGNORED not in tags(cell) and ADDRESS.search(text_of(cell)):
        yield "it prints a memory address, which is another one each time", "Give the result a name, or print less."


def figure_faults(cell):
    """Yield what is wrong between a cell's figures and its description."""
    is_figure = any("image/png" in output.get("data", {}) for output in cell.outputs)
    if is_figure and not alt_text(cell):
        yield "it shows a figure that nobody describes", "Add ':alt: ...', what a reader who cannot see it should know."
    if alt_text(cell) and not is_figure:
        yield "it describes a figure but shows none", "Remove ':alt:', or draw the figure."


def text_of(cell):
    """Return everything in a cell's outputs that nbval compares, images apart."""
    texts = [output.get("text", "") + output.get("evalue", "") for output in cell.outputs]
    for output in cell.outputs:
        texts += [str(data) for kind, data in output.get("data", {}).items() if not kind.startswith("image/")]
    return "\n".join(texts)

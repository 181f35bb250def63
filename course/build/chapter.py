"""Reading a chapter's text into a notebook that is ready to run."""

import hashlib
import re

import jupytext
import nbformat
import yaml
from jupytext.myst import MystMetadataParsingError

from course.errors import CourseError
from course.notebook.cells import exercise_id, role
from course.notebook.minutes import count, is_aside, minutes_of, with_sections

STATEMENT = re.compile(r"### Exercise: (?P<title>.+)")

SETUP = """\
import sys

if "google.colab" in sys.modules:
    %pip install -q "mha-lib[torch] @ git+{url}"
"""


def parse(chapter):
    """Return the chapter's text as a notebook, its cells with stable ids. Raises CourseError if it cannot be read."""
    try:
        notebook = jupytext.reads(chapter.source.read_text("utf-8"), fmt="md:myst")
    except (MystMetadataParsingError, yaml.YAMLError) as error:
        advice = 'Cell options are YAML: put a text that has a colon or begins with a quote in "..."'
        raise CourseError(f"book/{chapter.source.name} cannot be read. {error}\n    {advice}") from error
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    name_cells(notebook)
    return notebook


def name_cells(notebook):
    """Give every cell an id that stays when other cells come and go; a repeated id gets a number."""
    seen = {}
    for cell in notebook.cells:
        base = stable_id(cell)
        seen[base] = seen.get(base, 0) + 1
        cell.id = base if seen[base] == 1 else f"{base}-{seen[base]}"


def stable_id(cell):
    """Return role-exercise for a tagged cell, such as answer-softmax; for others, a hash of the content."""
    if role(cell) and exercise_id(cell):
        return re.sub(r"[^a-zA-Z0-9_-]", "-", f"{role(cell)}-{exercise_id(cell)}")[:64]
    return hashlib.sha1(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:8]


def prepare(notebook, number, url):
    """Make a parsed notebook ready to run: exercises numbered, captions where the book looks, Colab's setup cell.

    The first cell ends with how long the chapter takes. Exercises of asides are optional.
    """
    for cell, title in with_sections(notebook.cells):
        if role(cell) == "exercise" and is_aside(title):
            cell.metadata["optional"] = True
    statements = [cell for cell in notebook.cells if role(cell) == "exercise"]
    for order, cell in enumerate(statements, start=1):
        number_exercise(cell, f"{number}.{order}")
    notebook.cells[0].source += f"\n\n{minutes_of(notebook.cells).line}"
    for cell in notebook.cells:
        move_captions(cell)
    notebook.cells.insert(1, setup_cell(url))


def number_exercise(cell, number):
    """Put the number into a statement's heading, and below it whether it is optional, its level, minutes and points."""
    heading, _, body = cell.source.partition("\n")
    title = STATEMENT.fullmatch(heading.rstrip())["title"]
    facts = cell.metadata
    effort = f"about {count(facts['minutes'], 'minute')} · {count(facts['points'], 'point')}"
    line = f"*{'★ optional · ' if facts.get('optional') else ''}Level {facts['level']} of 3 · {effort}*"
    cell.source = f"### Exercise {number}: {title}\n\n{line}\n\n{body.strip()}"


def move_captions(cell):
    """Move `alt` and `caption` to where MyST-NB looks for them."""
    options = {}
    if "alt" in cell.metadata:
        options["image"] = {"alt": cell.metadata.pop("alt")}
    if "caption" in cell.metadata:
        options["figure"] = {"caption": cell.metadata.pop("caption")}
    if options:
        cell.metadata["mystnb"] = options


def setup_cell(url):
    """Return the cell that installs the library on Colab, and elsewhere does nothing."""
    source = SETUP.format(url=url).rstrip()
    return nbformat.v4.new_code_cell(source, id="colab-setup", metadata={"tags": ["colab"]})


def alt_text(cell):
    """Return the description of a prepared cell's figure, or None."""
    return cell.metadata.get("mystnb", {}).get("image", {}).get("alt")

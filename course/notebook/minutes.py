"""How long a chapter takes, counted from its cells: to read, for its exercises, and for what is optional."""

import re
from dataclasses import dataclass

from course.notebook.cells import role

WORDS_A_MINUTE = 150
ASIDE = "Aside: "
HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
LINE = re.compile(r"\n\n\*About \d+ minutes? to read( · [^\n*]+)*\*$")


@dataclass(frozen=True)
class Minutes:
    """What a chapter asks of a reader, in minutes; `exercises` are those that are not optional, `count` how many."""

    reading: int
    exercises: int
    count: int
    optional: int

    @property
    def line(self):
        """Return the line that the chapter prints of it."""
        parts = [f"About {count(self.reading, 'minute')} to read"]
        parts += [f"{self.exercises} for {count(self.count, 'exercise')}"] if self.count else []
        parts += [f"optional: {self.optional}"] if self.optional else []
        return f"*{' · '.join(parts)}*"


def count(number, word):
    """Return a number with its noun: 1 point, 2 points."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def minutes_of(cells):
    """Return the Minutes of a chapter's cells, at a pace for formulas; asides are optional, with their exercises."""
    path = [cell for cell, title in with_sections(cells) if not is_aside(title)]
    aside = [cell for cell, title in with_sections(cells) if is_aside(title)]
    asked = [cell.metadata for cell in path if role(cell) == "exercise" and not cell.metadata.get("optional")]
    needed = sum(facts["minutes"] for facts in asked)
    every = sum(cell.metadata["minutes"] for cell in cells if role(cell) == "exercise")
    return Minutes(reading(path), needed, len(asked), reading(aside) + every - needed)


def with_sections(cells):
    """Yield each cell with the title of the section, headed by `## `, that it stands in or begins."""
    title = ""
    for cell in cells:
        title = (headings(cell) or [title])[-1]
        yield cell, title


def headings(cell):
    """Return the titles of the sections that begin in a cell."""
    return HEADING.findall(cell.source) if cell.cell_type == "markdown" else []


def is_aside(title):
    """Return whether a section is off the chapter's path, by its title."""
    return title.startswith(ASIDE)


def reading(cells):
    """Return the minutes that the prose of some cells takes; the line that tells them does not count."""
    prose = [LINE.sub("", cell.source) for cell in cells if cell.cell_type == "markdown"]
    return round(sum(len(text.split()) for text in prose) / WORDS_A_MINUTE)

"""What a reader's notebooks hold: each exercise with the source of its cell, or with why it cannot be used."""

from dataclasses import dataclass, field
from pathlib import Path

from course.check.learner import answer_for, read_learner
from course.errors import CourseError
from course.grade.catalog import Worth, of_chapter
from course.mine.source import imports_in, lasting
from course.notebook.blank import is_untouched
from course.notebook.cells import code_cells, role
from course.notebook.files import read


@dataclass(frozen=True)
class Answer:
    """One exercise as it stands in a notebook.

    worth    what the book says of it            file     the notebook that it was looked for in
    source   its cell, "" if nothing is written  fault    why the cell cannot be read, or ""
    imports  what the notebook imports, by name  around   the notebook's other code cells, as (number, source)
    given    what the chapter as shipped defines for its answers, as Pieces
    """

    worth: Worth
    file: Path
    source: str = ""
    fault: str = ""
    imports: dict = field(default_factory=dict)
    around: tuple = ()
    given: tuple = ()

    @property
    def id(self):
        """Return the name of the function or class."""
        return self.worth.id

    @property
    def room(self):
        """Return the word of its chapter."""
        return self.worth.chapter[3:]


def answers_in(chapter, folder):
    """Return the reader's answers to a chapter, in its order, and the fault of the whole file, or ""."""
    file, worths = folder / chapter.notebook.name, of_chapter(chapter)
    if not file.exists():
        return [Answer(worth, file) for worth in worths], ""
    try:
        cells = read_learner(file)
    except (CourseError, OSError) as error:
        return [Answer(worth, file) for worth in worths], str(error)
    shipped = [cell.source for cell in code_cells(read(chapter.solution)) if role(cell) is None]
    imports = {
        name: each for text in [*shipped, *(cell.source for cell in cells)] for name, each in imports_in(text).items()
    }
    given = tuple(piece for text in shipped for piece in lasting(text))
    return [answer(worth, file, cells, imports, given) for worth in worths], ""


def answer(worth, file, cells, imports, given):
    """Return the Answer to one exercise from the cells of its notebook."""
    try:
        found = answer_for(cells, "answer", worth.id)
    except CourseError as error:
        return Answer(worth, file, fault=str(error))
    if found is None or is_untouched(found.source, worth.id) or not found.source.strip():
        return Answer(worth, file)
    around = tuple((cell.number, cell.source) for cell in cells if cell is not found)
    imports = {**imports, **imports_in(found.source)}
    return Answer(worth, file, found.source, imports=imports, around=around, given=given)

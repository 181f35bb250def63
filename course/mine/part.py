"""One answer made ready for a file: its definitions, and the imports that they need."""

from dataclasses import dataclass

from course.grade.library import PACKAGE, home
from course.mine import source


class NotAlone(Exception):
    """An answer that cannot stand without its notebook; the message says why."""


@dataclass(frozen=True)
class Part:
    """One answer in plain Python.

    imports    name -> the line that brings it
    texts      each definition's text -> the names that it gives, in order
    mentions   the exercises before this one whose functions it calls: the reader's, or the book's
    """

    id: str
    imports: dict
    texts: dict
    mentions: frozenset

    @property
    def code(self):
        """Return all of it as one text."""
        return "\n".join([*dict.fromkeys(self.imports.values()), *self.texts])


def part(answer, order, yours):
    """Return the Part of an answer. Raises NotAlone if it needs what neither its cell nor an import gives.

    order   the ids of the book's exercises in their order
    yours   id -> room, for the exercises whose functions it shall take from the reader
    """
    found = definitions(answer)
    calls = {piece: source.calls(piece.text, library_modules(answer)) for piece in found}
    bound = source.identifiers("\n".join(piece.text for piece in found))
    refuse_itself(answer, calls)
    own = set(yours) - bound
    texts = {}
    for piece in found:
        exchanged = [call for call in calls[piece] if call.name in own]
        texts[source.replaced(piece.text, exchanged)] = piece.names
    left = {call.module for each in calls.values() for call in each if call.name not in own}
    earlier = order[: order.index(answer.id)]
    brought = {name: bring(answer, name, earlier, yours) for name in sorted(lacking(texts))}
    imports = {name: line for name, (line, _) in brought.items()} | submodules(answer, left)
    mentions = {exercise for _, exercise in brought.values()}
    mentions |= {call.name for each in calls.values() for call in each if call.name not in bound}
    return Part(answer.id, imports, texts, frozenset(mentions & set(earlier)))


def definitions(answer):
    """Return the pieces of its cell and of the chapter that an answer needs. Raises NotAlone if there is none."""
    try:
        own = source.pieces(answer.source)
    except (SyntaxError, ValueError) as error:
        raise NotAlone(f"its cell is not Python: {getattr(error, 'msg', None) or error}") from None
    names = {name for piece in own for name in piece.names}
    if answer.id not in names:
        raise NotAlone(f"its cell defines no {answer.id}")
    return source.needed([*(piece for piece in answer.given if not piece.names & names), *own], answer.id)


def library_modules(answer):
    """Return the names that stand for modules of the library in an answer's notebook, with the modules' own names."""
    known = {name: each.library_module for name, each in answer.imports.items()}
    return {name: module for name, module in known.items() if module}


def refuse_itself(answer, calls):
    """Raise NotAlone if an answer calls what the book has under its own name."""
    if any(call.name == answer.id for each in calls.values() for call in each):
        raise NotAlone(f"it calls the book's {answer.id}: write it out, and it is yours")


def lacking(texts):
    """Return the names that some definitions need of their surroundings."""
    given = {name for names in texts.values() for name in names}
    return source.symbols("\n".join(texts))[1] - given


def submodules(answer, left):
    """Return imports for the modules of the library that are called through a door, such as `mha.nn`."""
    doors = library_modules(answer).values()
    return {module: f"import {module}" for module in sorted(left) if module not in doors}


def bring(answer, name, earlier, yours):
    """Return the line that brings a name to an answer, and the exercise that it may belong to, or None."""
    found = answer.imports.get(name)
    if found and found.module.split(".")[0] != PACKAGE:
        return found.line, None
    exercise = found.name if found else name
    if exercise == answer.id:
        raise NotAlone(f"it calls the book's {answer.id}: write it out, and it is yours")
    if exercise in yours:
        return f"from mine.{yours[exercise]} import {exercise}{f' as {name}' if name != exercise else ''}", exercise
    if found:
        return found.line, exercise
    if name not in earlier:
        raise NotAlone(f"it needs {name}, {where(answer, name)}")
    return f"from {PACKAGE}.{home(name)[0]} import {name}", exercise


def where(answer, name):
    """Return where a name that an answer lacks is to be found, and what to do."""
    for number, text in answer.around:
        if name in source.names_in(text):
            return f"which stands in cell {number} from the top: put it into the answer's own cell"
    return "which neither its cell nor an import of the notebook gives"

"""An answer as plain Python: what its cell defines, what that needs from elsewhere, and where it calls the library."""

import ast
import builtins
import symtable
from dataclasses import dataclass

from course.build.mentions import chain_of
from course.grade.inside.answers import is_constant
from course.grade.inside.stand_ins import taken
from course.grade.library import PACKAGE, definitions, home, imported, source_file
from mha_lib import checks

BUILT_IN = {*dir(builtins), "__name__"}
IMPORTS = (ast.Import, ast.ImportFrom)


@dataclass(frozen=True)
class Import:
    """One imported name: the statement that brings it, the module, and what it is of that module, None for itself."""

    line: str
    module: str
    name: str | None = None

    @property
    def library_module(self):
        """Return the full name of the module of the library that it stands for, or None."""
        if self.module.split(".")[0] != PACKAGE:
            return None
        if self.name is None:
            return self.module
        return f"{self.module}.{self.name}" if is_module(self.module, self.name) else None


@dataclass(frozen=True)
class Piece:
    """One statement of a cell that gives names: its text with the comments above it, its names, and what it uses."""

    text: str
    names: frozenset
    uses: frozenset


def parsed(source):
    """Return the lines of a cell without IPython's magics, and its statements. Raises SyntaxError."""
    lines = ["" if line.lstrip().startswith(("%", "!")) else line for line in source.split("\n")]
    return lines, ast.parse("\n".join(lines)).body


def imports_in(source):
    """Return what the statements at the top of a cell bring: name -> Import; nothing if it is not Python.

    `soft = checks.yours("softmax")` brings the book's softmax under that name. Where a name is the exercise's own,
    nothing need bring it.
    """
    try:
        _, body = parsed(source)
    except (SyntaxError, ValueError):
        return {}
    found = {name: each for node in body if isinstance(node, IMPORTS) for name, each in imports_of(node)}
    return found | {name: book(exercise, name) for node in body for name, exercise in taken(node) if name != exercise}


def imports_of(node):
    """Yield (name, Import) for each name that a statement imports; `import a.b` brings a, stars bring nothing."""
    for alias in node.names:
        if isinstance(node, ast.Import):
            whole = alias.name if alias.asname else alias.name.split(".")[0]
            yield alias.asname or whole, Import(ast.unparse(ast.Import([alias])), whole)
        elif alias.name != "*" and not node.level:
            line = ast.unparse(ast.ImportFrom(node.module, [alias], 0))
            yield alias.asname or alias.name, Import(line, node.module, alias.name)


def book(exercise, name):
    """Return the Import of the right function of an exercise under another name; of an unknown one, as it is asked for.

    The checker says what is known when the line is run.
    """
    module = f"{PACKAGE}.{home(exercise)[0]}" if exercise in checks.exercises() else PACKAGE
    return Import(f"from {module} import {exercise} as {name}", module, exercise)


def pieces(source):
    """Return the statements of a cell that give names, imports apart; what speaks to `checks` is left out."""
    lines, body = parsed(source)
    found, done = [], 0
    for node in body:
        first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", []))]) - 1
        while first > done and lines[first - 1].lstrip().startswith("#"):
            first -= 1
        if first >= done and not isinstance(node, (*IMPORTS, ast.Expr)):
            names, uses = symbols("\n".join(lines[first : node.end_lineno]))
            if names and "checks" not in uses:
                found.append(Piece("\n".join(lines[first : node.end_lineno]), names, uses))
        done = node.end_lineno
    return found


def lasting(source):
    """Return the pieces of a cell that mean the same wherever they stand: functions, classes, what calls nothing."""
    try:
        found = [(piece, ast.parse(piece.text).body[0]) for piece in pieces(source)]
    except (SyntaxError, ValueError):
        return []
    return [piece for piece, node in found if isinstance(node, (ast.FunctionDef, ast.ClassDef)) or is_constant(node)]


def names_in(source):
    """Return the names that a cell gives, imports apart; none if it is not Python."""
    try:
        return {name for piece in pieces(source) for name in piece.names}
    except (SyntaxError, ValueError):
        return set()


def symbols(text):
    """Return the names that a text gives to its surroundings, and those that it needs of them."""
    table = symtable.symtable(text, "<answer>", "exec")
    given = {each.get_name() for each in table.get_symbols() if each.is_assigned() or each.is_imported()}
    used = {each.get_name() for each in table.get_symbols() if each.is_referenced()}
    waiting = table.get_children()
    while waiting:
        inner = waiting.pop()
        used |= {each.get_name() for each in inner.get_symbols() if each.is_global() and each.is_referenced()}
        waiting += inner.get_children()
    return frozenset(given), frozenset(used - given - BUILT_IN)


def needed(found, name):
    """Return the pieces that give a name, and those that give what these use, in their order."""
    wanted, size = {name}, 0
    while len(wanted) > size:
        size = len(wanted)
        wanted |= {use for piece in found if piece.names & wanted for use in piece.uses}
    return [piece for piece in found if piece.names & wanted]


def is_module(module, name):
    """Return whether a name of a module of the library is a module itself; doors offer functions of such names too."""
    short = module.removeprefix(f"{PACKAGE}").lstrip(".")
    page = short or "__init__"
    if name in definitions(page) or name in imported_by(page):
        return False
    return source_file(f"{short}.{name}" if short else name) is not None


def imported_by(page):
    """Return what a module takes from others of the library; nothing if it is a mere folder."""
    return imported(page) if source_file(page) else {}


@dataclass(frozen=True)
class Call:
    """A place in a text where a name of the library is taken from a module: lines from 1, columns in bytes."""

    module: str
    name: str
    line: int
    start: int
    end: int


def calls(text, modules):
    """Return the places where a text takes a name from a module of the library, such as `mha.softmax`.

    modules: the names that stand for modules of the library -> their full names
    """
    found = []
    for node in ast.walk(ast.parse(text)):
        chain = chain_of(node) if isinstance(node, ast.Attribute) else None
        if chain and chain[0] in modules and node.lineno == node.end_lineno:
            module, *rest = resolved(modules[chain[0]], chain[1:])
            if len(rest) == 1:
                found.append(Call(module, rest[0], node.lineno, node.col_offset, node.end_col_offset))
    return found


def resolved(module, names):
    """Return the module that names lead to, as far as they are modules, and the names that are left."""
    for place, name in enumerate(names):
        if not is_module(module, name):
            return [module, *names[place:]]
        module = f"{module}.{name}"
    return [module]


def replaced(text, places):
    """Return a text in which each Call in `places` is its bare name."""
    lines = [line.encode() for line in text.split("\n")]
    for call in sorted(places, key=lambda each: (each.line, each.start), reverse=True):
        line = lines[call.line - 1]
        lines[call.line - 1] = line[: call.start] + call.name.encode() + line[call.end :]
    return b"\n".join(lines).decode()


def identifiers(text):
    """Return every name that a text binds or uses by itself, parameters included."""
    nodes = list(ast.walk(ast.parse(text)))
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    names |= {node.name for node in nodes if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    return names | {node.arg for node in nodes if isinstance(node, ast.arg)}

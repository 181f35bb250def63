"""What an answer may use of `mha_lib` while it is graded: what came before it in the book, and never itself.

An answer of chapter 5 may call `mha.softmax`, as the book's own does. So the sandbox is lent sources of the library:
all of earlier chapters' rooms, and of its own room what comes before it; nothing in which the wanted function is used.

Where it calls an earlier exercise by its bare name, as the chapters do after `softmax = checks.yours(softmax)`, it gets
the right function of that exercise: one wrong part never costs twice.
"""

import ast
import functools
from importlib.util import find_spec
from pathlib import Path

from mha_lib import checks
from mha_lib.diagnosis.exposure import Exposure

PACKAGE = "mha_lib"
HOME = Path(find_spec(PACKAGE).origin).parent


@functools.cache
def lent(exercise_id, extra=frozenset()):
    """Return the sources that are lent for an exercise, as a dict from module to source; empty for a private one.

    extra    what is lent besides, as (module, name): the function that calls the answer, the classes of its inputs
    """
    room = room_of(exercise_id)
    if room is None:
        return {}
    answers = places(exercise_id)
    surface = {name for name in before(room, exercise_id) if not answers & closure(name)}
    shipped = set().union(*map(closure, surface | extra | {*parts(exercise_id).values()}))
    sources = {f"{PACKAGE}.{module}": extract(module, shipped) for module in sorted({module for module, _ in shipped})}
    folders = {folder for name in sources for folder in folders_of(name)} - {PACKAGE}
    pages = {PACKAGE: table_of_contents("__init__", surface), f"{PACKAGE}.nn": table_of_contents("nn", surface)}
    return {**dict.fromkeys(sorted(folders), ""), **sources, **pages}


@functools.cache
def parts(exercise_id):
    """Return where the right functions of earlier exercises are that an answer may call: id -> (module, name).

    None in which the answer is used is among them, and no input that shows mutants: nothing is built on one.
    """
    if room_of(exercise_id) is None:
        return {}
    answers, known = places(exercise_id), checks.exercises()
    earlier = [name for name in known[: known.index(exercise_id)] if not isinstance(checks.exercise(name), Exposure)]
    return {name: home(name) for name in earlier if not answers & closure(home(name))}


def folders_of(module):
    """Return the packages that a module is in, by name."""
    parts = module.split(".")
    return {".".join(parts[:length]) for length in range(1, len(parts))}


def room_of(exercise_id):
    """Return the room, a chapter's word, in which an exercise is, or None."""
    return next((room for room in checks.rooms() if exercise_id in checks.of_room(room)), None)


def modules_of(room):
    """Return the modules of a room of the library: one, or those of its folder."""
    folder = HOME / room
    found = sorted(path.stem for path in folder.glob("*.py") if path.stem != "__init__")
    return [f"{room}.{name}" for name in found] if folder.is_dir() else [room]


def home(exercise_id):
    """Return where in the library the right answer is, as (module, name)."""
    reference = checks.reference(exercise_id)
    return reference.__module__.removeprefix(f"{PACKAGE}."), reference.__name__


def places(exercise_id):
    """Return all places, as (module, name), where the library has the answer: its home, and that name in its room."""
    modules = modules_of(room_of(exercise_id))
    return {home(exercise_id)} | {(module, exercise_id) for module in modules if exercise_id in definitions(module)}


def before(room, exercise_id):
    """Return the names, as (module, name), that come before an exercise: what a reader has met."""
    place, known = checks.rooms().index(room), checks.of_room(room)
    met = {name for earlier in checks.rooms()[:place] for name in all_of(earlier)}
    answers = {home(name)[1] for name in known}
    asked = known[: known.index(exercise_id) + 1]
    for module in library_only({home(name)[0] for name in asked}):
        own = list(definitions(module))
        above = own[: own.index(exercise_id)] if exercise_id in own else own
        met |= {(module, name) for name in above if name not in answers}
    solved = {home(name) for name in known[: known.index(exercise_id)]}
    return met | {(module, name) for module, name in solved if module in library_only({module})}


def library_only(modules):
    """Return the modules that are not of the checker."""
    return {module for module in modules if not module.startswith("checks.")}


@functools.cache
def all_of(room):
    """Return all that a room defines that is one file, or in the modules in which its answers are."""
    modules = {room, *(home(name)[0] for name in checks.of_room(room))}
    return {(module, name) for module in library_only(modules) for name in definitions(module)}


@functools.cache
def closure(name):
    """Return a definition, as (module, name), and all that it uses of the library."""
    found, waiting = set(), [name]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            waiting += uses(*current)
    return found


def uses(module, name):
    """Return what one definition uses of the library, as (module, name)."""
    node = definitions(module).get(name, ast.Pass())
    named = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
    own = {(module, other) for other in named & definitions(module).keys() if other != name}
    return own | {origin for alias, origin in imported(module).items() if alias in named}


@functools.cache
def tree(module):
    """Return the syntax tree of a module of the library."""
    return ast.parse(source_file(module).read_text("utf-8"))


def source_file(module):
    """Return the file of a module of the library, "__init__" being the package itself, or None if there is none."""
    base = HOME / module.replace(".", "/")
    return next((path for path in (base.with_suffix(".py"), base / "__init__.py") if path.is_file()), None)


@functools.cache
def definitions(module):
    """Return what a module defines, by name, in the order in which it stands there; nothing if there is no module."""
    if source_file(module) is None:
        return {}
    return {name: node for node in tree(module).body for name in names_of(node)}


def names_of(node):
    """Return the names that a statement of a module defines."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else []
    parts = [part for target in targets for part in ast.walk(target)]
    return [part.id for part in parts if isinstance(part, ast.Name) and part.id != "__all__"]


@functools.cache
def imported(module):
    """Return what a module takes from others of the library, at its top or later: alias -> (module, name)."""
    return {
        alias.asname or alias.name: (node.module.removeprefix(f"{PACKAGE}."), alias.name)
        for node in ast.walk(tree(module))
        if is_ours(node)
        for alias in node.names
    }


def is_ours(node):
    """Return whether a statement imports names from a module of the library."""
    return isinstance(node, ast.ImportFrom) and (node.module or "").startswith(f"{PACKAGE}.")


def extract(module, shipped):
    """Return the source of a module with only what is shipped: imports, and the definitions wanted."""
    kept = []
    for node in tree(module).body:
        if is_ours(node):
            kept += import_line(node, shipped)
        elif isinstance(node, ast.ImportFrom) and node.module == PACKAGE:
            continue
        elif isinstance(node, (ast.Import, ast.ImportFrom)) or any(
            (module, name) in shipped for name in names_of(node)
        ):
            kept.append(text(node))
    return "\n".join(kept)


@functools.cache
def text(node):
    """Return the source of a statement of the library, made once: a definition is lent for many exercises."""
    return ast.unparse(node)


def import_line(node, wanted):
    """Return an import of the library with only the wanted names, as lines: one or none."""
    module = node.module.removeprefix(f"{PACKAGE}.")
    names = [alias for alias in node.names if (module, alias.name) in wanted]
    return [ast.unparse(ast.ImportFrom(node.module, names, 0))] if names else []


def table_of_contents(page, surface):
    """Return the source of a page that only imports, with the names that were lent."""
    lines = [line for node in tree(page).body if is_ours(node) for line in import_line(node, surface)]
    return "\n".join([*lines, *constants(page)])


def constants(page):
    """Return the lines of a page that give a name to a literal, such as the running example."""
    found = [node for node in tree(page).body if isinstance(node, ast.Assign) and names_of(node)]
    return [ast.unparse(node) for node in found if isinstance(node.value, (ast.Tuple, ast.Constant))]

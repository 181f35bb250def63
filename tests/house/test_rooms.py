"""The rooms of the library: each has its chapter's word, builds on earlier ones alone, and fits on a page."""

import ast
from pathlib import Path

import pytest

from course.grade import catalog
from course.project import ROOT, chapters
from mha_lib import checks

LIBRARY = ROOT / "mha_lib"
CHAPTERS = [chapter.name[3:] for chapter in chapters(ROOT)]
BESIDE = ("checks", "data", "diagnosis", "live", "plots")  # what serves all rooms, and uses what it shows or judges
DOORS = ("__init__", "nn")
AT_MOST = 35
UNSEEN = {"__pycache__", ".ipynb_checkpoints", "__init__.py", "conftest.py"}  # caches, and what Python and pytest want


def sources(folder):
    """Return the Python files of a folder, as module -> source: "heads.arrays"."""
    files = {path.relative_to(folder).with_suffix(""): path for path in sorted(folder.rglob("*.py"))}
    return {".".join(name.parts): path.read_text("utf-8") for name, path in files.items()}


def imported(source):
    """Return the modules of the library that a source imports, at its top or later, doors without their names."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    ours = (name.split(".")[1:] for name in found if name.split(".")[0] == "mha_lib")
    return {tuple(name) for name in ours}


def room_of(module):
    """Return the room of a module, given by its parts."""
    return module[0] if module else "__init__"


def later(room, other):
    """Return whether a room may not import from another: it comes later, or is one of the doors."""
    if other in DOORS:
        return True
    if room == "training":
        return other in CHAPTERS
    return other in CHAPTERS and CHAPTERS.index(other) > CHAPTERS.index(room)


def looking_ahead(files):
    """Return the imports, as (module, imported), by which a room uses one that a reader meets later, or a door."""
    return [
        (name, ".".join(other))
        for name, source in files.items()
        for other in imported(source)
        if room_of(name.split(".")) in (*CHAPTERS, "training") and later(room_of(name.split(".")), room_of(other))
    ]


def circle(files):
    """Return modules that import each other in a circle, or None."""
    edges = {
        name: {".".join(o[:i]) for o in imported(s) for i in (1, 2, 3)} & files.keys() for name, s in files.items()
    }
    done = set()

    def visit(name, path):
        if name in path:
            return [*path[path.index(name) :], name]
        if name in done:
            return None
        found = next(filter(None, (visit(other, [*path, name]) for other in sorted(edges[name]))), None)
        done.add(name)
        return found

    return next(filter(None, (visit(name, []) for name in sorted(edges))), None)


def test_the_listing_of_the_library_is_the_table_of_contents():
    names = {path.stem for path in LIBRARY.iterdir() if path.name != "__pycache__"}
    assert names - {*BESIDE, *DOORS, "training"} == set(CHAPTERS)


def test_no_room_imports_from_a_later_one_or_through_a_door():
    assert looking_ahead(sources(LIBRARY)) == []


def test_a_look_ahead_is_seen_at_the_top_and_inside_a_function():
    files = {
        "heads.arrays": "from mha_lib.encoder.blocks import Encoder",
        "softmax": "def f():\n    from mha_lib import masks",
        "masks": "import mha_lib.softmax\nfrom mha_lib.softmax import softmax",
        "training.loop": "import mha_lib.gpt.model",
        "bert.masking": "from mha_lib.nn import Bert\nfrom mha_lib.training import loop",
    }
    assert [name for name, _ in looking_ahead(files)] == ["heads.arrays", "softmax", "training.loop", "bert.masking"]


def test_no_modules_import_each_other_in_a_circle():
    assert circle({name: text for name, text in sources(LIBRARY).items() if name not in DOORS}) is None


def test_a_circle_is_seen():
    files = {"a": "from mha_lib import b", "b": "def f():\n    from mha_lib.c import x", "c": "import mha_lib.a"}
    assert circle(files) == ["a", "b", "c", "a"]
    assert circle(files | {"c": "import numpy"}) is None


def test_the_checks_are_in_the_order_of_the_book():
    assert [word for word in CHAPTERS if word in checks.rooms()] == list(checks.rooms())


def test_the_checks_of_a_chapter_look_at_no_later_one():
    files = {name: text for name, text in sources(LIBRARY / "checks").items() if name != "__init__"}
    ahead = [
        (name, ".".join(other))
        for name, source in files.items()
        for other in imported(source)
        if later(name.split(".")[0], other[1] if other[0] == "checks" and len(other) > 1 else other[0])
    ]
    assert ahead == []


@pytest.mark.parametrize("room", checks.rooms())
def test_every_exercise_is_a_file_of_its_own_name(room):
    folder = LIBRARY / "checks" / room
    named = {path.stem for path in folder.glob("*.py") if "EXERCISE = " in path.read_text("utf-8")}
    assert named == set(checks.of_room(room))
    assert all(checks.exercise(name).id == name for name in checks.of_room(room))


@pytest.mark.parametrize("room", checks.rooms())
def test_the_exercises_are_in_the_order_in_which_the_chapter_asks(room):
    asked = [worth.id for worth in catalog.worths().values() if worth.chapter[3:] == room]
    assert list(checks.of_room(room)) == asked


def folders_of_code():
    """Return the folders of the project that hold code."""
    tops = ("mha_lib", "course", "tests", "benchmarks", "book/_ext")
    return sorted({path.parent for top in tops for path in (ROOT / top).rglob("*.py")})


@pytest.mark.parametrize("folder", folders_of_code(), ids=lambda path: str(Path(path).relative_to(ROOT)))
def test_a_folder_of_code_fits_on_a_page(folder):
    names = {path.name for path in folder.iterdir()} - UNSEEN
    assert len(names) <= AT_MOST, sorted(names)

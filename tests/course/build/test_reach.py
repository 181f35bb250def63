"""What a chapter reaches in the library is found without running it: on a small library, and beside real chapters."""

import subprocess
import sys
import textwrap

import pytest

from course.build.environment import environment
from course.build.reach import Reach
from course.project import ROOT

LIBRARY = {
    "mha_lib/__init__.py": """
        '''The first door.'''
        from mha_lib.room.arrays import merge, split
        from mha_lib.soft import softmax
        SENTENCE = ("the", "cat")
        __all__ = ["SENTENCE", "merge", "softmax", "split"]
    """,
    "mha_lib/nn.py": "from mha_lib.room.layers import Layer\n__all__ = ['Layer']",
    "mha_lib/soft.py": "def softmax(): 'See mha_lib.room.late.'",
    "mha_lib/room/__init__.py": "'''A room.'''",
    "mha_lib/room/arrays.py": "from mha_lib.soft import softmax",
    "mha_lib/room/layers.py": "class Layer:\n    def late(self):\n        from mha_lib.room import late",
    "mha_lib/room/late.py": "'''Late.'''",
    "mha_lib/room/near.py": "from . import late\nfrom .arrays import split\nfrom ..nn import Layer",
    "mha_lib/room/far.py": "from .. import soft as s",
    "mha_lib/room/asks.py": "import mha_lib as mha\ndef ask(): return mha.softmax()",
    "mha_lib/room/opens.py": "from mha_lib import plots",
    "mha_lib/plots/__init__.py": """
        from mha_lib.plots.bars import show_bars
        from mha_lib.plots.maps import show_maps
        __all__ = ["show_bars", "show_maps"]
    """,
    "mha_lib/plots/bars.py": "import numpy",
    "mha_lib/plots/maps.py": "import numpy",
    "mha_lib/checks/__init__.py": """
        import importlib
        from mha_lib.judge import predict
        def check(function): return importlib.import_module(f"mha_lib.checks.room.{function.__name__}")
        def hint(exercise_id): return importlib.import_module(f"mha_lib.checks.room.{exercise_id}")
        def exercises(): return ("split", "merge")
    """,
    "mha_lib/checks/room/__init__.py": "EXERCISES = 'split', 'merge'",
    "mha_lib/checks/room/shared.py": "AXES = 2",
    "mha_lib/checks/room/split.py": "from mha_lib.checks.room.shared import AXES",
    "mha_lib/checks/room/merge.py": "from mha_lib.room import arrays",
    "mha_lib/judge.py": "def predict(question): pass",
    "mha_lib/words.py": "from importlib import resources\nF = resources.files('mha_lib') / 'data' / 'vectors.npz'",
    "mha_lib/other_words.py": "from importlib.resources import files\nF = files('mha_lib') / 'data/vectors.npz'",
    "mha_lib/other.py": "WORD = 'speed'",
    "mha_lib/stored.py": "RESULTS = __file__ + '/benchmarks/results'\ndef newest(name): return f'{name}_2*.json'",
    "mha_lib/counts.py": "RESULTS = (__file__, 'benchmarks', 'results')\nPATTERN = 'speed_2*.json'",
    "mha_lib/model.py": "FOLDER = (__file__, 'data', 'encoder')",
    "mha_lib/any_data.py": "def read(name): return (__file__, 'data', name)",
    "mha_lib/live/view.py": "from pathlib import Path\ndef script(name): return Path(__file__).with_name(name)",
    "mha_lib/live/kernel.py": "from pathlib import Path\nTEXT = Path(__file__).with_name('late.py')",
    "mha_lib/live/view.js": "",
    "mha_lib/data/vectors.npz": "",
    "mha_lib/data/left.pyc": "",
    "mha_lib/data/.ipynb_checkpoints/vectors.npz": "",
    "mha_lib/data/encoder/config.json": "",
    "mha_lib/data/encoder/model.bin": "",
    "benchmarks/results/speed_2026-01-01.json": "",
    "benchmarks/results/speed_2026-02-01.json": "",
    "benchmarks/results/long_name_2026-01-01.json": "",
}
PLOTS = {"plots/__init__.py", "plots/bars.py", "plots/maps.py"}
LAYERS = {"room/__init__.py", "room/layers.py", "room/late.py"}
ARRAYS = {"room/__init__.py", "room/arrays.py", "soft.py"}
ROOM_CHECKS = {"checks/room/__init__.py", "checks/room/split.py", "checks/room/shared.py"}
CHECKS = {"checks/__init__.py", "judge.py"}
SPEED = {"speed_2026-01-01.json", "speed_2026-02-01.json"}
LONG = {"long_name_2026-01-01.json"}


def write(root, files):
    """Write files, each text without the margin it has here."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), "utf-8")


@pytest.fixture
def library(tmp_path):
    """Return the folder of a project with a small library."""
    write(tmp_path, LIBRARY)
    return tmp_path


def names(root, source):
    """Return what a source reaches, each file as it is called in the library or among the results."""
    folders = (root / "mha_lib", root / "benchmarks" / "results")
    files = Reach(root, source).files
    return {file.relative_to(folder).as_posix() for file in files for folder in folders if file.is_relative_to(folder)}


@pytest.mark.parametrize(
    ("source", "reached"),
    [
        ("import numpy", set()),
        ("import mha_lib.soft", {"soft.py"}),
        ("import mha_lib.soft as s", {"soft.py"}),
        ("from mha_lib import soft", {"soft.py"}),
        ("from mha_lib.soft import softmax", {"soft.py"}),
        ("from mha_lib.room import arrays", ARRAYS),
        ("import mha_lib.room\nmha_lib.room.arrays.split()", ARRAYS),
        ("def later():\n    from mha_lib import soft", {"soft.py"}),
        ("from mha_lib.room.layers import Layer", LAYERS),
        ("from mha_lib.room import near", {"room/near.py"} | ARRAYS | LAYERS),
        ("from mha_lib.room import far", {"room/__init__.py", "room/far.py", "soft.py"}),
        ("run(['python', '-m', 'mha_lib.room.late'])", {"room/__init__.py", "room/late.py"}),
        ("run('python -m mha_lib.room.late build')", {"room/__init__.py", "room/late.py"}),
        ("import importlib\nimportlib.import_module('mha_lib.soft')", {"soft.py"}),
        ("'''This only speaks of mha_lib.soft.'''\ndef f():\n    '''See mha_lib.soft.'''", set()),
    ],
)
def test_imports_are_followed_wherever_they_stand(library, source, reached):
    assert names(library, source) == reached


@pytest.mark.parametrize(
    ("source", "reached"),
    [
        ("import mha_lib as mha, mha_lib.nn\nfrom mha_lib import live, plots", set()),
        ("import mha_lib as mha\nmha.softmax([1])", {"soft.py"}),
        ("import mha_lib as mha\nshow(mha.softmax)", {"soft.py"}),
        ("from mha_lib import softmax", {"soft.py"}),
        ("import mha_lib as mha\nmha.split(x)", ARRAYS),
        ("import mha_lib as mha, mha_lib.nn\nmha.nn.Layer()", LAYERS),
        ("from mha_lib import nn\nnn.Layer()", LAYERS),
        ("from mha_lib.nn import Layer", LAYERS),
        ("from mha_lib import plots\nplots.show_bars()", {"plots/bars.py"}),
        ("def f():\n    import mha_lib as mha\nmha.softmax([1])", {"soft.py"}),
        ("from mha_lib.room import asks", {"room/__init__.py", "room/asks.py", "soft.py"}),
        (
            "from mha_lib.room import opens\nopens.plots.show_maps()",
            {"room/__init__.py", "room/opens.py", "plots/maps.py"},
        ),
    ],
)
def test_at_a_door_only_the_names_count_that_are_used(library, source, reached):
    assert names(library, source) == reached


@pytest.mark.parametrize(
    "use",
    [
        "show(plots)",
        "getattr(plots, name)",
        "all_of = plots",
        "plots.show_unknown()",
        "plots.__file__",
        "plots.__dict__",
    ],
)
def test_a_door_that_is_handed_on_counts_with_all_behind_it(library, use):
    assert names(library, f"from mha_lib import plots\n{use}") >= PLOTS


def test_a_package_that_is_handed_on_counts_with_all_its_modules(library):
    room = {name.removeprefix("mha_lib/") for name in LIBRARY if name.startswith("mha_lib/room/")}
    assert room <= names(library, "from mha_lib import room\ngetattr(room, name)")


def test_a_door_within_a_door_that_is_handed_on_counts_with_all_behind_it(library):
    assert names(library, "import mha_lib as mha, mha_lib.nn\nshow(mha.nn)") == LAYERS | {"nn.py"}


@pytest.mark.parametrize(
    "source",
    [
        "from mha_lib import *",
        "import mha_lib as mha\ngetattr(mha, name)",
        "import importlib\nimportlib.import_module(name)",
        "from importlib import import_module\nimport_module(f'mha_lib.{name}')",
        "run(f'python -m mha_lib.{name}')",
        "run(f'python -m mha_lib.room.{name}')",
        "%time f()",
    ],
)
def test_what_cannot_be_read_off_reaches_all_modules(library, source):
    modules = {name.removeprefix("mha_lib/") for name in LIBRARY if name.endswith(".py")}
    assert modules <= names(library, source)


def test_a_module_that_is_more_than_a_door_counts_whole(library):
    door = library / "mha_lib" / "plots" / "__init__.py"
    door.write_text(f"{door.read_text('utf-8')}\nbars = show_bars()\n", "utf-8")
    assert names(library, "from mha_lib import plots") == PLOTS


def test_a_value_of_a_door_counts_and_nothing_beside_it(library):
    found = Reach(library, "import mha_lib as mha\nprint(mha.SENTENCE)")
    assert (found.files, found.constants) == (set(), {"mha_lib.SENTENCE": "('the', 'cat')"})
    assert Reach(library, "import mha_lib as mha\nmha.softmax()").constants == {}


def test_a_name_that_moves_behind_the_door_is_found_where_it_is(library):
    write(library, {"mha_lib/__init__.py": "from mha_lib.words import softmax\n__all__ = ['softmax']"})
    assert names(library, "import mha_lib as mha\nmha.softmax()") == {"words.py", "data/vectors.npz"}


@pytest.mark.parametrize(
    ("cell", "reached"),
    [
        ("def split(): ...", set()),
        ("checks.check(split)", ROOM_CHECKS),
        ("checks.check(f(mine.split))", ROOM_CHECKS),
        ("checks.hint('split')", ROOM_CHECKS),
        ("checks.hint(exercise_id='split')", ROOM_CHECKS),
        ("checks.predict('split')", set()),
    ],
)
def test_an_exercise_counts_where_the_checkers_are_asked_about_it(library, cell, reached):
    assert names(library, f"from mha_lib import checks\n{cell}") == CHECKS | reached


def test_a_checker_that_is_imported_by_itself_is_followed_too(library):
    assert names(library, "from mha_lib.checks import check\ncheck(split)") == CHECKS | ROOM_CHECKS


@pytest.mark.parametrize("cell", ["checks.hint(name)", "map(checks.hint, found)", "checks.exercises()", "f(checks)"])
def test_where_it_cannot_be_read_off_which_exercise_is_meant_all_count(library, cell):
    found = names(library, f"from mha_lib import checks\n{cell}")
    assert found == CHECKS | ROOM_CHECKS | ARRAYS | {"checks/room/merge.py"}


@pytest.mark.parametrize(
    ("source", "reached"),
    [
        ("import mha_lib.words", {"words.py", "data/vectors.npz"}),
        ("import mha_lib.other_words", {"other_words.py", "data/vectors.npz"}),
        ("import mha_lib.model", {"model.py", "data/encoder/config.json", "data/encoder/model.bin"}),
        (
            "import mha_lib.any_data",
            {"any_data.py", "data/vectors.npz", "data/encoder/config.json", "data/encoder/model.bin"},
        ),
        ("import mha_lib.live.view", {"live/view.py", "live/view.js"}),
        ("import mha_lib.live.kernel", {"live/kernel.py", "room/late.py"}),
        ("'vectors.npz'", set()),
        ("from mha_lib import soft\nopen(soft.__file__ + 'x/vectors.npz')", {"soft.py", "data/vectors.npz"}),
    ],
)
def test_data_counts_where_a_module_that_looks_for_files_names_it(library, source, reached):
    assert names(library, source) == reached


@pytest.mark.parametrize(
    ("source", "reached"),
    [
        ("import mha_lib.counts", {"counts.py"} | SPEED),
        ("from mha_lib import stored\nstored.newest('long_name')", {"stored.py"} | LONG),
        ("from mha_lib import stored\nNAME = 'speed'\nstored.newest(NAME)", {"stored.py"} | SPEED),
        ("from mha_lib import stored\nstored.newest(name)", {"stored.py"} | SPEED | LONG),
        ("from mha_lib import counts, stored\nstored.newest('long_name')", {"stored.py", "counts.py"} | SPEED | LONG),
        ("from mha_lib import other, stored\nstored.newest('long_name')", {"stored.py", "other.py"} | LONG),
        ("'speed'", set()),
    ],
)
def test_results_count_where_their_name_is_given_to_who_reads_them(library, source, reached):
    assert names(library, source) == reached


@pytest.mark.parametrize(
    ("number", "certain"),
    [
        ("01", {"mha_lib/similarity/words.py", "mha_lib/data/word_vectors.npz", "mha_lib/plots/vectors.py"}),
        ("04", {"mha_lib/masks.py", "mha_lib/checks/masks/padding_mask.py", "mha_lib/diagnosis/judge.py"}),
    ],
)
def test_a_chapter_that_runs_uses_no_file_that_it_is_not_known_to_reach(number, certain, tmp_path):
    command = [sys.executable, "-m", "tests.course.build.executed", number]
    variables = {**environment(tmp_path), "MPLBACKEND": "agg"}
    run = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    marks = dict(reversed(line.split()) for line in run.stdout.splitlines())
    assert [name for name, mark in marks.items() if mark == "MISSED"] == []
    assert certain <= set(marks)

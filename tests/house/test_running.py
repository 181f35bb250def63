"""How the tests are run: as many workers as the machine takes, long files first, and nothing left out in silence."""

import os
import re
import subprocess
import sys

import pytest

from course.project import ROOT
from tests.support import side_by_side

GIB = 1 << 30


@pytest.mark.parametrize(
    ("processors", "free", "expected"), [(8, 64 * GIB, 8), (8, 7 * GIB, 3), (2, 24 * GIB, 2), (4, GIB, 1)]
)
def test_there_is_a_worker_for_each_processor_as_far_as_memory_goes(processors, free, expected):
    assert side_by_side.as_many_as(processors, free) == expected


def test_every_file_that_is_called_long_or_is_cut_exists():
    notebooks = {re.sub(r"/\d\d_", "/", f"solutions/{path.name}") for path in (ROOT / "solutions").glob("*.ipynb")}
    named = {*side_by_side.SECONDS, *side_by_side.CUTS}
    assert [name for name in named if name not in notebooks and not (ROOT / name).is_file()] == []
    assert notebooks & named
    assert side_by_side.CUTS


def test_the_tests_of_a_file_run_together_unless_it_is_cut(monkeypatch):
    monkeypatch.setattr(side_by_side, "CUTS", {"tests/test_a.py": r"\b[de]\b"})
    ids = [
        "b.py::test_y[d]",
        "b.py::test_y[e]",
        "a.py::test_y[d-1]",
        "a.py::test_z[2-d]",
        "a.py::test_y[e]",
        "a.py::test_z",
    ]
    units = ["b.py", "b.py", "a.py d", "a.py d", "a.py e", "a.py"]
    assert [side_by_side.unit(f"tests/test_{each}") for each in ids] == [f"tests/test_{each}" for each in units]


SHORT = """\
import pytest


@pytest.mark.parametrize("i", range(5))
def test_short(i):
    pytest.skip("needs luck: try again")
"""
LONG = "from tests.support.side_by_side import SECONDS\n\nSECONDS['test_z.py'] = 60\n"


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Return what pytest says of a folder of tests, run by one worker, with the hooks of this repository."""
    folder = tmp_path_factory.mktemp("running")
    files = {"pytest.ini": "[pytest]\n", "long.py": LONG, "test_z.py": "def test_long():\n    pass\n"}
    for name, source in {**files, "test_a.py": SHORT, "test_b.py": SHORT}.items():
        (folder / name).write_text(source)
    plugins = ["-p", "conftest", "-p", "long", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", "-v", "-n", "auto", *plugins]
    variables = {"PYTHONPATH": str(ROOT), "PYTEST_XDIST_AUTO_NUM_WORKERS": "1"}
    done = subprocess.run(command, cwd=folder, env=os.environ | variables, capture_output=True, text=True, check=False)
    return done.stdout


def test_a_long_file_is_begun_first(told):
    begun = re.findall(r"(test_\w\.py)::", told)
    assert begun[0] == "test_z.py"
    assert set(begun) == {"test_a.py", "test_b.py", "test_z.py"}


def test_what_was_skipped_is_told_at_the_end(told):
    assert re.search(r"left out here, and what it takes =+\n   10 tests  needs luck: try again\n", told)

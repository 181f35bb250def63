"""Break every guard once, in a copy: `python -m tests.attacks.sabotage [part of a name]`. Its test must fail.

Everything but the grader and the tests is loaded once; each test runs in a fork, which loads those from the copy.
"""

import functools
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

import pytest

import mha_lib.nn  # noqa: F401 - loaded here, so that no fork need load it
from course.project import ROOT
from mha_lib import checks
from tests.attacks.guards import GUARDS

LEFT = shutil.ignore_patterns(".git", ".venv", "_build", "__pycache__", "*.egg-info")
SECONDS = 300


def main(wanted=""):
    """Break the guards whose name holds `wanted`; return how many tests did not notice."""
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"  # or a test may find what an earlier one has compiled
    sys.dont_write_bytecode = True
    checks.exercises()
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        shutil.copytree(ROOT, copy, ignore=left)
        unnoticed = [guard for guard in GUARDS if wanted in guard.what and not notices(guard, copy)]
    print(f"{len(unnoticed)} not noticed", *(guard.what for guard in unnoticed), sep="\n  ")
    return len(unnoticed)


def left(folder, names):
    """Return what is not copied of a folder: what is made, among it the checkout's own `build`."""
    return LEFT(folder, names) | {name for name in names if Path(folder, name) == ROOT / "build"}


def notices(guard, copy):
    """Return whether a guard's test passes as things are, and fails when the guard is broken in the copy."""
    path = copy / guard.path
    whole = path.read_text("utf-8")
    before = passes_whole(guard.test, copy)
    path.write_text(whole.replace(guard.right, guard.wrong), "utf-8")
    after = passes(guard.test, copy)
    path.write_text(whole, "utf-8")
    print(f"{guard.what}: {guard.test.partition('::')[2]}: whole {before}, broken {after}", flush=True)
    return before and not after


@functools.cache
def passes_whole(test, copy):
    """Return whether a test passes as things are; asked once, for several guards may share a test."""
    return passes(test, copy)


def passes(test, copy):
    """Return whether a test passes; one that hangs does not."""
    process = os.fork()
    if process == 0:
        run(test, copy)
    return os.waitpid(process, 0)[1] == 0


def run(test, copy):
    """Run a test of the copy in this process, and end it."""
    for name in [name for name in sys.modules if name.partition(".")[0] in ("course", "tests")]:
        del sys.modules[name]
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.chdir(copy)
    sys.path.insert(0, str(copy))
    signal.alarm(SECONDS)
    os._exit(pytest.main(["-q", "-x", "-p", "no:xdist", test]))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

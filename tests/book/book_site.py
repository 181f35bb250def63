"""The built book, for the tests that look at it: built once a run, and only if it is not there already."""

import functools
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BOOK = ROOT / "book"
SITE = BOOK / "_build" / "html"
COMMAND = ("build", "book", "-W", "-n", "--keep-going")

sys.path.append(str(BOOK / "_ext"))

from mha_book import clean  # noqa: E402 - the extension lives outside of the import path


def site():
    """Return the folder of a site without warnings, made from the sources as they are now.

    Raises AssertionError, with the build's last lines, if there was a warning.
    """
    said = what_a_build_says()
    assert clean.is_fresh(BOOK), said
    return SITE


@functools.cache
def what_a_build_says():
    """Return the end of a build's output, or nothing if the site is there already; build at most once."""
    if clean.is_fresh(BOOK):
        return ""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    return first_worker_builds(Path(tempfile.gettempdir()) / f"mha-book-{run}") if run else build()


def first_worker_builds(turn):
    """Return what the build says: the first of pytest-xdist's workers to come here builds, the others wait for it."""
    try:
        turn.mkdir()
    except FileExistsError:
        wait_for(turn / "done")
    else:
        (turn / "log").write_text(build(), "utf-8")
        (turn / "done").touch()
    return (turn / "log").read_text("utf-8")


def wait_for(path, seconds=300):
    """Return when a file exists. Raises TimeoutError."""
    for _ in range(seconds * 10):
        if path.exists():
            return
        time.sleep(0.1)
    raise TimeoutError(f"{path} did not appear in {seconds} s")


def build():
    """Run the book's build command, as `make book` does; return its exit code and the end of what it says."""
    program = shutil.which("jupyter-book", path=str(Path(sys.executable).parent))
    done = subprocess.run([program, *COMMAND], cwd=ROOT, capture_output=True, text=True, check=False)
    return f"exit code {done.returncode}\n{done.stdout[-1000:]}\n{done.stderr[-3000:]}"


def pages():
    """Return the paths of the site's pages, in order."""
    return sorted(path for path in site().rglob("*.html") if "_static" not in path.relative_to(SITE).parts)

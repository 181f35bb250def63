"""Workers and graders that the system kills: nothing that was graded is lost, and the same command goes on."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from course.grade.order import Order, grade
from course.grade.places import Nowhere
from course.project import ROOT
from tests.attacks.notebooks import notebook

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux: the grader's child does")
NAMES = ("anna", "ben", "carla", "dora")
WAITING = "import os, time\n\n\ndef dot(a, b):\n    while not os.path.exists({gate!r}):\n        time.sleep(0.1)"
ANSWER = "def dot(a, b):\n    return a @ b"


@dataclass(frozen=True)
class Deadly(Nowhere):
    """A place where whoever starts a child is killed, as for want of memory, as long as a file is there."""

    flag: str = ""
    once: bool = True

    def start(self):
        """Return the started child, or do not come back."""
        if os.path.exists(self.flag):
            if self.once:
                Path(self.flag).unlink(missing_ok=True)
            os.kill(os.getpid(), signal.SIGKILL)
        return super().start()


def fill(folder):
    """Put one right answer of each learner into a new folder."""
    folder.mkdir()
    for name in NAMES:
        (folder / f"{name}.ipynb").write_bytes(notebook(ANSWER))


def contents(out):
    """Return the bytes of every output."""
    return {path.relative_to(out): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}


@pytest.fixture
def folder(tmp_path):
    """Return a folder of submissions."""
    fill(tmp_path / "in")
    return tmp_path / "in"


def graded(folder, out, place, workers=2):
    """Return the total of each learner."""
    rows = grade(Order(folder, out, chapters=["1"], seed=3, workers=workers, place=place))
    return {row.submission.user: row.total for row in rows}


def test_a_worker_that_is_killed_costs_nobody_a_point(folder, tmp_path):
    flag = tmp_path / "flag"
    flag.touch()
    assert graded(folder, tmp_path / "out", Deadly(flag=str(flag))) == dict.fromkeys(NAMES, 1)
    assert not flag.exists()
    graded(folder, tmp_path / "quiet", Nowhere(), workers=1)
    assert contents(tmp_path / "out") == contents(tmp_path / "quiet")


def test_where_every_worker_is_killed_it_is_told_and_the_same_command_grades_them_later(folder, tmp_path):
    flag = tmp_path / "flag"
    flag.touch()
    deadly = Deadly(flag=str(flag), once=False)
    assert graded(folder, tmp_path / "out", deadly) == dict.fromkeys(NAMES, 0)
    account = json.loads((tmp_path / "out" / "run.json").read_text())
    assert all("brought down" in each["note"] for each in account["submissions"])
    flag.unlink()
    assert graded(folder, tmp_path / "out", deadly) == dict.fromkeys(NAMES, 1)


def test_a_file_that_changes_is_graded_again_and_only_that(folder, tmp_path):
    graded(folder, tmp_path / "out", Nowhere())
    (folder / "ben.ipynb").write_bytes(notebook("def dot(a, b):\n    return a + b"))
    kept = tmp_path / "out" / ".graded"
    before = {path.name: path.stat().st_mtime_ns for path in kept.iterdir()}
    assert graded(folder, tmp_path / "out", Nowhere()) == {**dict.fromkeys(NAMES, 1), "ben": 0}
    after = {path.name: path.stat().st_mtime_ns for path in kept.iterdir()}
    assert after.items() > before.items()
    assert len(after) == len(before) + 1


def hear_interruptions():
    """Have a new process hear Ctrl-C, which those that a script starts in the background are born deaf to."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.parametrize(("stop", "code"), [(signal.SIGKILL, -signal.SIGKILL), (signal.SIGINT, 130)])
def test_a_grader_that_is_killed_leaves_no_worker_and_goes_on_where_it_was(folder, tmp_path, stop, code):
    gate = tmp_path / "gate"
    for name in ("slow-a", "slow-b"):
        (folder / f"{name}.ipynb").write_bytes(notebook(WAITING.format(gate=str(gate))))
    out, command = tmp_path / "out", [sys.executable, "-m", "course.grade", str(folder), str(tmp_path / "out")]
    command += ["--chapters", "1", "--seed", "3", "--unsafe-no-sandbox"]
    grader = subprocess.Popen(
        command, cwd=ROOT, start_new_session=True, stderr=subprocess.DEVNULL, preexec_fn=hear_interruptions
    )
    kept = until(lambda: list((out / ".graded").glob("[a-d]*.json")))
    grader.send_signal(stop)
    assert grader.wait() == code
    try:
        assert until(lambda: not others_of(grader.pid), 20), "a worker outlived the grader"
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(grader.pid, signal.SIGKILL)
    before = {path: path.stat().st_mtime_ns for path in kept}
    gate.touch()
    assert subprocess.run(command, cwd=ROOT, capture_output=True).returncode == 0
    assert {path: path.stat().st_mtime_ns for path in kept} == before
    assert [path.stem for path in sorted((out / "feedback").iterdir())] == [*NAMES, "slow-a", "slow-b"]


def until(found, seconds=60):
    """Return the first true value that a function gives."""
    for _ in range(seconds * 10):
        if value := found():
            return value
        time.sleep(0.1)
    raise TimeoutError


def others_of(group):
    """Return the processes of a group that are still alive."""
    stats = [stat for path in Path("/proc").glob("[0-9]*/stat") if (stat := facts(path))]
    return [stat for stat in stats if int(stat[2]) == group and stat[0] != "Z"]


def facts(path):
    """Return what the system tells of a process after its name, or nothing if it has ended in the meantime."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return path.read_text().rpartition(")")[2].split()
    return []


def test_parts_that_were_graded_apart_make_one_table(folder, tmp_path):
    whole, together = tmp_path / "whole", tmp_path / "together"
    graded(folder, whole, Nowhere())
    for number, names in enumerate((NAMES[:2], NAMES[2:])):
        part = tmp_path / f"part{number}"
        part.mkdir()
        for name in names:
            (part / f"{name}.ipynb").write_bytes((folder / f"{name}.ipynb").read_bytes())
        graded(part, tmp_path / f"out{number}", Nowhere())
        (together / ".graded").mkdir(parents=True, exist_ok=True)
        for path in (tmp_path / f"out{number}" / ".graded").iterdir():
            (together / ".graded" / path.name).write_bytes(path.read_bytes())
    before = {path: path.stat().st_mtime_ns for path in (together / ".graded").iterdir()}
    graded(folder, together, Nowhere())
    assert contents(together) == contents(whole)
    assert {path: path.stat().st_mtime_ns for path in before} == before

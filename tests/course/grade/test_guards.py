"""Each guard of the grader by itself: what it forbids is tried from inside, or its part is asked directly.

`tests/attacks/guards.py` lists the guards with the test of each; many of those tests are here.
"""

import ast
import contextlib
import mmap
import os
import selectors
import signal
import struct
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from course.grade import catalog, grading, marking, places, probe, run, sandbox, seccomp, settings
from course.grade.box import Box, Gone, popen
from course.grade.feedback import head, plain
from course.grade.inside import answering, limits, wire
from course.grade.order import Order, grade
from course.grade.places import Bubblewrap, Nowhere
from course.grade.results import counting
from course.grade.session import Answer, Job, Session
from course.grade.submission import MAX_BYTES, MAX_CELLS, Submission, Unreadable, cells_of, read_bytes, submissions
from course.grade.things import from_data
from course.project import ROOT
from mha_lib.diagnosis.judge import probes_for
from mha_lib.gpu.measurements import SimulatedCard
from tests.course.grade.grading import needs_sandbox

needs_filter = pytest.mark.skipif(
    not seccomp.is_known(), reason="needs a machine whose calls can be filtered: Linux on x86-64 or ARM"
)
needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux: the grader's child does")
NONE = b"0\x00\x00\x00\x00"
LIBC = "import ctypes, os\n\n\ndef libc():\n    return ctypes.CDLL(None, use_errno=True)\n\n\n"


def inside(source, arguments=(), place=None, calls=1, torch=False):
    """Return the Answer of a function `ask` that runs where answers run."""
    job = Job("ask", [[1, source]], {}, "plain", (), [(tuple(arguments), {})] * calls)
    with Session(place or Bubblewrap(), torch) as session:
        return session.ask(job)


def said(source, *arguments, place=None):
    """Return what a function returned inside. Fails if it did not come to an end."""
    answer = inside(source, arguments, place)
    assert answer.end == "done", answer
    return answer.outcomes[0]["value"] if "value" in answer.outcomes[0] else answer.outcomes[0]["error"]["type"]


@needs_sandbox
def test_every_limit_is_set_where_an_answer_runs():
    told = said(
        "import resource\n\n\ndef ask(names):\n"
        "    return [list(resource.getrlimit(getattr(resource, 'RLIMIT_' + name))) for name in names]",
        ["CPU", "AS", "NOFILE", "FSIZE", "NPROC", "CORE"],
    )
    memory = told.pop(1)
    most = [limits.SECONDS + 1, limits.FILES, limits.FILE_BYTES, limits.PROCESSES, 0]
    assert told == [[limit, limit] for limit in most]
    assert memory[0] == memory[1]
    assert limits.MEMORY < memory[0] < limits.MEMORY + (1 << 29), "Python and NumPy take less than half a gigabyte"


@needs_sandbox
@pytest.mark.parametrize("torch", [False, True])
def test_an_answer_has_all_its_memory_beside_what_is_loaded(torch):
    source = "def ask(size):\n    return len(bytearray(size))"
    near = limits.MEMORY - (1 << 26)
    assert inside(source, (near,), torch=torch).outcomes[0].get("value") == near
    too_much = inside(source, (limits.MEMORY + limits.NEAR,), torch=torch).outcomes[0]
    assert too_much["error"]["type"] == "MemoryError"


def test_what_is_mapped_is_known_to_16_megabytes_and_no_limit_stays():
    resource = pytest.importorskip("resource")
    if not Path("/proc/self/statm").exists():
        pytest.skip("only Linux tells how much is mapped")
    before = resource.getrlimit(resource.RLIMIT_AS)
    told = limits.mapped()
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    assert 0 <= told - pages * mmap.PAGESIZE <= limits.NEAR + (1 << 20)
    assert resource.getrlimit(resource.RLIMIT_AS) == before


@needs_sandbox
@pytest.mark.parametrize(
    ("attempt", "error"),
    [
        ("bytearray(3 << 30)", "MemoryError"),
        ("[open('/dev/null') for _ in range(100)]", "OSError"),
        ("os.fork()", "BlockingIOError"),
        ("os.write(os.memfd_create('x'), bytes(9))", "OSError"),
        ("open('/tmp/x', 'w')", "OSError"),
        ("open('/proc/self/maps')", "FileNotFoundError"),
        ("open('/etc/hostname')", "FileNotFoundError"),
    ],
)
def test_what_would_pass_a_limit_fails_inside(attempt, error):
    assert said(f"import os\n\n\ndef ask():\n    return len(str({attempt}))") == error


@needs_sandbox
def test_an_answer_that_sends_too_much_is_cut_off():
    assert inside("def ask():\n    return np.zeros(120_000)", calls=3).end == "done"
    assert inside("def ask():\n    return np.zeros(120_000)", calls=9).end == "bytes"


@needs_sandbox
def test_an_answer_holds_no_line_but_its_own_and_prints_to_nowhere():
    kinds = said(
        "import os, stat\n\n\ndef ask():\n    found = []\n    for number in range(64):\n"
        "        try:\n            mode = os.fstat(number).st_mode\n        except OSError:\n            continue\n"
        "        found.append('pipe' if stat.S_ISFIFO(mode) else 'device' if stat.S_ISCHR(mode) else 'other')\n"
        "    return found"
    )
    assert kinds == ["device"] * 3 + ["pipe"] * 2


@needs_sandbox
def test_no_process_can_look_into_another():
    assert said(LIBC + "def ask():\n    return libc().prctl(3, 0, 0, 0, 0)") == 0


@needs_sandbox
def test_an_answer_ends_with_its_parent():
    read = "def ask():\n    signal = ctypes.c_int()\n    libc().prctl(2, ctypes.byref(signal))\n    return signal.value"
    assert said(LIBC + read) == 9


@needs_sandbox
def test_an_answer_that_sleeps_is_ended():
    assert inside("import time\n\n\ndef ask():\n    time.sleep(60)").end == "time"


@needs_sandbox
def test_an_answer_that_changes_its_inputs_is_told_from_one_that_does_not():
    for source, changed in (("x[:] = 0", True), ("x = x * 0", False)):
        answer = inside(f"def ask(x):\n    {source}\n    return x", [np.ones(3)])
        assert answer.outcomes[0]["changed"] is changed


@needs_sandbox
@pytest.mark.skipif(not sandbox.is_root(), reason="needs root: only root has groups to drop")
def test_roots_groups_are_dropped_too():
    assert said("import os\n\n\ndef ask():\n    return [os.getuid() > 0, os.getgroups()]") == [True, []]
    assert "--clear-groups" in sandbox.command()


TRY_CALLS = (
    LIBC + "def ask(numbers):\n    result = []\n    for number in numbers:\n        ctypes.set_errno(0)\n"
    "        failed = libc().syscall(ctypes.c_long(number), *[ctypes.c_long(0)] * 6) == -1\n"
    "        result.append(ctypes.get_errno() if failed else 0)\n    return result"
)
EPERM, ENOSYS = 1, 38


@needs_sandbox
@needs_filter
def test_each_denied_call_fails_inside_and_some_would_not_without_the_filter(monkeypatch):
    column, _ = seccomp.MACHINES[os.uname().machine]
    numbers = [both[column] for both in seccomp.DENIED.values()]
    assert said(TRY_CALLS, numbers) == [EPERM] * len(numbers)
    assert said(TRY_CALLS, [seccomp.CLONE3]) == [ENOSYS]
    monkeypatch.setattr(places.seccomp, "is_known", lambda: False)
    without = dict(zip(seccomp.DENIED, said(TRY_CALLS, numbers), strict=True))
    assert {"ptrace", "unshare", "keyctl", "setns"} <= {name for name, error in without.items() if error != EPERM}


@needs_sandbox
@needs_filter
@pytest.mark.parametrize("flag", [0x10000000, 0x20000, 0x20000000, 0x40000000, 0x4000000, 0x8000000, 0x2000000])
def test_clone_makes_no_namespace(flag):
    number = seccomp.CLONE[seccomp.MACHINES[os.uname().machine][0]]
    assert said(TRY_CALLS.replace("[ctypes.c_long(0)] * 6", f"[ctypes.c_long({flag})] * 6"), [number]) == [EPERM]


@needs_sandbox
def test_an_answer_makes_no_namespace_even_without_the_filter(monkeypatch):
    monkeypatch.setattr(places.seccomp, "is_known", lambda: False)
    assert said(LIBC + "def ask():\n    return libc().unshare(0x10000000)") == -1
    options = subprocess.run(["bwrap", "--help"], capture_output=True, text=True, check=True)
    assert ("--disable-userns" in sandbox.command()) == ("--disable-userns" in options.stdout + options.stderr)


@needs_sandbox
def test_every_door_is_closed_even_without_the_filter(monkeypatch):
    monkeypatch.setattr(places.seccomp, "is_known", lambda: False)
    assert probe.open_doors(probe.tried(Bubblewrap())) == []
    assert said("import os\n\n\ndef ask():\n    return os.getppid()") < 10


@needs_sandbox
@needs_filter
def test_no_kind_of_socket_is_had():
    for family in (1, 2, 10, 16, 40):
        assert (
            said(f"import socket\n\n\ndef ask():\n    return socket.socket({family}, 1).fileno()") == "PermissionError"
        )


@needs_filter
@pytest.mark.parametrize("machine", seccomp.MACHINES)
def test_the_filter_ends_calls_of_another_machine_and_of_x32(machine, monkeypatch):
    monkeypatch.setattr(seccomp.platform, "machine", lambda: machine)
    column, known = seccomp.MACHINES[machine]
    assert verdict_of(seccomp.program(), 0, known ^ 1) == seccomp.KILL
    assert verdict_of(seccomp.program(), 0x40000000, known) == seccomp.EPERM
    assert verdict_of(seccomp.program(), seccomp.DENIED["bpf"][column], known) == seccomp.EPERM
    assert verdict_of(seccomp.program(), seccomp.CLONE[column], known, 17) == seccomp.ALLOW
    assert verdict_of(seccomp.program(), seccomp.CLONE[column], known, 0x10000011) == seccomp.EPERM
    assert verdict_of(seccomp.program(), 0, known) == seccomp.ALLOW


def verdict_of(program, number, machine, argument=0):
    """Return what a filter says of a call, step by step as the kernel does."""
    facts = {seccomp.NUMBER: number, seccomp.MACHINE: machine, seccomp.FIRST_ARGUMENT: argument}
    lines, place, loaded = list(struct.iter_unpack("=HBBI", program)), 0, 0
    while lines[place][0] != seccomp.RETURN:
        code, yes, no, value = lines[place]
        if code == seccomp.LOAD:
            loaded, yes = facts[value], 0
        holds = {seccomp.EQUAL: loaded == value, seccomp.AT_LEAST: loaded >= value, seccomp.ANY_BIT: loaded & value}
        place += 1 + (yes if holds.get(code, True) else no)
    return lines[place][3]


def test_a_machine_without_a_filter_is_told_in_every_report(monkeypatch):
    monkeypatch.setattr(seccomp.platform, "machine", lambda: "riscv64")
    monkeypatch.setattr(
        sandbox.subprocess, "run", lambda *a, **k: subprocess.CompletedProcess(a, 0, "bubblewrap 0.8.0")
    )
    assert "calls not filtered" in sandbox.describe()


@needs_sandbox
def test_when_the_grader_is_killed_its_sandbox_ends_even_if_it_was_stopped():
    code = "import sys; from course.grade.places import Bubblewrap; from course.grade.box import Box\n"
    code += "print(Box(Bubblewrap(), False).process.pid, flush=True); sys.stdin.read()"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, **pipes) as grader:
        line = descendants(int(grader.stdout.readline()))
        os.kill(line[-1], signal.SIGSTOP)
        grader.kill()
    try:
        assert [process for process in line if not ends(process)] == [], "a sandbox outlived the grader"
    finally:
        for process in line:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)


@needs_sandbox
def test_a_box_that_is_closed_leaves_nothing_even_if_it_was_stopped():
    box = Box(Bubblewrap(), False)
    line = descendants(box.process.pid)
    os.kill(line[-1], signal.SIGSTOP)
    box.close()
    assert [process for process in line if not ends(process)] == []


def descendants(process):
    """Return a process, its child, the child of that, and so on."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [process, *(descendants(int(children[0])) if children else [])]


def ends(process, seconds=5):
    """Return whether a process that is not ours to wait for ends in time."""
    for _ in range(seconds * 10):
        try:
            state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.1)
    return False


@needs_linux
def test_a_child_that_is_silent_or_talks_without_end_is_given_up():
    box = Box.__new__(Box)
    for command, words in (
        ("sleep 20", "in time"),
        ("printf 'o\\377\\377\\377\\177'", "are taken"),
        ("true", "without"),
    ):
        box.process, box.buffer, box.selector = popen(["sh", "-c", command]), bytearray(), selectors.DefaultSelector()
        box.selector.register(box.process.stdout, 1)
        with pytest.raises(Gone, match=words):
            box.receive(0.5)
        box.close()


@needs_linux
def test_a_child_that_dies_costs_one_answer_and_is_replaced():
    source = "import os, signal\n\n\ndef ask(kill):\n    return os.kill(os.getppid(), 9) if kill else 5"
    with Session(Nowhere(), False) as session:
        ask = [Job("ask", [[1, source]], {}, "plain", (), [((kill,), {})]) for kill in (False, True, False)]
        answers = [session.ask(job) for job in ask]
    assert [answer.end for answer in answers] == ["done", "died", "done"]
    assert answers[2].outcomes[0]["value"] == 5


def test_the_grader_neither_unpickles_nor_runs_what_it_reads():
    folder = ROOT / "course" / "grade"
    for path in [*sorted(folder.glob("*.py")), folder / "inside" / "wire.py"]:
        tree = ast.parse(path.read_text("utf-8"))
        names = {
            alias.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
        }
        names |= {(node.module or "").split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert not names & {"pickle", "marshal", "shelve", "dill", "joblib", "torch", "nbclient"}, path
        called = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        assert not called & {"eval", "exec", "compile", "np.load", "pickle.loads", "torch.load"}, path


def notebook_of(num_cells):
    """Return the bytes of a notebook with so many empty cells."""
    return b'{"nbformat": 4, "cells": [' + b",".join([b"{}"] * num_cells) + b"]}"


def test_a_file_is_read_up_to_its_limits(tmp_path):
    path = tmp_path / "a.ipynb"
    path.write_bytes(bytes(MAX_BYTES))
    assert len(read_bytes(path)) == MAX_BYTES
    path.write_bytes(bytes(MAX_BYTES + 1))
    with pytest.raises(Unreadable, match=str(MAX_BYTES)):
        read_bytes(path)
    assert cells_of(notebook_of(MAX_CELLS)) == []
    with pytest.raises(Unreadable, match=str(MAX_CELLS)):
        cells_of(notebook_of(MAX_CELLS + 1))


@needs_linux
def test_links_and_pipes_are_not_followed(tmp_path):
    (tmp_path / "secret").write_text("x")
    (tmp_path / "link.ipynb").symlink_to(tmp_path / "secret")
    os.mkfifo(tmp_path / "pipe.ipynb")
    for name in ("link", "pipe"):
        with pytest.raises(Unreadable, match="link"):
            read_bytes(tmp_path / f"{name}.ipynb")


@needs_linux
def test_a_link_to_a_folder_is_not_searched(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "x.ipynb").write_bytes(notebook_of(1))
    (tmp_path / "in" / "anna").symlink_to(tmp_path / "other")
    (tmp_path / "in" / "ben.ipynb").write_bytes(notebook_of(1))
    assert [each.user for each in submissions(tmp_path / "in")] == ["ben"]


@needs_linux
def test_what_came_between_looking_and_opening_is_no_link(tmp_path, monkeypatch):
    path = tmp_path / "a.ipynb"
    path.write_text("x")
    regular = os.lstat(path)
    path.unlink()
    path.symlink_to("/etc/hostname")
    monkeypatch.setattr("course.grade.submission.os.lstat", lambda path: regular)
    with pytest.raises(OSError, match="symbolic links"):
        read_bytes(path)


@pytest.mark.parametrize(
    "data",
    [
        b"l\x01\x00\x00\x00" * 50 + NONE,
        b"l\x02\x00\x00\x00" + 2 * (b"l\x98\x3a\x00\x00" + NONE * 15_000),
        b"i\xf4\x01\x00\x00" + b"9" * 500,
        b"a\x02\x00\x00\x00\x05\x40",
        b"d\x01\x00\x00\x00i\x01\x00\x00\x001" + NONE,
    ],
    ids=["depth", "items", "digits", "dimensions", "keys"],
)
def test_a_bomb_of_bytes_is_refused(data):
    with pytest.raises(wire.WireError):
        wire.loads(data)


def test_arrays_of_objects_have_no_way_over_the_wire():
    assert not [name for name in wire.DTYPES if np.dtype(name).hasobject]


def test_only_the_object_that_is_wanted_is_made_anew():
    wanted = SimulatedCard()
    module, state = SimulatedCard.__module__, {**vars(wanted), "heat": 0.5}
    assert from_data(wire.Instance(module, "SimulatedCard", state), wanted).heat == 0.5
    for other in (
        wire.Instance("subprocess", "Popen", state),
        wire.Instance("mha_lib.diagnosis.exercise", "Verdict", state),
        wire.Instance(module, "SimulatedCard", {**state, "more": 1}),
        wire.Instance(module, "SimulatedCard", {**state, "cached": np.zeros(10**4)}),
    ):
        with pytest.raises(ValueError, match=r"no object|attributes"):
            from_data(other, wanted)


@pytest.mark.parametrize("text", ["<b>", "a&b", '"', "\x1b[31m", "\u202e", "\ue000", "\ud800"])
def test_a_strangers_text_is_escaped_and_cannot_steer_a_page(text):
    assert not set(plain(text)) & set('<>"\x1b\u202e\ue000\ud800')
    assert "&b" not in plain(text)


def row(stamp, late):
    """Return a row of one user, as far as it matters for what counts."""
    return type("Row", (), {"submission": Submission("p", f"x@{stamp}", "x", stamp), "late": late})


def test_of_late_files_the_last_counts_only_if_there_is_none_in_time():
    early, good, late, later = row("1", False), row("2", False), row("3", True), row("4", True)
    assert counting([late, good, early, later]) == [good]
    assert counting([later, late]) == [later]


@pytest.mark.parametrize("name", ["seed", "versions", "sandbox", "deadline", "exercises"])
def test_results_of_two_kinds_are_not_mixed(tmp_path, name):
    wanted = {"seed": 1, "versions": "a", "sandbox": "b", "deadline": "c", "exercises": ["d"]}
    assert settings.settle(tmp_path, wanted) == settings.settle(tmp_path, wanted)
    with pytest.raises(settings.CourseError, match=name):
        settings.settle(tmp_path, {**wanted, name: "other"})


def test_a_seed_that_is_not_given_is_fresh_and_kept(tmp_path):
    first, second = ({"seed": None, "versions": "a"} for _ in range(2))
    kept = settings.settle(tmp_path / "a", first)["seed"]
    assert kept == settings.settle(tmp_path / "a", second)["seed"] != settings.settle(tmp_path / "b", second)["seed"]


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    run.write(tmp_path / "x", "old")

    def power_cut(*names):
        raise KeyboardInterrupt

    monkeypatch.setattr(run.os, "replace", power_cut)
    with pytest.raises(KeyboardInterrupt):
        run.write(tmp_path / "x", "new")
    assert (tmp_path / "x").read_text() == "old"


def test_what_cannot_be_graded_is_not_kept_as_if_it_were(tmp_path):
    each = Submission("p", "x", "x", "")
    run.keep(tmp_path, each, {"hash": "", "marks": []})
    assert not list(tmp_path.rglob("*.json"))


def test_a_self_test_that_does_not_come_back_stops_all(monkeypatch):
    monkeypatch.setattr(probe.Session, "ask", lambda self, job: Answer(end="died"))
    assert "did not finish" in probe.why_not(Nowhere())


@pytest.mark.parametrize("name", ["network", "root", "file /x"])
def test_one_open_door_stops_all_and_is_named(monkeypatch, name):
    monkeypatch.setattr(probe, "tried", lambda place: {"doors": {name: False, "other": True}, "variables": []})
    assert name in probe.why_not(Nowhere())


def test_a_library_that_lies_in_what_is_shown_is_covered(tmp_path, monkeypatch):
    monkeypatch.setattr(sandbox, "packages", lambda: [tmp_path])
    monkeypatch.setattr(sandbox, "no_more_namespaces", list)  # which asks bubblewrap, and it may be missing
    assert sandbox.hidden(tmp_path / "mha_lib") == []
    (tmp_path / "mha_lib").mkdir()
    assert sandbox.hidden(tmp_path / "mha_lib")[:2] == ["--tmpfs", str(tmp_path / "mha_lib")]
    assert str(tmp_path / "mha_lib") in sandbox.command()


class Here:
    """A session without a sandbox: a function is asked in place of a notebook."""

    def __init__(self, function):
        self.function = function

    def ask(self, job):
        """Return the function's answer to a job."""
        outcomes = [answering.outcome(job.message(), self.function, None, given) for given in job.inputs]
        return Answer(True, True, "function", outcomes, "done")


(COSINE,) = catalog.items(["cosine"])
SEED = 77


def right_answer():
    """Return the answer of the right function."""
    return Here(COSINE.exercise.reference).ask(marking.job_for(COSINE, [], SEED))


def test_half_an_answer_gets_nothing():
    answer = right_answer()
    assert marking.mark(COSINE, answer, SEED).points == COSINE.points
    for change, status in (
        ({"outcomes": answer.outcomes[:1]}, "refused"),
        ({"end": "died"}, "refused"),
        ({"end": "bytes"}, "refused"),
        ({"end": "crashed"}, "refused"),
        ({"found": False}, "not attempted"),
        ({"outcomes": [], "type": "int"}, "wrong"),
    ):
        mark = marking.mark(COSINE, replace(answer, **change), SEED)
        assert (mark.points, mark.status) == (0, status), change


def test_no_page_tells_a_graded_input():
    public = {repr(probe.args): COSINE.exercise.reference(*probe.args) for probe in probes_for(COSINE.exercise, 0)}
    mark = grading.asked(Here(lambda *args: public.get(repr(args), 0.0)), COSINE, [], SEED)
    assert (mark.status, mark.points) == ("wrong", 0)
    assert mark.message.startswith(marking.ONLY_GRADED)


def test_another_seed_draws_other_inputs():
    first, again, other = (wire.dumps(marking.job_for(COSINE, [], seed).inputs) for seed in (1, 1, 2))
    assert first == again != other


def test_an_answer_that_trips_the_judge_gets_nothing_and_stops_nobody(monkeypatch):
    monkeypatch.setattr(grading, "mark", lambda *given: 1 / 0)
    mark = grading.careful(COSINE, right_answer(), SEED)
    assert (mark.status, mark.points) == ("error", 0)
    assert "ZeroDivisionError" in mark.message


def test_a_file_that_trips_the_grader_costs_itself_alone(monkeypatch):
    monkeypatch.setattr(run.grading, "grade", lambda *given: 1 / 0)
    result = run.work(Nowhere(), ("cosine",), None, SEED, "x")
    assert "ZeroDivisionError" in result["note"]
    assert [mark["points"] for mark in result["marks"]] == [0]


@pytest.mark.parametrize(
    "data", [b"[" * 100_000, b'{"cells": [], "nbformat": 3}', b"\xff", b"4", b'{"cells": {}, "nbformat": 4}'], ids=repr
)
def test_a_file_that_is_no_notebook_is_told(data):
    with pytest.raises(Unreadable, match="This is not a notebook"):
        cells_of(data)


@needs_linux
def test_no_two_submissions_share_a_name(tmp_path):
    for name in ("anna", "Anna", "ANNA", "anna?"):
        (tmp_path / f"{name}.ipynb").write_bytes(notebook_of(1))
    ids = [each.id.lower() for each in submissions(tmp_path)]
    assert len(set(ids)) == 4


def test_a_page_forbids_what_it_does_not_need():
    assert "default-src 'none'" in head("x")


def test_a_deadline_of_another_form_is_refused(tmp_path):
    with pytest.raises(settings.CourseError, match="2026-10-03T2359"):
        grade(Order(tmp_path, tmp_path / "out", deadline="tomorrow"))

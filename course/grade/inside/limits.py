"""What one answer may take of the machine. The limits are set in its own process, and no process can raise them."""

import ctypes
import signal
import sys

SECONDS = 10
MEMORY = 2 << 30
FILES = 64
FILE_BYTES = 0
PROCESSES = 0
ANSWER_BYTES = 4_000_000
PR_SET_PDEATHSIG, PR_SET_DUMPABLE = 1, 4


def set_limits():
    """Bind this process: processor time, memory, files, no further process or thread, and no life after its parent."""
    import resource  # not on every system on which the grader's other parts are tested

    for what, most in (
        (resource.RLIMIT_CPU, SECONDS + 1),
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_NOFILE, FILES),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_NPROC, PROCESSES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
    end_with_parent()


def forbid_tracing():
    """Let no other process read or write the memory of this one, nor of those that it forks."""
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def end_with_parent():
    """Let the system kill this process when the one that started it is gone."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)

"""What one answer may take of the machine. The limits are set in its own process, and no process can raise them."""

import ctypes
import mmap
import signal
import sys

SECONDS = 10
MEMORY = 3 << 29  # beside what Python and PyTorch take, which differs from build to build
FILES = 64
FILE_BYTES = 0
PROCESSES = 0
ANSWER_BYTES = 4_000_000
PR_SET_PDEATHSIG, PR_SET_DUMPABLE = 1, 4
ADDRESSES, NEAR = 1 << 48, 1 << 24


def set_limits(taken):
    """Bind this process: processor time, memory, files, no further process or thread, and no life after its parent.

    taken: how many bytes are mapped before an answer runs
    """
    import resource  # not on every system on which the grader's other parts are tested

    for what, most in (
        (resource.RLIMIT_CPU, SECONDS + 1),
        (resource.RLIMIT_AS, taken + MEMORY),
        (resource.RLIMIT_NOFILE, FILES),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_NPROC, PROCESSES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
    end_with_parent()


def mapped():
    """Return how many bytes this process has mapped, up to 16 MB more: under that limit another page is still given.

    There is no /proc to read it from.
    """
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    low, high = 0, ADDRESSES if hard == resource.RLIM_INFINITY else hard
    while high - low > NEAR:
        middle = (low + high) // 2
        resource.setrlimit(resource.RLIMIT_AS, (middle, hard))
        low, high = (low, middle) if gives_a_page() else (middle, high)
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
    return high


def gives_a_page():
    """Return whether the system maps another page."""
    try:
        mmap.mmap(-1, mmap.PAGESIZE).close()
    except (OSError, MemoryError):
        return False
    return True


def forbid_tracing():
    """Let no other process read or write the memory of this one, nor of those that it forks."""
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def end_with_parent():
    """Let the system kill this process when the one that started it is gone."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)

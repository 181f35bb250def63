"""What one answer may take of the machine. The limits are set in its own process, and no process can raise them."""

import ctypes
import resource

SECONDS = 10
MEMORY = 2 << 30
FILES = 64
FILE_BYTES = 0
PROCESSES = 0
ANSWER_BYTES = 4_000_000
PR_SET_DUMPABLE = 4


def set_limits():
    """Bind this process: processor time, memory, files, and no further process or thread."""
    for what, most in (
        (resource.RLIMIT_CPU, SECONDS + 1),
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_NOFILE, FILES),
        (resource.RLIMIT_FSIZE, FILE_BYTES),
        (resource.RLIMIT_NPROC, PROCESSES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def forbid_tracing():
    """Let no other process read or write the memory of this one, nor of those that it forks."""
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)

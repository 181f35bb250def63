"""Which tests run side by side, by how many workers, and in which order: those that take longest come first.

The tests of a file share its fixtures, so one worker has them all. A file that would keep one worker busy long after
the others are done, and whose tests need nothing of each other, is cut into parts.
"""

import os
import re

import psutil
from xdist.scheduler import LoadFileScheduling

WORKER_BYTES = 2 << 30  # PyTorch, and a kernel, a browser or sandboxes beside it, as measured

# Seconds on one processor of each file that takes long; `pytest --durations=0` tells them anew.
SECONDS = {
    "tests/course/grade/test_run.py": 80,
    "tests/attacks/test_attacks.py": 75,
    "tests/checks/test_checks.py": 43,
    "solutions/heads.ipynb": 20,
}

# What cuts a long file: tests in whose names this finds the same text run together.
CUTS = {"tests/checks/test_checks.py": r"\[(None|1|20261)-"}


def workers():
    """Return how many workers to start here: one for each processor that may be used, as far as memory goes."""
    allowed = getattr(os, "sched_getaffinity", lambda process: range(os.cpu_count()))
    return as_many_as(len(allowed(0)), psutil.virtual_memory().available)


def as_many_as(processors, free_bytes):
    """Return how many workers this many processors and this much memory take: at least one."""
    return max(1, min(processors, free_bytes // WORKER_BYTES))


def unit(nodeid):
    """Return what a test is run together with: its file, or its part of a file that is cut."""
    file, _, test = nodeid.partition("::")
    part = re.search(CUTS[file], test) if file in CUTS else None
    return f"{file} {part[0]}" if part else file


def seconds(nodeid):
    """Return about how long a test's file takes, a notebook being known by its chapter's word; 0 if not long."""
    return SECONDS.get(re.sub(r"/\d\d_", "/", nodeid.partition("::")[0]), 0)


class LongestFirst(LoadFileScheduling):
    """Hands out units in the order in which they were collected."""

    def __init__(self, config, log):
        config.option.loadscopereorder = False  # else the units with the most tests come first, however short these are
        super().__init__(config, log)

    def _split_scope(self, nodeid):
        return unit(nodeid)

"""Which tests run side by side, by how many workers, and in which order: those that take longest come first.

The tests of a file share its fixtures, so one worker has them all. A file that would keep one worker busy long after
the others are done, and whose tests need nothing of each other, is cut into parts.
"""

import os
import re

import psutil
from xdist.scheduler import LoadFileScheduling

WORKER_BYTES = 2 << 30  # PyTorch, and a kernel, a browser or sandboxes beside it, as measured

# About how many seconds each file takes that takes more than ten; `pytest --durations=0` tells them anew.
SECONDS = {
    "tests/browser/test_every_page.py": 120,
    "tests/course/release/test_sealed_pages.py": 60,
    "tests/course/check/test_check.py": 55,
    "tests/course/grade/test_run.py": 45,
    "tests/attacks/test_attacks.py": 40,
    "tests/course/release/test_release.py": 40,
    "tests/book/test_order.py": 35,
    "tests/browser/test_live.py": 40,
    "tests/checks/test_checks.py": 35,
    "tests/gpu/test_triton_attention.py": 30,
    "tests/gpu/test_benchmark.py": 25,
    "tests/course/grade/test_exercises.py": 25,
    "tests/course/grade/test_pool.py": 20,
    "tests/bert/test_masking.py": 16,
    "tests/training/test_processes.py": 16,
    "tests/course/grade/test_guards.py": 15,
    "tests/browser/test_pages.py": 12,
    "tests/course/build/test_build.py": 12,
    "tests/course/build/test_reach.py": 12,
    "tests/course/build/test_stale.py": 12,
    "tests/course/renumber/test_renumber.py": 12,
    "tests/live/test_live.py": 11,
    "tests/parallel/test_layers.py": 11,
    "tests/book/test_chapters.py": 10,
    "tests/course/pretrain/test_pretrain.py": 10,
    "solutions/gpt.ipynb": 60,
    "solutions/robustness.ipynb": 55,
    "solutions/text_to_text.ipynb": 50,
    "solutions/translation.ipynb": 40,
    "solutions/bert.ipynb": 35,
    "solutions/variants.ipynb": 30,
    "solutions/vision.ipynb": 30,
    "solutions/encoder.ipynb": 25,
    "solutions/compression.ipynb": 25,
    "solutions/generalisation.ipynb": 25,
    "solutions/positions.ipynb": 20,
    "solutions/applications.ipynb": 15,
    "solutions/seeing.ipynb": 15,
    "solutions/fairness.ipynb": 12,
}

# Where a file is cut: tests in whose names this finds the same texts stay together.
CUTS = {
    "tests/browser/test_every_page.py": r"server|disk|notebooks/\d",
    "tests/checks/test_checks.py": r"\[(None|1|20261)-",
}


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
    return " ".join([file, *sorted(set(re.findall(CUTS[file], test)))]) if file in CUTS else file


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

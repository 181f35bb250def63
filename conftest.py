"""What tests and nbval's kernels compute with, how they are run side by side, and what they say at the end.

One thread, and the book's own functions, as when the chapters were built. Two workers with a thread for each core
would also stand in each other's way; PyTorch gets ten times slower. Triton's kernels are tested in its interpreter, on
any machine; where Triton is not to be had they are not collected. Workers and order of `pytest -n auto` are in
`tests/support/side_by_side.py`.
"""

import os
from importlib.util import find_spec

import pytest

from course.build.environment import AS_THE_BOOK, ONE_THREAD
from tests.support import left_out

os.environ.update({**ONE_THREAD, **AS_THE_BOOK})
os.environ["TRITON_INTERPRET"] = "1"
collect_ignore = [] if find_spec("triton") else ["mha_lib/gpu/triton_attention.py", "mha_lib/gpu/triton_kernels.py"]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers():
    """Return how many workers `-n auto` starts, unless pytest-xdist's own variable says it."""
    from tests.support.side_by_side import workers  # here, for it needs pytest-xdist

    return None if os.environ.get("PYTEST_XDIST_AUTO_NUM_WORKERS") else workers()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Return what hands tests out to workers."""
    from tests.support.side_by_side import LongestFirst

    return LongestFirst(config, log)


def pytest_collection_modifyitems(config, items):
    """Put the tests of long files first, where several workers share them."""
    if hasattr(config, "workerinput"):
        from tests.support.side_by_side import seconds

        items.sort(key=lambda item: -seconds(item.nodeid))


def pytest_terminal_summary(terminalreporter):
    """Say at the end what was skipped, and what it takes to have it."""
    lines = left_out.lines(terminalreporter.stats.get("skipped", []))
    if lines:
        terminalreporter.section(left_out.TITLE)
        terminalreporter.write("\n".join(lines) + "\n")

"""Running a notebook."""

import tempfile

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from course.build.environment import KERNEL_ARGUMENTS, environment, kernel_manager
from course.notebook.minutes import count

TIME_LIMIT = 120


class CellFailed(Exception):
    """A cell stopped the run; `cell` is that cell, and the message says why."""

    def __init__(self, cell, reason):
        super().__init__(reason)
        self.cell = cell


def execute(notebook, time_limit=TIME_LIMIT):
    """Run every code cell, putting outputs into `notebook`. Raises CellFailed at the first cell that fails.

    The working folder is an empty temporary one, so no chapter can depend on where it is run.
    """
    started = []
    client = NotebookClient(
        notebook,
        km=kernel_manager(),
        timeout=time_limit,
        record_timing=False,
        extra_arguments=KERNEL_ARGUMENTS,
        on_cell_start=lambda cell, cell_index: started.append(cell),
    )
    with temporary() as folder, temporary() as settings:
        try:
            client.execute(cwd=folder, env=environment(settings))
        except (CellTimeoutError, CellExecutionError, DeadKernelError) as error:
            raise CellFailed(started[-1], reason(error, time_limit)) from error


def temporary():
    """Return a temporary folder that is no fault if it stays: a kernel may still write there as it ends."""
    return tempfile.TemporaryDirectory(ignore_cleanup_errors=True)


def reason(error, time_limit):
    """Return in words what stopped a cell."""
    if isinstance(error, CellTimeoutError):
        return f"it was still running after {count(time_limit, 'second')}"
    if isinstance(error, DeadKernelError):
        return "the kernel died while running it"
    return f"it stops with {error.ename}: {error.evalue}"

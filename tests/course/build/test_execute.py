"""A cell that stops a run is named, with the reason."""

import subprocess
import sys

import pytest

SCRIPT = """
import sys
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from course.build.execute import CellFailed, execute
for code in sys.argv[1:]:
    cells = [new_markdown_cell("#", id="text"), new_code_cell("1", id="fine"), new_code_cell(code, id="bad")]
    try:
        execute(new_notebook(cells=cells), time_limit=1)
    except CellFailed as failed:
        print(failed.cell.id, failed)
"""
STOPS = {
    "while True: pass": "it was still running after 1 second",
    "import os; os._exit(1)": "the kernel died while running it",
    "import os; 1 / len(os.listdir())": "it stops with ZeroDivisionError: division by zero",
}


@pytest.fixture(scope="module")
def course_reasons():
    """Return what is said of each cell of STOPS; a process of its own, for it leaves sockets behind."""
    run = subprocess.run([sys.executable, "-c", SCRIPT, *STOPS], capture_output=True, text=True, check=True)
    return dict(zip(STOPS, run.stdout.splitlines(), strict=True))


@pytest.mark.parametrize("code", STOPS)
def test_a_cell_that_stops_the_run_is_named(course_reasons, code):
    assert course_reasons[code] == f"bad {STOPS[code]}"

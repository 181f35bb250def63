"""nbval's verdict on a notebook, cell by cell."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from course.build.environment import environment
from course.errors import CourseError
from course.notebook.files import write
from course.project import ROOT


def validate(notebook, time_limit):
    """Return what nbval finds in each code cell, as a dict from cell id to finding (see `nbval_report`).

    The notebook runs in an empty temporary folder; a cell that runs longer than `time_limit` seconds ends the run.
    Raises CourseError if nbval itself cannot run.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(notebook, folder / "notebook.ipynb")
        (folder / "pytest.ini").write_text("[pytest]\n")
        run = subprocess.run(command(time_limit), cwd=folder, env=surroundings(folder), capture_output=True, text=True)
        report = folder / "report.json"
        findings = json.loads(report.read_text("utf-8")) if report.exists() else []
    if run.returncode not in (0, 1) or not findings:
        raise CourseError(f"nbval could not run:\n{run.stdout[-2000:]}{run.stderr[-2000:]}")
    return {finding["id"]: finding for finding in findings}


def command(time_limit):
    """Return the command that validates notebook.ipynb in the current folder."""
    options = ["--nbval", "--nbval-current-env", f"--nbval-cell-timeout={time_limit}", "--color=no", "--tb=no"]
    plugins = ["-p", "course.check.nbval_report", "--nbval-report=report.json", "-p", "no:cacheprovider"]
    return [sys.executable, "-m", "pytest", *options, *plugins, "notebook.ipynb"]


def surroundings(folder):
    """Return the environment of the run: as for building, and this package can be imported."""
    paths = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    return {**environment(folder / "ipython"), "PYTHONPATH": os.pathsep.join(filter(None, paths))}

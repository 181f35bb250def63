"""How long does grading take? `python -m benchmarks.grading` grades made-up classes of 20 exercises on two workers.

Seconds for a submission, submissions in an hour, and the largest memory of the grader and of any process that it
started, for a small class and a large one: memory must not grow with the class. `--sizes 10 500` for the whole range.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.timing import setting, store
from course.grade import catalog
from course.project import ROOT

EXERCISES = 20
SIZES = (10, 40)
GRADE = """
import json, resource, sys
from pathlib import Path
from course.grade import catalog, run
from course.grade.order import Order, grade
folder, out, ids = Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])
catalog.chosen = lambda numbers: ids
rows = grade(Order(folder, out, chapters=["all"], seed=1))
kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
print(json.dumps([[row.total for row in rows], [resource.getrusage(kind).ru_maxrss // 1024 for kind in kinds]]))
"""


def main():
    """Measure each size and store the result."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.grading", description="Time the grader.")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="sizes of the classes")
    parser.add_argument("--note", default="", help="what else was going on")
    options = parser.parse_args()
    rows = [measured(size) for size in options.sizes]
    store(
        "grading",
        {"benchmark": "grading", **setting(1, options.note), "clock": "wall time", "workers": 2, "rows": rows},
    )


def measured(size):
    """Return the figures of one class: half right, a quarter blank, a quarter with a mistake in each exercise."""
    ids = list(catalog.worths())[:EXERCISES]
    with tempfile.TemporaryDirectory() as folder:
        fill(Path(folder) / "in", size, ids)
        start = time.perf_counter()
        totals, (grader, others) = graded(Path(folder), ids)
        seconds = time.perf_counter() - start
    assert max(totals) == sum(catalog.worths()[name].points for name in ids), "a right submission lost points"
    assert min(totals) == 0, "a blank submission has points"
    figures = {"seconds": round(seconds, 1), "seconds_a_submission": round(seconds / size, 2)}
    memory = {"grader_megabytes": grader, "largest_other_process_megabytes": others}
    row = {"submissions": size, "exercises": len(ids), **figures, "submissions_an_hour": round(3600 * size / seconds)}
    print({**row, **memory}, flush=True)
    return {**row, **memory}


def fill(folder, size, ids):
    """Write the submissions of a class."""
    folder.mkdir()
    right, blank = (
        [cell for chapter in sorted({catalog.worths()[i].chapter for i in ids}) for cell in answers(kind, chapter)]
        for kind in ("solutions", "notebooks")
    )
    wrong = [{**cell, "source": "".join(cell["source"]).replace("return ", "return 2 * ")} for cell in right]
    for number in range(size):
        cells = (right, blank, right, wrong)[number % 4]
        book = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
        (folder / f"student{number:04d}.ipynb").write_text(json.dumps(book), "utf-8")


def answers(kind, chapter):
    """Return the code cells of a chapter's notebook that answer, and its imports."""
    cells = json.loads((ROOT / kind / f"{chapter}.ipynb").read_text("utf-8"))["cells"]
    return [cell for cell in cells if cell["cell_type"] == "code" and wanted(cell)]


def wanted(cell):
    """Return whether a cell answers an exercise or imports."""
    return "answer" in cell["metadata"].get("tags", []) or "".join(cell["source"]).startswith("import numpy")


def graded(folder, ids):
    """Return the totals, and the largest memory of grader and other processes, from a process of its own."""
    command = [sys.executable, "-c", GRADE, str(folder / "in"), str(folder / "out"), json.dumps(ids)]
    told = subprocess.run(command, cwd=ROOT, env={**os.environ, "OMP_NUM_THREADS": "1"}, capture_output=True, text=True)
    if told.returncode:
        raise SystemExit(told.stderr)
    return json.loads(told.stdout)


if __name__ == "__main__":
    main()

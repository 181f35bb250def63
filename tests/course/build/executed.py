"""What a chapter really runs and reads of the library, to find what `course.build.reach` misses.

    python -m tests.course.build.executed 07

runs the cells of one chapter, watches whose functions are called and which files are opened, and lists these files,
marked where the chapter is not known to reach them. It takes two to three times as long as the chapter. Not seen is
what started processes do, and what is opened by compiled code, such as the reader of safetensors.
"""

import contextlib
import importlib
import os
import sys
import threading

import matplotlib.pyplot as plt
from IPython.core.interactiveshell import InteractiveShell

from course.build.chapter import parse
from course.build.stale import reach
from course.notebook.cells import code_cells, tags
from course.project import ROOT, find

DOORS = ("mha_lib", "mha_lib.nn", "mha_lib.plots", "mha_lib.live", "mha_lib.checks")
FOLDERS = (ROOT / "mha_lib", ROOT / "benchmarks" / "results")


def watched(sources):
    """Run cells one after another; return the names of the files whose code is run meanwhile, or that are opened.

    The doors are imported before, so what runs because of them alone is not seen. Raises RuntimeError if a cell fails.
    """
    for door in DOORS:
        importlib.import_module(door)
    names, shell = set(), InteractiveShell.instance()
    sys.addaudithook(lambda event, args: event == "open" and names.add(str(args[0])))

    def note(frame, event, _):
        if event == "call":
            names.add(frame.f_code.co_filename)

    threading.setprofile(note)
    sys.setprofile(note)
    try:
        for source, may_fail in sources:
            if not shell.run_cell(source).success and not may_fail:
                raise RuntimeError(f"this cell failed:\n{source}")
            plt.close("all")
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    return names


def used(chapter):
    """Return the files of the library and of the results that a chapter's cells run or read, as Paths.

    A room of exercises is only asked which it has, so its list does not count.
    """
    cells = [(cell.source, "raises-exception" in tags(cell)) for cell in code_cells(parse(chapter))]
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
        names = watched(cells)
    paths = {path for folder in FOLDERS for path in folder.rglob("*") if path.suffix != ".pyc" and str(path) in names}
    return paths - set(ROOT.glob("mha_lib/checks/*/__init__.py"))


def main(number):
    """Print every file that a chapter uses, marked where it is missed."""
    chapter = find(ROOT, number)
    reached = reach(chapter).files
    for path in sorted(used(chapter)):
        print("known " if path in reached else "MISSED", path.relative_to(ROOT).as_posix())


if __name__ == "__main__":
    main(sys.argv[1])

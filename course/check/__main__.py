"""Check a learner's notebook: `python -m course.check 03` says which exercises of chapter 3 are right.

Your answers are put into the notebook as shipped, nbval runs it, and a check passes only if it prints what a right
answer prints. So neither a wrong output that was saved nor a check that was changed can pass. Your file is only read.

What this cannot prevent: your answer runs in the same Python as the checks, so an answer cell that sets out to change
the checks themselves can make them say anything. This is help for learning, not a grade; graders use a sandbox.
"""

import argparse
import sys
import textwrap
from pathlib import Path

from course.check.learner import read_learner
from course.check.merge import merge
from course.check.validate import validate
from course.check.verdicts import RIGHT, exercise_verdicts, notes, other_faults
from course.errors import CourseError
from course.notebook.blank import blank
from course.notebook.files import read
from course.notebook.minutes import count
from course.project import ROOT, find


def main(argv=None, root=ROOT):
    """Check the notebook named on the command line; return 0 if all is right, 1 if not, 2 if it cannot be checked."""
    options = parse_arguments(argv)
    try:
        chapter = find(root, options.chapter)
        lines, passed = check(chapter, options.file or chapter.notebook, options.time_limit)
    except CourseError as error:
        print(error, file=sys.stderr)
        return 2
    print("\n".join(lines))
    return 0 if passed else 1


def parse_arguments(argv):
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(prog="python -m course.check", description="Check your answers to a chapter.")
    parser.add_argument("chapter", metavar="NN", help="number of the chapter")
    parser.add_argument("file", nargs="?", type=Path, help="your notebook; notebooks/NN_*.ipynb if not given")
    parser.add_argument("--time-limit", type=float, default=60, help="seconds that one cell may run (default 60)")
    return parser.parse_args(argv)


def check(chapter, path, time_limit):
    """Return what to say about the notebook at `path`, as lines, and whether all is right."""
    if not chapter.solution.exists():
        raise CourseError(f"Chapter {chapter.title} has not been built. Run: python -m course.build {chapter.name[:2]}")
    solution, learner = read(chapter.solution), read_learner(path)
    merged = merge(solution, learner)
    print(f"Running your answers to {chapter.title} ...", file=sys.stderr, flush=True)
    findings = validate(merged, time_limit)
    verdicts, faults = exercise_verdicts(merged, findings), other_faults(merged, findings)
    hints = notes(blank(solution), learner)
    passed = all(verdict.status == RIGHT for verdict in verdicts) and not faults
    return [*tell(verdicts, faults, hints), summary(chapter, verdicts, faults)], passed


def tell(verdicts, faults, hints):
    """Return the report, all but its last line."""
    lines = []
    for verdict in verdicts:
        lines.append(f"{verdict.status:<15}{verdict.title}")
        lines += [textwrap.indent(verdict.message, "    ")] if verdict.message else []
    return [*lines, *faults, *hints]


def summary(chapter, verdicts, faults):
    """Return the last line of the report."""
    num_right = sum(verdict.status == RIGHT for verdict in verdicts)
    line = f"{chapter.title}: {num_right} of {len(verdicts)} exercises right"
    return f"{line}, and {count(len(faults), 'other cell')} went wrong." if faults else f"{line}."


if __name__ == "__main__":
    sys.exit(main())

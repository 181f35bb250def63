"""Build the notebooks: `python -m course.build [NN ...]` runs the chapters whose text, library or versions changed.

A chapter with a problem writes nothing; all problems of all chapters are listed at the end.
A notebook in notebooks/ that was edited since it was written is never overwritten unless you say so.
"""

import argparse
import os
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context

from tqdm import tqdm

from course.build.produce import produce, refresh_notebook
from course.build.stale import is_stale
from course.errors import CourseError
from course.notebook.stamp import is_edited
from course.project import ROOT, chapters, find, orphans


def main(argv=None, root=ROOT):
    """Build the chapters named on the command line, or all; return the exit code."""
    options = parse_arguments(argv)
    try:
        selected = [find(root, number) for number in options.chapters] or chapters(root)
        refuse_orphans(root)
        if not options.overwrite_notebooks:
            refuse_edited(selected)
        problems = build(selected, options.force)
    except CourseError as error:
        print(error, file=sys.stderr)
        return 2
    for problem in problems:
        print(f"\n{problem}", file=sys.stderr)
    return 1 if problems else 0


def parse_arguments(argv):
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(prog="python -m course.build", description="Build solutions/ and notebooks/.")
    parser.add_argument("chapters", nargs="*", metavar="NN", help="numbers of the chapters to build; all if none")
    parser.add_argument("--force", action="store_true", help="run chapters even if nothing changed")
    parser.add_argument("--overwrite-notebooks", action="store_true", help="replace notebooks that were edited")
    return parser.parse_args(argv)


def refuse_orphans(root):
    """Raise CourseError if a solution has no chapter."""
    if orphans(root):
        names = "\n".join(f"  solutions/{path.name}" for path in orphans(root))
        advice = "Was the chapter renamed or removed? Then remove these, and those of the same name in notebooks/."
        raise CourseError(f"These have no chapter in book/:\n{names}\n{advice}")


def refuse_edited(selected):
    """Raise CourseError if a student's notebook holds what we did not write."""
    edited = [c.notebook for c in selected if c.notebook.exists() and is_edited(c.notebook)]
    if edited:
        names = "\n".join(f"  notebooks/{path.name}" for path in edited)
        advice = "Move your work elsewhere, or pass --overwrite-notebooks to lose it."
        raise CourseError(f"These were edited since they were built:\n{names}\n{advice}")


def build(selected, force):
    """Bring the selected chapters up to date; return all problems."""
    stale = [chapter for chapter in selected if force or is_stale(chapter)]
    problems = run_all(stale)
    refreshed = [chapter for chapter in selected if chapter not in stale and refresh_notebook(chapter)]
    failed = {problem.chapter for problem in problems}
    for chapter in stale:
        print(f"{chapter.name}: {'FAILED, nothing written' if chapter.name in failed else 'built'}")
    for chapter in refreshed:
        print(f"{chapter.name}: student's notebook written anew")
    print(f"{len(selected) - len(stale) - len(refreshed)} of {len(selected)} chapters were up to date.")
    return problems


def run_all(stale):
    """Return the problems of the chapters, run side by side."""
    if not stale:
        return []
    problems = []
    with ProcessPoolExecutor(min(os.cpu_count(), len(stale)), get_context("spawn")) as pool:
        jobs = [pool.submit(produce, chapter) for chapter in stale]
        for job in tqdm(as_completed(jobs), "Running chapters", len(jobs), file=sys.stderr, disable=None):
            problems += job.result()
    return sorted(problems, key=lambda problem: problem.chapter)


if __name__ == "__main__":
    sys.exit(main())

"""Your own library: `python -m course.mine` gathers your right answers in `mine/`, runs them, and says where you stand.

Your notebooks are only read. Each answer runs in a process of its own, with your rights and a time limit.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from course.grade.catalog import built
from course.mine.gather import gather
from course.mine.judging import SECONDS
from course.mine.package import NAME, install, write_page
from course.mine.page import html
from course.mine.sketch import SENTENCE, Sketch
from course.mine.table import lines
from course.mine.work import work
from course.project import ROOT


def main(argv=None, root=ROOT):
    """Gather and tell; return 0, or 2 if there is no folder to read."""
    options = parse_arguments(argv)
    folder = options.notebooks or root / "notebooks"
    if not folder.is_dir():
        print(f"There is no folder {folder}. Name the one with your notebooks: --notebooks DIR.", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as stage:
        standings, faults, package = gather(built(root), folder, options.time_limit, stage)
        told = lines(standings, faults)
        if options.look:
            print("\n".join(told))
            return 0
        kept = install(package, root / NAME)
        print(f"Your library: {len(package.rooms)} of your functions and classes, in {NAME}/, a file a chapter.")
        print(*(f"{sentence}\n" for sentence in kept), sep="")
        print("\n".join(told), flush=True)
        told += put_to_work(package, stage)
        write_page(root / NAME, html(Sketch(options.sentence, stage, package.rooms), told))
    print(f"\nYour attention on a sentence: {NAME}/index.html")
    return 0


def put_to_work(package, stage):
    """Print, as they come, what the reader's parts do where the library's ran; return these lines."""
    said = []
    for some in work(package, stage):
        print("\n".join(some), flush=True)
        said += some
    return said


def parse_arguments(argv):
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(prog="python -m course.mine", description="Gather your right answers in mine/.")
    parser.add_argument("--notebooks", type=Path, metavar="DIR", help="where your notebooks are (default notebooks/)")
    parser.add_argument("--look", action="store_true", help="say where you stand, and write nothing")
    parser.add_argument("--sentence", default=SENTENCE, help=f"what your attention is drawn on (default: {SENTENCE})")
    parser.add_argument("--time-limit", type=float, default=SECONDS, help=f"seconds for one answer (default {SECONDS})")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())

"""Make a folder to hand out: `python -m course.release OUT` with solutions, `--sealed --chapters 3` without.

INSTRUCTORS.md says what a sealed edition holds, and what it cannot promise.
"""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

from course.errors import CourseError
from course.grade import catalog, library
from course.notebook.files import read, write
from course.project import ROOT, chapters, find
from course.release.nbgrader_source import write_source
from course.release.sealed.library import write_library
from course.release.sealed.notebooks import handed_out, sealed_notebook
from course.release.sealed.pages import TEXTS, write_pages
from mha_lib import checks

TAKEN = ("pyproject.toml", "constraints.txt", "LICENSE", "LICENSE-content")
README = """\
# {title}

Open the notebooks in `notebooks/` with JupyterLab, after

```bash
python -m venv .venv
.venv/bin/python -m pip install -c constraints.txt -e ".[lab]"
.venv/bin/jupyter lab notebooks
```

Write your answers where a cell says so, run the check below each, and hand the notebook in. A check keeps your answer
for the cells that follow; it is judged when it is graded. Outputs that you see
before you run a cell are the book's. To read, open `pages/index.html` in a browser; it needs no network.
"""


def main(argv=None):
    """Make the edition that the command line asks for; return the exit code."""
    options = parse_arguments(argv)
    try:
        if options.out.exists() and any(options.out.iterdir()):
            raise CourseError(f"{options.out} is not empty. Name a new folder.")
        options.out.mkdir(parents=True, exist_ok=True)
        selected = [find(ROOT, number) for number in options.chapters] or built()
        release(options.out, selected, options)
    except CourseError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"Made {options.out} with {', '.join(chapter.title for chapter in selected)}.")
    return 0


def parse_arguments(argv):
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(prog="python -m course.release", description="Make a folder to hand out.")
    parser.add_argument("out", type=Path, metavar="OUT", help="a new folder")
    parser.add_argument("--chapters", nargs="+", default=[], metavar="NN", help="numbers of the chapters; all if none")
    kinds = parser.add_mutually_exclusive_group()
    kinds.add_argument("--sealed", action="store_true", help="without solutions, references and known mistakes")
    kinds.add_argument("--nbgrader", action="store_true", help="a course folder for nbgrader, with solutions")
    return parser.parse_args(argv)


def built():
    """Return the chapters that have been built."""
    return [chapter for chapter in chapters(ROOT) if chapter.solution.exists()]


def release(out, selected, options):
    """Write one edition."""
    if options.sealed:
        notebooks = sealed(selected)
        write_sealed(out, notebooks)
        write_pages(out / "pages", notebooks)
    elif options.nbgrader:
        write_source(out, selected)
    else:
        write_open(out)


def write_open(out):
    """Copy what git tracks, solutions included; submissions and marks that lie in the checkout are not handed out."""
    command = ["git", "ls-files", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        raise CourseError("The open edition is made of the files that git knows; this folder is no git checkout.")
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (out / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, out / name)


def sealed(selected):
    """Return the notebooks of chapters, by name, from which no answer of these, or of later ones, can be had."""
    names = {*TEXTS, *(chapter.name for chapter in selected)}
    return {chapter.name: sealed_notebook(read(chapter.solution), names) for chapter in selected}


def write_sealed(out, notebooks):
    """Write sealed notebooks, and the library that they need, without what they and later ones ask for."""
    for name, notebook in notebooks.items():
        write(handed_out(notebook), out / "notebooks" / f"{name}.ipynb")
    sources = [cell.source for notebook in notebooks.values() for cell in notebook.cells if cell.cell_type == "code"]
    empty = to_seal(min(notebooks))
    write_library(out, sources, earlier(empty), empty)
    for name in TAKEN:
        shutil.copy(ROOT / name, out / name)
    title = ", ".join(name.replace("_", " ") for name in notebooks)
    (out / "README.md").write_text(README.format(title=title), "utf-8")


def earlier(empty):
    """Return the rooms that come before all that is emptied."""
    touched = {module.split(".")[0] for module, _ in empty} & set(checks.rooms())
    known = checks.rooms()
    return known[: min(map(known.index, touched), default=len(known))]


def to_seal(first):
    """Return where the answers from a chapter on are in the library, as (module, name): what is not to be read."""
    ids = [worth.id for worth in catalog.worths().values() if worth.chapter >= first]
    return set().union(*map(library.places, ids))


if __name__ == "__main__":
    sys.exit(main())

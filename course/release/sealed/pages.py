"""The pages of a sealed edition: the book's look, made from its notebooks, so that no answer is there to unfold."""

import copy
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

from course.errors import CourseError
from course.notebook.cells import role, tags
from course.notebook.files import write
from course.project import ROOT
from course.release.sealed.links import without_dead_links
from course.release.sealed.notebooks import handed_out

TEXTS = ("notation", "glossary", "references")
TAKEN = ("_ext", "_static", "references.bib")
TO_THE_REPOSITORY = ("launch_buttons", "repository")
BUTTONS = ("use_issues_button", "use_repository_button", "use_edit_page_button")
START = "from jupyter_book.cli.main import main; main()"
INDEX = """\
# Multi-Head Attention

These are the pages of the notebooks that you were given. Work in the notebooks; read here.

{chapters}
"""


def write_pages(out, notebooks):
    """Build the pages of sealed notebooks, given as name -> notebook, in a new folder. Raises CourseError on a warning.

    The texts beside them are those in TEXTS. No page has a button that leads to the repository.
    """
    with tempfile.TemporaryDirectory() as folder:
        book = Path(folder) / "book"
        write_texts(book, notebooks)
        write_settings(book, list(notebooks))
        for name, notebook in notebooks.items():
            write(handed_out(notebook), book.parent / "notebooks" / f"{name}.ipynb")
            write(as_page(notebook), book.parent / "solutions" / f"{name}.ipynb")
        build(book)
        shutil.copytree(book / "_build" / "html", out, ignore=shutil.ignore_patterns(".buildinfo", ".doctrees"))


def write_texts(book, notebooks):
    """Write the front page, and the book's texts without links to chapters that are not handed out."""
    book.mkdir()
    for name in TAKEN:
        source = ROOT / "book" / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, book / name)
    for name in TEXTS:
        text = (ROOT / "book" / f"{name}.md").read_text("utf-8")
        (book / f"{name}.md").write_text(without_dead_links(text, {*TEXTS, *notebooks}), "utf-8")
    chapters = "\n".join(f"- [](notebooks/{name}.ipynb)" for name in notebooks)
    (book / "index.md").write_text(INDEX.format(chapters=chapters), "utf-8")


def write_settings(book, names):
    """Write the book's configuration without what leads to the repository, and a table of contents."""
    settings = yaml.safe_load((ROOT / "book" / "_config.yml").read_text("utf-8"))
    for name in TO_THE_REPOSITORY:
        settings.pop(name, None)
    settings["html"].update(dict.fromkeys(BUTTONS, False))
    pages = [*(f"notebooks/{name}" for name in names), *TEXTS]
    contents = {"format": "jb-book", "root": "index", "chapters": [{"file": page} for page in pages]}
    for name, content in (("_config.yml", settings), ("_toc.yml", contents)):
        (book / name).write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")


def as_page(notebook):
    """Return a sealed notebook whose empty answers are shown as they are, not behind a button."""
    page = copy.deepcopy(notebook)
    for cell in page.cells:
        if role(cell) == "answer":
            cell.metadata["tags"] = [tag for tag in tags(cell) if tag != "answer"]
    return page


def build(book):
    """Build the pages as `make book` does, warnings being errors."""
    command = [sys.executable, "-c", START, "build", str(book), "-W", "-n", "--keep-going", "-q"]
    done = subprocess.run(command, cwd=book.parent, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CourseError(f"The pages could not be built.\n{done.stdout[-1000:]}\n{done.stderr[-3000:]}")

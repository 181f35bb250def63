"""Where things are: the chapters of a project and the three files of each."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from course.errors import CourseError

ROOT = Path(__file__).resolve().parent.parent
CHAPTER_NAME = re.compile(r"\d{2}_[a-z0-9_]+")


@dataclass(frozen=True)
class Chapter:
    """One chapter: `name` is the stem that its three files share, such as 03_attention."""

    root: Path
    name: str

    @property
    def number(self):
        """Return the chapter's number."""
        return int(self.name[:2])

    @property
    def title(self):
        """Return the name in words, such as "03 attention"."""
        return self.name.replace("_", " ")

    @property
    def source(self):
        """Return the path of the text."""
        return self.root / "book" / f"{self.name}.md"

    @property
    def solution(self):
        """Return the path of the executed notebook, answers in place."""
        return self.root / "solutions" / f"{self.name}.ipynb"

    @property
    def notebook(self):
        """Return the path of the student's notebook."""
        return self.root / "notebooks" / f"{self.name}.ipynb"


def chapters(root):
    """Return the chapters whose text is in `root`/book, in order."""
    names = sorted(path.stem for path in (root / "book").glob("*.md"))
    return [Chapter(root, name) for name in names if CHAPTER_NAME.fullmatch(name)]


def find(root, number):
    """Return the chapter with this number, given as "3" or "03". Raises CourseError, listing those that exist."""
    known = chapters(root)
    for chapter in known:
        if str(number).isdecimal() and chapter.number == int(number):
            return chapter
    listing = ", ".join(chapter.title for chapter in known) or "none yet"
    raise CourseError(f"There is no chapter {number}. Give the number of one of these: {listing}.")


def orphans(root):
    """Return the solution notebooks whose chapter has no text."""
    known = {chapter.name for chapter in chapters(root)}
    return [path for path in sorted((root / "solutions").glob("*.ipynb")) if path.stem not in known]


def repository_url(root):
    """Return the address that pyproject.toml gives for the repository."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    return project["urls"]["Repository"]

"""Was a solution made from exactly what is on disk now?"""

import hashlib
from pathlib import Path

from course.build.chapter import parse
from course.build.reach import Reach
from course.errors import CourseError
from course.notebook.cells import code_cells
from course.notebook.files import read
from course.project import repository_url

COURSE = Path(__file__).parents[1]
SHAPERS = tuple(f"build/{name}.py" for name in ("chapter", "environment", "execute", "normalise"))
SHAPERS += tuple(f"notebook/{name}.py" for name in ("cells", "files", "minutes"))


def fingerprint(chapter):
    """Return a hash of what decides a chapter's outputs: its text, what it reaches, versions, our code."""
    found = reach(chapter)
    digest = hashlib.sha256(repository_url(chapter.root).encode())
    for name, value in sorted(found.constants.items()):
        digest.update(f"\n{name} = {value}\n".encode())
    shared = [chapter.root / "constraints.txt", *(COURSE / name for name in SHAPERS)]
    for path in [chapter.source, *shared, *sorted(found.files)]:
        digest.update(f"\n{name_of(path, chapter.root)}\n".encode())
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


def name_of(path, root):
    """Return what a file is called, the same wherever the project lies."""
    return path.relative_to(root if path.is_relative_to(root) else COURSE.parent).as_posix()


def reach(chapter):
    """Return what a chapter's cells reach in the library; a text that cannot be read, and so never ran, nothing."""
    try:
        cells = code_cells(parse(chapter))
    except CourseError:
        cells = []
    return Reach(chapter.root, "\n".join(cell.source for cell in cells))


def is_stale(chapter):
    """Return whether the solution on disk is missing, damaged, or made from something else than is on disk now."""
    try:
        return read(chapter.solution).metadata.mha.fingerprint != fingerprint(chapter)
    except (OSError, ValueError, AttributeError):
        return True

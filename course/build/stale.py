"""Was a solution made from exactly what is on disk now?"""

import hashlib
from pathlib import Path

from course.notebook.files import read
from course.project import repository_url

COURSE = Path(__file__).parents[1]
SHAPERS = tuple(f"build/{name}.py" for name in ("chapter", "environment", "execute", "normalise"))
SHAPERS += ("notebook/cells.py", "notebook/files.py")


def fingerprint(chapter):
    """Return a hash of what decides a chapter's outputs: its text, the library, measurements, versions, our code."""
    digest = hashlib.sha256(repository_url(chapter.root).encode())
    for path in ingredients(chapter):
        digest.update(f"\n{path.name}\n".encode())
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


def ingredients(chapter):
    """Return the files that decide a chapter's outputs."""
    folders = (chapter.root / "mha_lib", chapter.root / "benchmarks" / "results")
    shared = sorted(path for folder in folders for path in folder.rglob("*") if path.is_file() and is_source(path))
    code = [COURSE / name for name in SHAPERS]
    return [chapter.source, chapter.root / "constraints.txt", *shared, *code]


def is_source(path):
    """Return whether a file of the library was written, rather than left there by Python or an editor."""
    return path.suffix != ".pyc" and ".ipynb_checkpoints" not in path.parts


def is_stale(chapter):
    """Return whether the solution on disk is missing, damaged, or made from something else than is on disk now."""
    try:
        return read(chapter.solution).metadata.mha.fingerprint != fingerprint(chapter)
    except (OSError, ValueError, AttributeError):
        return True

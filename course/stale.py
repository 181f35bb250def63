"""Was a solution made from exactly what is on disk now?"""

import hashlib
from pathlib import Path

from course.notebook_file import read
from course.project import repository_url

SHAPERS = ("cells", "chapter", "environment", "execute", "normalise", "notebook_file")


def fingerprint(chapter):
    """Return a hash of everything that decides the chapter's outputs: its text, the library, the versions, our code."""
    digest = hashlib.sha256(repository_url(chapter.root).encode())
    for path in ingredients(chapter):
        digest.update(f"\n{path.name}\n".encode())
        digest.update(path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()


def ingredients(chapter):
    """Return the files that decide a chapter's outputs."""
    library = chapter.root / "mha_lib"
    data = sorted(
        path for path in (library / "data").rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")
    )
    code = [Path(__file__).with_name(f"{name}.py") for name in SHAPERS]
    return [chapter.source, chapter.root / "constraints.txt", *sorted(library.rglob("*.py")), *data, *code]


def is_stale(chapter):
    """Return whether the solution on disk is missing, damaged, or made from something else than is on disk now."""
    try:
        return read(chapter.solution).metadata.mha.fingerprint != fingerprint(chapter)
    except (OSError, ValueError, AttributeError):
        return True

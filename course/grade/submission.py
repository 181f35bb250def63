"""A folder of submissions, read as data: which files there are, whose they are, and the source of their cells.

The name says whose a file is: `anna.ipynb`, `anna@2026-10-03T2359.ipynb` (with the time when it was handed in, which
copying does not change), or anything in a folder `anna/`. Links, pipes and folders in place of files are not followed.
"""

import hashlib
import json
import os
import re
import stat
from collections import Counter
from dataclasses import dataclass, replace

from course.check.learner import is_code
from course.errors import CourseError

MAX_BYTES = 5_000_000
MAX_CELLS = 2000
STAMP = re.compile(r"@(\d{4}-\d{2}-\d{2}T\d{4})$")
SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,80}")


class Unreadable(Exception):
    """This file is no notebook that can be graded; the message says why, to its author."""


@dataclass(frozen=True)
class Submission:
    """One file handed in. `id` names it in every output, `user` is who it belongs to, `stamp` when, or ""."""

    path: str
    id: str
    user: str
    stamp: str

    def late(self, deadline):
        """Return whether it was handed in after the deadline; without both times it was not."""
        return bool(deadline and self.stamp and self.stamp > deadline)


def submissions(folder):
    """Return what was handed in, in the order of names. Raises CourseError if the folder has no notebook."""
    if not os.path.isdir(folder):
        raise CourseError(f"{folder} is not a folder. Give the folder that holds the submitted notebooks.")
    found = []
    for entry in sorted(os.scandir(folder), key=lambda entry: os.fsencode(entry.name)):
        if entry.is_dir(follow_symlinks=False) and not entry.name.endswith(".ipynb"):
            inner = sorted(os.scandir(entry.path), key=lambda entry: os.fsencode(entry.name))
            found += [(file.path, f"{entry.name}/{file.name}") for file in inner if file.name.endswith(".ipynb")]
        elif entry.name.endswith(".ipynb"):
            found.append((entry.path, entry.name))
    if not found:
        raise CourseError(f"{folder} holds no file that ends in .ipynb.")
    return distinct([submission(path, name) for path, name in found])


def submission(path, name):
    """Return a Submission for a file, by its name within the folder."""
    stem = name.removesuffix(".ipynb")
    folder, _, last = stem.rpartition("/")
    stamp = STAMP.search(last)
    user = folder or (last[: stamp.start()] if stamp else last)
    return Submission(path, safe(stem.replace("/", "__")), safe(user), stamp[1] if stamp else "")


def safe(name):
    """Return a name that is harmless in a file's name, a table and a page; a changed one ends in a hash of the old."""
    if SAFE.fullmatch(name):
        return name
    kept = re.sub(r"[^A-Za-z0-9._-]", "_", name).lstrip("._-")[:40]
    return f"{kept or 'unnamed'}-{hashlib.sha256(os.fsencode(name)).hexdigest()[:8]}"


def distinct(found):
    """Return the submissions with ids that differ even where a file system ignores case.

    Of two that clash, the one whose name is all lower case keeps it; nobody can rename a neighbour's results.
    """
    count = Counter(each.id.lower() for each in found)
    return [each if count[each.id.lower()] == 1 or is_plain(each) else hashed(each) for each in found]


def is_plain(each):
    """Return whether an id is the very name of a file, in lower case."""
    return os.path.basename(each.path) == f"{each.id}.ipynb" and each.id == each.id.lower()


def hashed(each):
    """Return a submission whose id ends in a hash of its path's last two names."""
    told = os.fsencode("/".join(each.path.split("/")[-2:]))
    return replace(each, id=f"{each.id[:60]}-{hashlib.sha256(told).hexdigest()[:8]}")


def read_bytes(path):
    """Return the content of a regular file of bearable size. Raises Unreadable for anything else, unopened."""
    kind = os.lstat(path)
    if not stat.S_ISREG(kind.st_mode):
        raise Unreadable("This is not a file but a link, a folder or a device. Hand in the notebook itself.")
    if kind.st_size > MAX_BYTES:
        raise Unreadable(f"This file has {kind.st_size} bytes; at most {MAX_BYTES} are read. Clear its outputs.")
    with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
        return file.read(MAX_BYTES)


def cells_of(data):
    """Return the code cells of a notebook, as [number, source]. Raises Unreadable if it is none."""
    try:
        notebook = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise Unreadable("This is not a notebook: it cannot be read as JSON in UTF-8.") from error
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise Unreadable("This is not a notebook: it has no list of cells.")
    if notebook.get("nbformat") != 4:
        raise Unreadable("This is not a notebook of format 4. Save it anew in JupyterLab.")
    if len(notebook["cells"]) > MAX_CELLS:
        raise Unreadable(f"This notebook has {len(notebook['cells'])} cells; at most {MAX_CELLS} are read.")
    return [[number, source_of(cell)] for number, cell in enumerate(notebook["cells"], 1) if is_code(cell)]


def source_of(cell):
    """Return the source of a code cell, which stands there as a text or as lines; "" where it is neither."""
    source = cell.get("source")
    lines = source if isinstance(source, list) else [source]
    text = "".join(lines) if all(isinstance(line, str) for line in lines) else ""
    return text.encode("utf-8", "replace").decode("utf-8")

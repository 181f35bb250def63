"""Was the site built from these very sources, without a warning?

Sphinx repeats no warning for a page that it need not read again, so a second build would look clean. Therefore the
first build with a warning throws away Sphinx's memory, and only a clean one writes down what it was built from.
"""

import hashlib
from pathlib import Path

GENERATED = {"_build", "notebooks", "__pycache__", ".ipynb_checkpoints"}


def source_hash(book):
    """Return a hash of all that the site is made from: the book's files, both notebook folders, the pinned versions."""
    digest = hashlib.sha256()
    for path in source_files(book):
        digest.update(path.relative_to(book.parent).as_posix().encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def page_code_hash(book):
    """Return a hash of the code and styles that shape every page, whatever its text."""
    files = [path for folder in ("_ext", "_static") for path in (book / folder).rglob("*") if path.is_file()]
    parts = [path.read_bytes() for path in sorted(files) if "__pycache__" not in path.parts]
    return hashlib.sha256(b"".join(parts)).hexdigest()


def source_files(book):
    """Return the files that the site is made from, in order."""
    root = book.parent
    own = [path for path in book.rglob("*") if not GENERATED & set(path.relative_to(book).parts)]
    notebooks = [path for folder in ("solutions", "notebooks") for path in (root / folder).glob("*.ipynb")]
    live = [path for folder in ("live", "data/encoder") for path in (root / "mha_lib" / folder).glob("*")]
    measured = (root / "benchmarks" / "results").glob("*.json")
    return sorted(path for path in [*own, *notebooks, *live, *measured, root / "constraints.txt"] if path.is_file())


def is_fresh(book):
    """Return whether the site in `book`/_build/html is a clean build of the sources as they are now."""
    stamp = stamp_file(book)
    built = (stamp.parent / "html" / "index.html").exists()
    return built and stamp.exists() and stamp.read_text("utf-8") == source_hash(book)


def stamp_file(book):
    """Return the path of the file that holds the hash of the last clean build."""
    return book / "_build" / "clean"


def record(app, error, started_from):
    """Write down a clean build; after any other, forget what Sphinx has read (a build-finished handler)."""
    if app.builder.name != "html":
        return
    stamp = stamp_file(Path(app.srcdir))
    if error is None and app._warncount == 0:
        stamp.write_text(started_from, "utf-8")
        return
    stamp.unlink(missing_ok=True)
    (Path(app.doctreedir) / "environment.pickle").unlink(missing_ok=True)

"""Files that attack before a cell is read: each takes the folder, and makes one submission in it."""

import io
import json
import os
import zipfile

from tests.attacks.hostile_code import HONEST
from tests.attacks.notebooks import notebook

GOOD = notebook(HONEST)


def content(data):
    """Return a maker of a file with some content."""
    return lambda path: path.write_bytes(data)


def sparse(path):
    """Make a file of one gigabyte that takes no room."""
    with path.open("wb") as file:
        file.truncate(1 << 30)


def zipped(path):
    """Make an archive that would unpack to a hundred megabytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.ipynb", bytes(10**8))
    path.write_bytes(buffer.getvalue())


def with_cells(cells, **facts):
    """Return a notebook's bytes with whatever stands in for its cells."""
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **facts}).encode()


ODD_CELLS = [1, None, "x", [], {}, {"cell_type": "code", "source": 5}, {"cell_type": "code", "source": [1, {}]}]

UNREADABLE = {
    "empty": content(b""),
    "no-json": content(b"<html><script>alert(1)</script>"),
    "json-bomb-deep": content(b"[" * 4_000_000),
    "json-bomb-wide": content(b'{"cells": [' + b"{}," * 1_500_000 + b'{}], "nbformat": 4}'),
    "json-long-number": content(b'{"cells": [], "nbformat": ' + b"9" * 100_000 + b"}"),
    "json-number": content(b"4"),
    "archive": zipped,
    "sparse-gigabyte": sparse,
    "latin-1": content(notebook(HONEST).replace(b"c0", b"\xe4\xf6")),
    "utf-16": content(notebook(HONEST).decode().encode("utf-16")),
    "format-3": content(with_cells([], nbformat=3)),
    "cells-are-a-dict": content(with_cells({"a": 1})),
    "link-to-a-secret": lambda path: path.symlink_to("/etc/passwd"),
    "link-to-another": lambda path: path.symlink_to(path.parent / "honest.ipynb"),
    "link-to-itself": lambda path: path.symlink_to(path),
    "pipe": os.mkfifo,
    "folder.ipynb-in-name": lambda path: path.mkdir(),
}

HOSTILE_NAMES = (
    "=cmd|' -C calc'!A0",
    "+1+1",
    "@SUM(A1)",
    "-2+3",
    "<img src=x onerror=alert(1)>",
    'a\nb,c"d',
    "..",
    "...hidden",
    "%2e%2e%2fescape",
    "x" * 200,
    "\u202egnp.exe",
    os.fsdecode(b"\xff\xfe"),
    "honest ",
    "HONEST",
)

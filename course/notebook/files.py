"""Notebook files: one way to read and to write them."""

from nbformat import v4


def read(path):
    """Return the notebook in a file that this package wrote."""
    return v4.reads(path.read_text("utf-8"))


def dumps(notebook):
    """Return the text of a notebook's file: keys in order, one space of indentation, a newline at the end."""
    return v4.writes(notebook) + "\n"


def write(notebook, path):
    """Write a notebook's file, with line ends that are the same on every system."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(dumps(notebook), "utf-8", newline="\n")

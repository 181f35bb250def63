"""Is a student's notebook still as we wrote it? If not, somebody's work may be in it, and we must not overwrite it."""

import hashlib

import nbformat

from course.notebook.files import dumps, read


def stamp(notebook):
    """Return a student's notebook, in which a hash of its own content now stands."""
    notebook.metadata["mha"] = nbformat.from_dict({"stamp": content_hash(notebook)})
    return notebook


def is_edited(path):
    """Return whether the notebook in a file differs from what was stamped; a file that is not ours counts as edited."""
    try:
        notebook = read(path)
        return notebook.metadata.mha.stamp != content_hash(notebook)
    except (ValueError, AttributeError, TypeError):
        return True


def content_hash(notebook):
    """Return a hash of all of a notebook but its stamp."""
    metadata = {key: value for key, value in notebook.metadata.items() if key != "mha"}
    return hashlib.sha256(dumps(nbformat.from_dict({**notebook, "metadata": metadata})).encode()).hexdigest()

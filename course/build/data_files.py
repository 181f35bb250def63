"""Which files are read as files: those that a source names which looks for files beside a module."""

import re
from fnmatch import fnmatch

CONTAINER = "data"  # holds the files of many modules, so its name alone says little
RESULTS = "results"


def written(folder):
    """Return the files in a folder that were written, rather than left there by Python or an editor."""
    found = (path for path in folder.rglob("*") if path.suffix != ".pyc" and ".ipynb_checkpoints" not in path.parts)
    return [path for path in found if path.is_file()]


def names_in(strings):
    """Return the names of files and folders that stand in texts: "data/words.txt" has two."""
    return {part for text in strings for part in re.split(r"[/\\]", text)}


def named_files(library, files, names, home=None):
    """Return the library's files that are named: by their own name or, if they are no modules, by a folder's.

    library: its folder   files: the paths in it   names: those in a source that looks for files
    home: the folder of that source, None for a chapter

    If no file is named, nor the folder of results, it may be any at home that is no module; in a chapter any at all.
    """
    folders = {path: {*path.relative_to(library).parent.parts} for path in files if path.suffix != ".py"}
    found = [path for path in files if path.name in names]
    found += [path for path, around in folders.items() if around & (names - {CONTAINER})]
    if not found and CONTAINER in names:
        found = [path for path, around in folders.items() if CONTAINER in around]
    if found or RESULTS in names:
        return found
    return [path for path in folders if home in (None, path.parent)]


def patterns(names):
    """Return the names that are patterns of results, such as "blockwise_2*.json"."""
    return {name for name in names if "*" in name and name.endswith(".json")}


def results_like(folder, wanted):
    """Return the stored results whose names are like one of the patterns."""
    return [path for path in written(folder) if any(fnmatch(path.name, pattern) for pattern in wanted)]


def results_named(folder, strings):
    """Return the stored results of which texts name what stands before the date; if they name none, all of them."""
    found = [path for path in written(folder) if path.stem.rpartition("_")[0] in strings]
    return found or written(folder)

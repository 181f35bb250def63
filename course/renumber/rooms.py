"""The order of the rooms with exercises, `_BOOK` in `mha_lib/checks/__init__.py`."""

import re

from course.errors import CourseError

PATH = "mha_lib/checks/__init__.py"
BOOK = re.compile(r'(?<=^_BOOK = \(\n)(?:    "\w+",\n)+(?=\)$)', re.MULTILINE)


def reordered(content, order):
    """Return the content with the rooms in a new order; a new chapter has one, a chapter without one gets none."""
    found = BOOK.search(content)
    if not found:
        raise CourseError(f"{PATH} must have the words of the chapters in `_BOOK`, each in a line of its own.")
    listed = [*re.findall(r"\w+", found[0]), order.new]
    return BOOK.sub("".join(f'    "{word}",\n' for word in order.after if word in listed), content)

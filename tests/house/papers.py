"""What the papers around the book show, for the tests that hold them to it."""

import re

from course.project import ROOT


def text(path):
    """Return a file of the repository as text."""
    return (ROOT / path).read_text("utf-8")


def blocks(path, language, fence="```"):
    """Return the blocks of one language in a paper; those inside of a longer fence are part of an example."""
    paper = text(path) if len(fence) > 3 else re.sub(r"(?ms)^````.*?^````$", "", text(path))
    return re.findall(rf"(?ms)^{fence}{language}\n(.*?)^{fence}$", paper)


def code(path):
    """Return all that a paper shows as code, in lines and in blocks."""
    return "\n".join(blocks(path, r"\w*") + re.findall(r"`([^`\n]+)`", text(path)))

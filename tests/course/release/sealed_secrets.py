"""What must not stand in a sealed edition, and all that can be read in one."""

import ast
import functools
import html
import inspect
import json
import re
import textwrap

import nbformat

from course.build.chapter import parse
from course.grade import catalog
from course.notebook.cells import role
from course.notebook.files import read
from course.notebook.markers import BEGIN, END
from course.release import __main__ as release
from mha_lib import checks

CHAPTERS = release.built()
LONG, LONG_LINE = 24, 40
TAG = re.compile(r"<[^>]*>")


def squeezed(text):
    """Return a text without white space, so that no formatting hides a leak."""
    return re.sub(r"\s+", "", text)


def everything(out):
    """Return all texts of an edition by path, as bytes without white space: each file, as it is and as one reads it.

    Bytes are searched in half the time that a text takes which has one sign beyond Latin.
    """
    return {path: squeezed(readable(path)).encode() for path in sorted(out.rglob("*")) if path.is_file()}


def readable(path):
    """Return what can be read in a file: cells and outputs of a notebook, a page with and without its tags."""
    if path.suffix == ".ipynb":
        cells = nbformat.read(path, 4).cells
        return "\n".join([cell.source for cell in cells] + [json.dumps(cell.get("outputs", [])) for cell in cells])
    text = path.read_bytes().decode("utf-8", "replace")
    return text + html.unescape(TAG.sub("", text)) if path.suffix == ".html" else text


def found(secrets, texts, least=LONG):
    """Return which secrets stand in texts, and where; those shorter than `least` signs say too little."""
    known = {squeezed(secret) for secret in secrets}
    assert known
    long = [secret.encode() for secret in known if len(secret) >= least]
    return [(secret.decode(), path.name) for secret in long for path in texts if secret in texts[path]]


def later(first):
    """Return the chapters from one on."""
    return [chapter for chapter in CHAPTERS if chapter.number >= first.number]


def solutions(first):
    """Return each answer from a chapter on, and each discussion of one, in whole."""
    return [text for chapter in later(first) for text in solutions_of(chapter)]


def solutions_of(chapter):
    """Return each answer of a chapter, and each discussion of one, in whole."""
    for cell in cells_of(chapter):
        if role(cell) == "solution":
            yield cell.source
        elif role(cell) == "answer":
            yield from answers_in(cell)


@functools.cache
def cells_of(chapter):
    """Return the cells of a chapter's text, read once for all editions."""
    return parse(chapter).cells


def answers_in(cell):
    """Return what stands between the markers of an answer's cell."""
    return re.findall(rf"(?s){BEGIN}\n(.*?){END}", cell.source)


def lines_of_answers(first):
    """Return the lines of answers from a chapter on: no comment, no head of a function, none that the book tells."""
    answers = [text for chapter in later(first) for cell in cells_of(chapter) for text in answers_in(cell)]
    lines = {line.strip() for text in answers for line in text.splitlines()}
    return [line for line in lines if not line.startswith(("#", "def ", "class ")) and squeezed(line) not in told()]


@functools.cache
def told():
    """Return what the book's own text, code and outputs show to everybody, without white space."""
    cells = [cell for chapter in CHAPTERS for cell in read(chapter.solution).cells if role(cell) in (None, "exercise")]
    outputs = json.dumps([cell.get("outputs", []) for cell in cells]).replace("\\n", "")
    given = [cell for chapter in CHAPTERS for cell in read(chapter.notebook).cells]  # the heads of answers, for one
    return squeezed("".join(cell.source for cell in cells + given) + outputs)


def sealed_ids(first):
    """Return the exercises that are sealed with a chapter."""
    return [worth.id for worth in catalog.worths().values() if worth.chapter >= first.name]


def bodies(first):
    """Return the bodies of the references from a chapter on, as Python writes them, without docstrings."""
    return [body for name in sealed_ids(first) for body in bodies_of(name)]


@functools.cache
def bodies_of(name):
    """Return the bodies of an exercise's right answers, as Python writes them, without docstrings."""
    exercise = checks.exercise(name)
    functions = {exercise.reference, exercise.worked or exercise.reference, *exercise.equivalents}
    nodes = [ast.parse(textwrap.dedent(inspect.getsource(function))).body[0] for function in functions]
    wanted = [node.body[1:] if ast.get_docstring(node) else node.body for node in nodes]
    return ["\n".join(map(ast.unparse, body)) for body in wanted]


def known_mistakes(first):
    """Return the hints of the known mistakes from a chapter on, which stand beside the edits that make them."""
    return [mistake.hint for name in sealed_ids(first) for mistake in checks.mistakes(name)]

"""The glossary: every term stands in the text of the chapter that it points to."""

import re

import pytest

from course.build.chapter import parse
from course.project import ROOT, chapters

PROSE = {chapter.name[:2]: chapter for chapter in chapters(ROOT)}
ENTRY = re.compile(r"^(?P<term>\S[^\n]*)\n(?P<text>(?:  [^\n]*\n)+)", re.M)
POINTER = re.compile(r"\[Chapter (\d+)\]\(notebooks/(\d\d)_")


def entries():
    """Return each term of the glossary with the chapters that its text names, as number and file."""
    text = (ROOT / "book" / "glossary.md").read_text("utf-8")
    return {entry["term"]: POINTER.findall(entry["text"]) for entry in ENTRY.finditer(text)}


def prose(number):
    """Return what a chapter says outside its code, in lower case, without the marks of Markdown."""
    cells = [cell.source for cell in parse(PROSE[number]).cells if cell.cell_type == "markdown"]
    plain = re.sub(r"(?ms)^```.*?^```", "", "\n".join(cells))
    return re.sub(r"[\s*_`-]+", " ", plain.lower())


def pattern(term):
    """Return a pattern of a term's words one after another, each with any ending."""
    words = re.findall(r"\w+", term.lower())
    return re.compile(r"\b" + r"\W+".join(rf"{re.escape(word[: max(4, len(word) - 3)])}\w*" for word in words))


def test_the_glossary_points_into_the_chapters():
    assert len(entries()) > 100
    assert [term for term, pointers in entries().items() if not pointers] == []


@pytest.mark.parametrize("term", entries())
def test_a_term_stands_in_the_chapter_that_it_points_to(term):
    for typed, number in entries()[term]:
        assert int(typed) == int(number)
        missing = [name for name in term.split(" and ") if not pattern(name).search(prose(number))]
        assert missing == [], f"chapter {typed} never says {missing}"

"""Whatever the text or the library cites is in the list of references, and the list is sound."""

import calendar
import re

import pytest
from pybtex.database import parse_file

from tests.book import html_pages
from tests.book.book_site import BOOK, ROOT, site

ENTRIES = parse_file(str(BOOK / "references.bib")).entries
NAME = r"[A-Z][\w'’-]+"
NAMES = rf"{NAME}(?:(?:,? and|,| &) {NAME})*(?: et al\.)?"
TITLE = r"\*?[A-Z][^;()\n*.]{4,120}\*?"
CITATION = re.compile(rf"(?P<names>{NAMES})(?:, {TITLE})?,? \(?(?P<year>(?:19|20)\d\d)\b")
REQUIRED = {"article": ["journal"], "inproceedings": ["booktitle"], "incollection": ["booktitle", "publisher"]}
REQUIRED |= {"book": ["publisher"], "techreport": ["institution"]}


def citations(text):
    """Return the (surnames, year) that a text cites; a single name needs a comma or a bracket, unlike "In May 2020"."""
    found = [match for match in CITATION.finditer(text) if re.search(r"[,(&]| and | et al", match.group())]
    named = [(tuple(re.findall(NAME, match["names"])), match["year"]) for match in found]
    return [(names, year) for names, year in named if names[0] not in calendar.day_name]


def is_listed(names, year):
    """Return whether an entry of that year has these authors, the first one first."""
    for entry in ENTRIES.values():
        surnames = [" ".join([*person.prelast_names, *person.last_names]) for person in entry.persons["author"]]
        if entry.fields["year"] == year and surnames[0] == names[0] and set(names) <= set(surnames):
            return True
    return False


@pytest.mark.parametrize(
    "path",
    [*sorted(BOOK.glob("*.md")), *sorted((ROOT / "mha_lib").rglob("*.py"))],
    ids=lambda path: path.relative_to(ROOT).as_posix(),
)
def test_what_is_cited_is_listed(path):
    assert [
        f"{names}, {year}" for names, year in citations(path.read_text("utf-8")) if not is_listed(names, year)
    ] == []


@pytest.mark.parametrize(
    ("text", "names", "year"),
    [
        ("(Vaswani et al., 2017, eq. 1)", ("Vaswani",), "2017"),
        ("As Levy and Goldberg (2014) say", ("Levy", "Goldberg"), "2014"),
        ("Hinton, Vinyals and Dean, 2015.", ("Hinton", "Vinyals", "Dean"), "2015"),
        ("Church & Hanks 1990, Word association norms", ("Church", "Hanks"), "1990"),
        ("Bishop, Pattern Recognition and Machine Learning, 2006", ("Bishop",), "2006"),
        ("- Vaswani et al., *Attention is all you need*, 2017.", ("Vaswani",), "2017"),
    ],
)
def test_a_citation_is_found_in_each_of_its_forms(text, names, year):
    assert citations(text) == [(names, year)]


def test_a_date_is_no_citation():
    assert citations("In May 2020 it was new.") == []
    assert citations("Wednesday, October 9, 2024, was a day.") == []


def test_a_citation_that_is_not_listed_is_noticed():
    assert is_listed(("Vaswani",), "2017")
    assert not is_listed(("Vaswani",), "2016")
    assert not is_listed(("Shazeer",), "2017")


@pytest.mark.parametrize("key", ENTRIES)
def test_an_entry_says_where_to_find_the_work(key):
    entry = ENTRIES[key]
    missing = [field for field in ["title", "year", *REQUIRED[entry.type]] if not entry.fields.get(field)]
    assert missing == []
    assert key.endswith(tuple("abcdefghijklmnopqrstuvwxyz"))
    assert entry.fields["year"] in key


def test_no_work_is_listed_twice():
    titles = [re.sub("[^a-z ]", "", entry.fields["title"].lower()) for entry in ENTRIES.values()]
    assert len(set(titles)) == len(titles)


def test_the_page_shows_every_entry():
    assert len(html_pages.read(site() / "references.html").with_class("citation")) == len(ENTRIES)

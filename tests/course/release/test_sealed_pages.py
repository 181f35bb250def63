"""A whole sealed edition, by its command: what stands in its pages, where its links lead, and no line of an answer."""

import re
from urllib.parse import unquote, urldefrag

import nbformat
import pytest

from course.project import ROOT, repository_url
from course.release import __main__ as release
from course.release.sealed.links import without_dead_links
from tests.book.html_pages import Page, broken, is_foreign
from tests.course.release.sealed_secrets import (
    CHAPTERS,
    LONG_LINE,
    bodies,
    everything,
    found,
    known_mistakes,
    lines_of_answers,
    solutions,
)

RELATIVE = re.compile(r"\]\((?![a-z]+:|#)([^)\s]+)\)")


@pytest.fixture(scope="module")
def edition(tmp_path_factory):
    """Return the sealed edition of the whole book."""
    out = tmp_path_factory.mktemp("whole") / "edition"
    assert release.main([str(out), "--sealed"]) == 0
    return out


@pytest.fixture(scope="module")
def single(tmp_path_factory):
    """Return the sealed edition of one chapter, whose links to others lead nowhere."""
    out = tmp_path_factory.mktemp("single") / "edition"
    assert release.main([str(out), "--sealed", "--chapters", "3"]) == 0
    return out


@pytest.fixture(scope="module")
def texts(edition):
    """Return all that can be read in the edition."""
    return everything(edition)


@pytest.fixture(params=["edition", "single"])
def either(request):
    """Return each edition."""
    return request.getfixturevalue(request.param)


def pages(out):
    """Return the pages of an edition that are no part of the theme."""
    return [Page(path) for path in sorted((out / "pages").rglob("*.html")) if "_static" not in path.parts]


def test_every_chapter_has_a_page_and_the_texts_too(edition):
    names = {page.path.relative_to(edition / "pages").as_posix() for page in pages(edition)}
    assert names >= {f"notebooks/{chapter.name}.html" for chapter in CHAPTERS}
    assert names >= {"index.html", "notation.html", "glossary.html", "references.html"}


def test_no_solution_reference_or_hint_stands_in_any_file(texts):
    first = CHAPTERS[0]
    assert found([*solutions(first), *bodies(first), *known_mistakes(first)], texts) == []


def test_no_telling_line_of_an_answer_stands_in_any_file(texts):
    assert found(lines_of_answers(CHAPTERS[0]), texts, LONG_LINE) == []


def test_what_is_searched_for_would_be_found_in_the_books_own_pages(tmp_path):
    (tmp_path / "x.html").write_text("<span>return</span> <b>weights</b>&nbsp;@ v<br>&lt; 3, and some more", "utf-8")
    assert found(["return weights @ v\n < 3, and some"], everything(tmp_path))


def test_nothing_can_be_unfolded_that_is_an_answer(edition):
    for page in pages(edition):
        assert "Show solution" not in page.text
        assert not page.with_class("solution")
        assert "About the solution" not in page.text


def test_no_page_leads_to_the_repository(either):
    address = repository_url(ROOT).removeprefix("https://")
    for page in pages(either):
        assert [link for link in page.links if address in link or "binder" in link or "colab" in link] == []


def test_every_link_and_asset_of_a_page_is_there(either):
    every = pages(either)
    wanted = [(page, address) for page in every for address in (*page.links, *page.assets) if not is_foreign(address)]
    assert [fault for page, address in wanted if (fault := broken(page, address))] == []


def test_every_link_of_a_notebook_is_there(either):
    for path in (either / "notebooks").glob("*.ipynb"):
        prose = "\n".join(cell.source for cell in nbformat.read(path, 4).cells if cell.cell_type == "markdown")
        for address in RELATIVE.findall(prose):
            assert (path.parent / unquote(urldefrag(address)[0])).is_file(), (path.name, address)


def test_a_link_to_what_is_not_handed_out_becomes_its_words():
    text = "[one](03_x.ipynb#a), [two](../book/notation.md), [three](04_y.ipynb), [four](https://example.org/x.md)"
    left = "one, [two](../book/notation.md), three, [four](https://example.org/x.md)"
    assert without_dead_links(text, {"notation"}) == left

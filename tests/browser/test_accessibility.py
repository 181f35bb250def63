"""axe finds nothing on the book's pages but what the theme brings along."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.reader import CHAPTERS, OPEN_TOGGLES, PAGES, PHONE, Reader

FRONT = [path.replace("search.html", "search.html?q=softmax") for path in PAGES]
COLOURS_ONLY = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
ALL_BUT_COLOURS = {"rules": {"color-contrast": {"enabled": False}}}  # slow on a page with much code
WITHOUT_MATHJAX = {"exclude": [["mjx-container"]]}  # its inner elements are many, and none of ours

# The book's title in the side bar stands outside of all landmarks; axe calls it by its shortest unique name.
THEME = {("region", ".title"), ("region", ".logo__title")}


def violations(page, **options):
    """Return the (rule, selector) pairs that axe reports on a page whose toggles are open."""
    page.evaluate(OPEN_TOGGLES)
    found = Axe().run(page, WITHOUT_MATHJAX, {"resultTypes": ["violations"], **options}).response["violations"]
    return {(rule["id"], " ".join(node["target"])) for rule in found for node in rule["nodes"]}


@pytest.mark.parametrize("path", [*FRONT, CHAPTERS[-1]])
def test_axe_finds_nothing_of_ours(reader_online, path):
    assert violations(reader_online.open(path)) - THEME == set()


@pytest.mark.parametrize("path", [*FRONT, CHAPTERS[-1]])
def test_a_dark_page_has_enough_contrast(browser, server, path):
    with Reader(browser, server, colours="dark") as reader:
        assert violations(reader.open(path), **COLOURS_ONLY) == set()


@pytest.mark.parametrize("path", CHAPTERS[:-1])
def test_axe_finds_nothing_of_ours_in_the_other_chapters(reader_online, path):
    assert violations(reader_online.open(path), **ALL_BUT_COLOURS) - THEME == set()


def test_axe_finds_nothing_of_ours_on_a_phone(browser, server):
    with Reader(browser, server, screen=PHONE) as reader:
        assert violations(reader.open(CHAPTERS[-1]), **ALL_BUT_COLOURS) - THEME == set()

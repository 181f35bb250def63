"""Every page of the site, opened once from a server and once from the disk: what holds of each."""

import pytest

from tests.book.book_site import pages, site
from tests.browser.axe import THEME, pale, violations
from tests.browser.reader import ALL, CHAPTERS, DESK, PAGES, PHONE, TOO_WIDE, Reader, visit

HAVE_FORMULAS = ["notation.html", "glossary.html", *CHAPTERS]
ALSO_DARK = [*PAGES, CHAPTERS[-1]]
CLOSE_TOGGLES = "() => document.querySelectorAll('main details').forEach(toggle => { toggle.open = false })"

online = pytest.mark.parametrize("address", ["server"], indirect=True)


@pytest.fixture(scope="module")
def window(browser, address):
    """Return a reader who stays: what they have loaded once is at hand."""
    with Reader(browser, address) as reader:
        yield reader


@pytest.fixture(scope="module", params=ALL)
def seen(request, window):
    """Return what was seen on each page of the site, still open; pytest runs all tests of one before the next."""
    window.page.emulate_media(color_scheme="light")
    window.page.set_viewport_size(DESK)
    return visit(window, request.param)


def test_every_page_of_the_site_is_visited():
    assert {page.relative_to(site()).as_posix() for page in pages()} == set(ALL)


def test_a_page_reports_no_error(seen):
    assert seen.errors == []


def test_a_page_asks_for_nothing_elsewhere(seen, address):
    own = (address, "data:", "blob:")
    assert [url for url in seen.requests if not url.startswith(own)] == []
    assert len(seen.requests) > 1


def test_every_formula_is_rendered(seen):
    assert seen.facts["rendered"] == seen.facts["formulas"]
    assert seen.facts["formulas"] or seen.path not in HAVE_FORMULAS
    assert seen.facts["red"] == []


def test_every_figure_is_there_and_described(seen):
    assert seen.facts["missing"] == []
    assert seen.facts["undescribed"] == []


@online
def test_a_phone_shows_a_page_without_scrolling_sideways(seen):
    seen.page.set_viewport_size(PHONE)
    assert seen.page.evaluate(TOO_WIDE) == 0
    seen.page.set_viewport_size(DESK)


@online
def test_axe_finds_nothing_of_ours(seen):
    assert violations(seen.page) - THEME == set()


@online
def test_text_and_links_have_enough_contrast(seen):
    for colours in ("light", "dark") if seen.path in ALSO_DARK else ("light",):
        ask_for(seen.page, colours)
        assert pale(seen.page) == set(), colours


def ask_for(page, colours):
    """Have the reader prefer light or dark colours from now on, and wait until the page has them."""
    page.emulate_media(color_scheme=colours)
    page.wait_for_function("colours => document.documentElement.dataset.theme === colours", arg=colours)


@online
def test_toggles_open_and_close_by_the_keyboard(seen):
    seen.page.evaluate(CLOSE_TOGGLES)
    for kind in ("details.hide", "details.solution", "details:not([class])"):
        for toggle in seen.page.locator(f"main {kind}").all()[:1]:
            assert [press_enter(toggle), press_enter(toggle)] == [True, False], kind


def press_enter(toggle):
    """Press Enter on a toggle's summary; return whether the toggle is open after it."""
    toggle.locator("summary").first.focus()
    toggle.page.keyboard.press("Enter")
    return toggle.evaluate("element => element.open")

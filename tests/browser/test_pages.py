"""What a reader meets: formulas, search, toggles, darkness, a narrow screen, no network."""

import pytest

from tests.book.book_site import pages, site
from tests.browser.reader import ALL, CHAPTERS, Reader

FONTS = """() => document.fonts.ready.then(
    () => [...document.fonts].filter(font => font.family.startsWith('MJX')).map(font => font.status))"""
BRIGHTNESS = """() => getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3)
    .reduce((sum, part) => sum + Number(part), 0) / 3"""


def test_every_page_of_the_site_is_visited(visits):
    assert {page.relative_to(site()).as_posix() for page in pages()} == set(visits)


@pytest.mark.parametrize("path", ALL)
def test_a_page_reports_no_error(visits, path):
    assert visits[path].errors == []


@pytest.mark.parametrize("path", ALL)
def test_a_page_asks_for_nothing_elsewhere(visits, address, path):
    own = (address, "data:", "blob:")
    assert [url for url in visits[path].requests if not url.startswith(own)] == []
    assert len(visits[path].requests) > 1


@pytest.mark.parametrize("path", ["notation.html", "glossary.html", *CHAPTERS])
def test_every_formula_is_rendered(visits, path):
    facts = visits[path].facts
    assert facts["rendered"] == facts["formulas"] > 0
    assert facts["red"] == []


def test_the_fonts_of_formulas_are_loaded(reader):
    states = reader.open("notation.html").evaluate(FONTS)
    assert "loaded" in states
    assert "error" not in states


@pytest.mark.parametrize("path", ALL)
def test_every_figure_is_there_and_described(visits, path):
    assert visits[path].facts["missing"] == []
    assert visits[path].facts["undescribed"] == []


@pytest.mark.parametrize("path", ALL)
def test_a_phone_shows_a_page_without_scrolling_sideways(visits, path):
    assert visits[path].too_wide == 0


def test_search_finds_a_word(reader):
    page = reader.open("search.html?q=softmax")
    page.wait_for_selector("#search-results li a")
    found = page.locator("#search-results li a").evaluate_all("links => links.map(link => link.href)")
    assert any("glossary" in link for link in found)


def test_search_opens_from_the_keyboard(reader_online):
    page = reader_online.open("index.html")
    page.keyboard.press("Control+K")
    page.keyboard.type("softmax")
    page.keyboard.press("Enter")
    page.wait_for_selector("#search-results li a")
    assert "q=softmax" in page.url


def test_there_is_no_second_bar_at_the_top(reader_online):
    page = reader_online.open("index.html")
    assert page.locator(".bd-header").evaluate_all("bars => bars.filter(bar => bar.offsetHeight > 0).length") == 0


def test_a_page_is_dark_for_those_who_ask_for_it(browser, address):
    with Reader(browser, address, colours="dark") as reader:
        assert reader.open("index.html").evaluate(BRIGHTNESS) < 60


def test_the_button_turns_a_light_page_dark(reader):
    page = reader.open("index.html")
    assert page.evaluate(BRIGHTNESS) > 200
    button = page.locator(".theme-switch-button:visible").first
    for _ in range(3):
        if page.evaluate("() => document.documentElement.dataset.mode") != "dark":
            button.click()
    assert page.evaluate(BRIGHTNESS) < 60


@pytest.mark.parametrize("path", CHAPTERS)
def test_toggles_open_and_close_by_the_keyboard(reader_online, path):
    page = reader_online.open(path)
    for kind in ("details.hide", "details.solution", "details:not([class])"):
        for toggle in page.locator(f"main {kind}").all()[:1]:
            assert [press_enter(toggle), press_enter(toggle)] == [True, False], kind


def press_enter(toggle):
    """Press Enter on a toggle's summary; return whether the toggle is open after it."""
    toggle.locator("summary").first.focus()
    toggle.page.keyboard.press("Enter")
    return toggle.evaluate("element => element.open")

"""What a reader does with the site: reads formulas, searches, asks for darkness, holds a phone."""

import pytest

from tests.browser.axe import THEME, pale, violations
from tests.browser.reader import CHAPTERS, PHONE, Reader

FONTS = """() => document.fonts.ready.then(
    () => [...document.fonts].filter(font => font.family.startsWith('MJX')).map(font => font.status))"""
BRIGHTNESS = """() => getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3)
    .reduce((sum, part) => sum + Number(part), 0) / 3"""


def test_the_fonts_of_formulas_are_loaded(reader):
    states = reader.open("notation.html").evaluate(FONTS)
    assert "loaded" in states
    assert "error" not in states


def test_search_finds_a_word(reader):
    page = reader.open("search.html?q=softmax")
    page.wait_for_selector("#search-results li a")
    found = page.locator("#search-results li a").evaluate_all("links => links.map(link => link.href)")
    assert any("glossary" in link for link in found)


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_axe_finds_nothing_of_ours_in_what_search_finds(browser, server, colours):
    with Reader(browser, server, colours=colours) as reader:
        page = reader.open("search.html?q=softmax")
        page.wait_for_selector("#search-results li a")
        assert violations(page) - THEME == set()
        assert pale(page) == set()


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


def test_axe_finds_nothing_of_ours_on_a_phone(browser, server):
    with Reader(browser, server, screen=PHONE) as reader:
        assert violations(reader.open(CHAPTERS[-1])) - THEME == set()

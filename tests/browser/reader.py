"""Somebody who opens pages, and notes what went wrong on the way."""

from dataclasses import dataclass

from playwright.sync_api import Page

from tests.book.book_site import BOOK

FRONT = ("index", "how_to_use", "notation", "measurements", "glossary", "references", "search", "genindex")
PAGES = [f"{name}.html" for name in FRONT]
CHAPTERS = [f"notebooks/{path.stem}.html" for path in sorted(BOOK.glob("[0-9][0-9]_*.md"))]
ALL = PAGES + CHAPTERS

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}

WAIT_FOR_MATH = "() => window.MathJax && MathJax.startup ? MathJax.startup.promise.then(() => true) : true"
OPEN_TOGGLES = """() => {
    document.querySelectorAll('main details').forEach(toggle => { toggle.open = true })
    document.getAnimations().forEach(animation => animation.finish())
}"""
FACTS = """() => {
    const all = selector => [...document.querySelectorAll(selector)]
    const text = element => (element.alt || element.getAttribute('aria-label') || '').trim()
    const start = element => element.outerHTML.slice(0, 100)
    return {
        formulas: all('main .math').length,
        rendered: all('mjx-container').filter(element => element.offsetWidth > 0).length,
        red: all('mjx-merror, mjx-container [style*="color: red"]').map(element => element.textContent),
        undescribed: all('main img, main svg.cover').filter(element => !text(element)).map(start),
        missing: [...document.images].filter(image => image.complete && !image.naturalWidth).map(start),
    }
}"""
TOO_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


class Reader:
    """A browser window on the site at `address`. `errors` and `requests` collect over all its pages."""

    def __init__(self, browser, address, screen=DESK, colours="light"):
        self.address = address
        self.context = browser.new_context(viewport=screen, color_scheme=colours)
        self.page = self.context.new_page()
        self.page.set_default_timeout(20_000)
        self.errors, self.requests = [], []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", self.note)
        self.page.on("request", lambda request: self.requests.append(request.url))

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.context.close()

    def note(self, message):
        """Note what the page's console reports as an error."""
        if message.type == "error":
            self.errors.append(message.text)

    def open(self, path):
        """Open a page of the site and wait for its formulas; return the page."""
        self.page.goto(f"{self.address}/{path}")
        self.page.evaluate(WAIT_FOR_MATH)
        return self.page


@dataclass(frozen=True)
class Visit:
    """What was seen on the page at `path`: `facts` by name, `errors`, and the `requests` that were made.

    The `page` itself is still open, its toggles too, until the next one is visited.
    """

    path: str
    page: Page
    facts: dict
    errors: list
    requests: list


def visit(reader, path):
    """Return what a reader sees on a page with all its toggles open."""
    reader.errors, reader.requests = [], []
    page = reader.open(path)
    page.evaluate(OPEN_TOGGLES)
    return Visit(path, page, page.evaluate(FACTS), reader.errors, reader.requests)

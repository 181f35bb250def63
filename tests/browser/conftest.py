"""A browser, and the site as a reader gets it: from a server and from the disk.

The browser lives as long as this folder's tests: Playwright's loop would stand in the way of others in its process.
"""

import functools
import shutil
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Error, sync_playwright

from tests.book.book_site import site
from tests.browser.reader import Reader

NEEDED = "needs Chromium: install it (apt-get install chromium, or python -m playwright install chromium)"
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
QUIET += ["--disable-background-networking", "--disable-component-update"]


class Silent(SimpleHTTPRequestHandler):
    """A handler that does not report what it serves."""

    def log_message(self, *args):
        """Say nothing."""


@pytest.fixture(scope="package")
def browser():
    """Return a headless Chromium: the system's, or Playwright's own."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    with sync_playwright() as playwright:
        try:
            chromium = playwright.chromium.launch(executable_path=path, args=QUIET)
        except Error as error:
            pytest.skip(f"{NEEDED} ({error.message.splitlines()[0][:60]})")
        yield chromium
        chromium.close()


@pytest.fixture(scope="package")
def server():
    """Return the address of a server for the site on a free port of this machine."""
    handler = functools.partial(Silent, directory=site())
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="package", params=["server", "disk"])
def address(request):
    """Return where the site is: at a server's address, or in a folder."""
    return request.getfixturevalue("server") if request.param == "server" else site().as_uri()


@pytest.fixture
def reader(browser, address):
    """Return a reader at a desk, with the site before them."""
    with Reader(browser, address) as reader:
        yield reader


@pytest.fixture(scope="package")
def reader_online(browser, server):
    """Return a reader who gets the site from a server, and stays: what they have loaded once is at hand."""
    with Reader(browser, server) as reader:
        yield reader

"""Reading a built page: what it loads, what it links to, what can be linked to, and its images."""

import functools
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

LOADING = {"script": "src", "img": "src", "source": "src", "iframe": "src", "video": "src", "audio": "src"}
LOADING_RELATIONS = {"stylesheet", "icon", "preload", "modulepreload", "shortcut icon", "manifest", "prefetch"}


class Page(HTMLParser):
    """What a page holds: `ids`, `links`, `assets` as the page writes them, `images` as attributes, `tags` by name."""

    def __init__(self, path):
        super().__init__()
        self.path = Path(path)
        self.ids, self.links, self.assets, self.images, self.elements = set(), [], [], [], []
        self.text = self.path.read_text("utf-8")
        self.feed(self.text)

    def handle_starttag(self, tag, attrs):
        """Note what one start tag says."""
        given = dict(attrs)
        self.elements.append((tag, given))
        self.ids |= {given[key] for key in ("id", "name") if given.get(key)}
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        if tag == "img":
            self.images.append(given)
        self.assets += asset(tag, given)

    def with_class(self, name):
        """Return the attributes of the elements that have a class."""
        return [given for _, given in self.elements if name in (given.get("class") or "").split()]


def asset(tag, given):
    """Return what the browser loads for a tag, as a list of none or one address."""
    if tag == "link" and given.get("rel", "").lower() in LOADING_RELATIONS:
        return [given["href"]]
    return [given[LOADING[tag]]] if given.get(LOADING.get(tag)) else []


@functools.cache
def read(path):
    """Return the page in a file."""
    return Page(path)


def is_foreign(address):
    """Return whether an address lies on another host."""
    return bool(urlsplit(address).netloc) or urlsplit(address).scheme not in ("", "data")


def broken(page, address):
    """Return why a link or an asset within the site leads nowhere, or None."""
    target, anchor = urldefrag(address)
    path = (page.path.parent / unquote(urlsplit(target).path)).resolve() if target else page.path
    if not exists_exactly(path):
        return f"{page.path.name}: there is no {address}"
    if anchor and path.suffix == ".html" and unquote(anchor) not in read(path).ids:
        return f"{page.path.name}: {address} has no such anchor"
    return None


def exists_exactly(path):
    """Return whether a file exists under this very spelling, which some file systems do not ask."""
    return path.is_file() and path.name in listing(path.parent)


@functools.cache
def listing(folder):
    """Return the names in a folder."""
    return frozenset(entry.name for entry in folder.iterdir())

"""Links of a sealed edition: those to what is not handed out become their own words."""

import re
from pathlib import PurePosixPath

LINK = re.compile(r"\[(?P<words>[^\]]+)\]\((?P<path>(?![a-z]+:)[^)\s#]+\.(?:ipynb|md))(?:#[^)\s]*)?\)")
TO_PAGES = re.compile(r"\]\(\.\./book/(\w+)\.md")


def without_dead_links(text, names):
    """Return a text in which only links to these pages and chapters, given by name, are still links."""
    return LINK.sub(lambda link: link[0] if PurePosixPath(link["path"]).stem in names else link["words"], text)


def to_html(text):
    """Return a notebook's text whose links to the book's texts lead to the pages made from them."""
    return TO_PAGES.sub(r"](../pages/\1.html", text)

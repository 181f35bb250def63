"""Chapter 10. Families: which part of the documentation is a text from? Labels that nobody had to write.

A text is the beginning of a docstring, its family the part of the library that its module belongs to. Training texts
are of other modules than those that are scored, so that a module's habits can't be learned by heart.
"""

import re
from typing import NamedTuple

FAMILIES = {  # name -> the packages and modules that belong to it, by the first part of their names
    "array": ("numpy",),
    "figure": ("matplotlib",),
    "window": ("tkinter", "turtle", "turtledemo", "idlelib", "curses"),
    "network": (
        *("http", "urllib", "socket", "ssl", "ftplib", "imaplib", "smtplib", "poplib", "nntplib", "telnetlib"),
        *("socketserver", "xmlrpc", "wsgiref", "cgi", "cgitb", "email", "mailbox", "smtpd", "webbrowser"),
    ),
    "parallel": ("asyncio", "asyncore", "multiprocessing", "concurrent", "threading", "queue", "sched", "subprocess"),
    "container": (
        *("collections", "operator", "functools", "itertools", "heapq", "bisect", "copy", "types", "weakref"),
        *("enum", "dataclasses", "contextlib", "abc", "_collections_abc", "_weakrefset", "shelve", "reprlib"),
    ),
    "markup": ("xml", "html", "json", "csv", "plistlib", "configparser", "tomllib", "string", "textwrap", "gettext"),
    "code": ("ast", "inspect", "dis", "importlib", "pkgutil", "lib2to3", "tokenize", "zipimport", "modulefinder"),
    "trial": ("unittest", "doctest", "pdb", "bdb", "cmd", "logging", "trace", "cProfile", "pstats", "warnings"),
    "build": ("distutils", "ensurepip", "venv", "zipapp", "sysconfig", "site", "compileall", "py_compile"),
}
NAMES = tuple(FAMILIES)
MAX_WORDS = 16  # of a docstring's beginning
MAX_TOKENS = 24  # of those words


class Text(NamedTuple):
    """The beginning of a docstring, and the number of its family in NAMES."""

    text: str
    family: int


def family_of(module):
    """Return the number of the family that a module belongs to, or None.

    >>> NAMES[family_of("numpy.linalg")], family_of("antigravity")
    ('array', None)
    """
    for number, starts in enumerate(FAMILIES.values()):
        if module.partition(".")[0] in starts:
            return number
    return None


def texts(docstrings):
    """Return a list of Text of the docstrings whose module is of a family, each text once, in their order.

    docstrings: a list of corpus.Docstring
    """
    found = {}
    for docstring in docstrings:
        family = family_of(docstring.module)
        words = re.sub(r"\s+", " ", docstring.text).split()[:MAX_WORDS]
        if family is not None:
            found.setdefault(" ".join(words), family)
    return [Text(text, family) for text, family in found.items()]


def few(rng, labelled, count):
    """Return `count` of the labelled texts in random order, the families in turn as long as each has some left.

    rng: numpy.random.Generator   labelled: a list of Text
    """
    piles = [[] for _ in NAMES]
    for index in rng.permutation(len(labelled)):
        piles[labelled[index].family].append(labelled[index])
    turns = sorted((place, number) for number, pile in enumerate(piles) for place in range(len(pile)))
    return [piles[number][place] for place, number in turns[:count]]

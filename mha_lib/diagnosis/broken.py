"""Broken versions of a right function, made by editing its source: a mistake is the line that a learner would write."""

import functools
import inspect
import itertools
import linecache
import sys
import textwrap
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Mistake:
    """One known mistake: its name, the question a teacher would ask, and the edits that make it.

    An edit is a pair (right, wrong) of source fragments. A mistake too large for an edit has a function of its own.
    """

    name: str
    hint: str
    edits: tuple[tuple[str, str], ...] = ()
    function: Callable | None = None
    worked: Callable | None = None

    def build(self):
        """Return the broken function."""
        return self.function or edited(self.worked, self.edits, self.name)

    def source(self):
        """Return the source of the broken function, to show in a "spot the mistake" question."""
        return textwrap.dedent(inspect.getsource(self.build()))


def edit(name, hint, *edits):
    """Return a mistake made by replacing source fragments of the right answer: edits are pairs (right, wrong)."""
    return Mistake(name, hint, edits=edits)


def rewrite(name, hint, function):
    """Return a mistake that is a function of its own."""
    return Mistake(name, hint, function=function)


def bind(mistakes, worked):
    """Return the mistakes, each tied to the function whose source its edits change."""
    return tuple(Mistake(m.name, m.hint, m.edits, m.function, worked) for m in mistakes)


def pairs(mistakes):
    """Return for every two mistakes that can be made together: the two, and the function that makes both."""
    for first, second in itertools.combinations(mistakes, 2):
        if first.edits and second.edits and (function := _both(first, second)):
            yield (first, second), function


def _both(first, second):
    for edits in (first.edits + second.edits, second.edits + first.edits):
        try:
            return edited(first.worked, edits, f"{first.name}, and {second.name}")
        except (LookupError, SyntaxError):
            continue
    return None


@functools.cache
def edited(function, edits, name):
    """Return `function` with each (right, wrong) fragment of its source replaced, everywhere it stands.

    Raises LookupError if a right fragment does not stand in the source: the function changed, so must the edit.
    """
    source = body_source(function)
    for right, wrong in edits:
        if right not in source:
            raise LookupError(f"{name!r}: the source of {function.__name__} has no {right!r} to replace")
        source = source.replace(right, wrong)
    filename = f"<{function.__name__}: {name}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    namespace = dict(getattr(function, "__globals__", None) or vars(sys.modules[function.__module__]))
    exec(compile(source, filename, "exec"), namespace)  # the source is this project's own
    return namespace[function.__name__]


@functools.cache
def body_source(function):
    """Return the source of a function without its docstring, so that edits see code alone."""
    source = textwrap.dedent(inspect.getsource(function))
    if function.__doc__:
        start = source.index('"""')
        end = source.index('"""', start + 3) + 3
        source = source[:start].rstrip() + source[end:]
    return source

"""What becomes of numbers: of one, of a list, of a range."""

import re
from dataclasses import dataclass

from course.renumber.grammar import ITEM

TORN = "a range that is torn apart: left with its old numbers"
GONE = "the chapter is gone: left with its old number"
ONE_GONE = "one of these chapters is gone: all were left with their old numbers"
WIDER = "the range holds the new chapter now"
NARROWER = "the range held the chapter that is gone"
FREE = "no chapter had this number until now: left as it was"


class Undecided(Exception):
    """Numbers that are left as they are; the message says why."""


@dataclass(frozen=True, order=True)
class Span:
    """A number, `first` being `last`, or a range, with the word that stands between its ends."""

    first: int
    last: int
    to: str = ""

    def written(self, padded):
        """Return the span as text, its numbers with two digits if `padded`."""
        first, last = (f"{number:02}" if padded else str(number) for number in (self.first, self.last))
        return f"{first}{self.to}{last}" if self.to else first


def renumbered(numbers, order, two_digits=False):
    """Return numbers as they are to be written, and why somebody should look at them, as a set of sentences.

    A list that was in order is in order again. two_digits: numbers of two digits keep both, as 11 does when it becomes
    08. Raises Undecided if a range is torn apart or a chapter is gone.
    """
    found = list(ITEM.finditer(numbers))
    old = [Span(int(item["first"]), int(item["last"] or item["first"]), item["to"] or "") for item in found]
    if len(old) > 1 and any(span.first == span.last and order.number(span.first) is None for span in old):
        raise Undecided(ONE_GONE)
    doubts = set()
    new = [follow(span, order, doubts) for span in old]
    if old == sorted(old):
        new.sort()
    padded = two_digits or any(item["first"].startswith("0") for item in found)
    parts = iter(span.written(padded) for span in new)
    return (numbers if new == old else ITEM.sub(lambda item: next(parts), numbers)), doubts


def follow(span, order, doubts):
    """Return a span with its new numbers; what is to be looked at goes into `doubts`. Raises Undecided."""
    if span.first == span.last:
        new = order.number(span.first)
        if new is None:
            raise Undecided(GONE)
        if len(order.before) < span.first <= len(order.after):
            doubts.add(FREE)
        return Span(new, new)
    return follow_range(span, order, doubts)


def follow_range(span, order, doubts):
    """Return a range with its new ends, if what was inside is still side by side. Raises Undecided."""
    inside = [order.number(number) for number in range(span.first, span.last + 1)]
    kept = sorted(number for number in inside if number is not None)
    if len(kept) < 2:
        raise Undecided(GONE if kept else TORN)
    between = set(range(kept[0], kept[-1] + 1)) - set(kept)
    if between - ({order.after.index(order.new) + 1} if order.new else set()):
        raise Undecided(TORN)
    doubts |= {WIDER} if between else set()
    doubts |= {NARROWER} if None in inside else set()
    return Span(kept[0], kept[-1], span.to)


def in_text(numbers):
    """Return the numbers that stand in a text."""
    return [int(number) for number in re.findall(r"\d+", numbers)]

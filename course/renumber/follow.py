"""Follow numbers through one text: what is sure is rewritten, what is not is left and told."""

import re
from dataclasses import dataclass, field

from course.renumber import grammar
from course.renumber.numbers import GONE, Undecided, in_text, renumbered

OTHERS = "perhaps a chapter of another book: left as it was"
BESIDE = "a number beside it may be a chapter's, too: that one was left"
AHEAD = "it spoke of an earlier chapter, which comes later now"
BACK = "it spoke of a later chapter, which comes earlier now"


@dataclass(frozen=True, order=True)
class Doubt:
    """A line that somebody should read: why, where, and what it says."""

    why: str
    path: str
    line: int
    excerpt: str


@dataclass
class Text:
    """One text on its way to its new numbers; `home` is the word of the chapter whose text it is, or None."""

    path: str
    content: str
    home: str | None = None
    doubts: set = field(default_factory=set)

    def doubt(self, why, start):
        """Remember a place in the content as it is now; lines stay what they are when numbers change."""
        line, column = self.content.count("\n", 0, start), start - (self.content.rfind("\n", 0, start) + 1)
        self.doubts.add((why, line, column))

    def told(self):
        """Return the doubts as a set of Doubt, with lines as they read now; of several about a line, the first."""
        lines, first = self.content.split("\n"), {}
        for why, line, column in sorted(self.doubts):
            first.setdefault((why, line), Doubt(why, self.path, line + 1, excerpt(lines[line], column)))
        return set(first.values())


def excerpt(line, column, width=110):
    """Return a line; of a long one, what stands around a column."""
    left = max(0, min(column - width // 3, len(line) - width))
    return "… " * (left > 0) + line[left : left + width].strip() + " …" * (left + width < len(line))


def follow(text, order):
    """Rewrite the numbers of a Text for a new order; what could not be decided is added to its doubts."""
    for pattern in grammar.SENTENCES:
        rewrite(text, pattern, order, sentence)
    for pattern in (*grammar.CODE, *((*grammar.EXERCISES, *grammar.MARKED) if text.path.endswith(".md") else ())):
        rewrite(text, pattern, order, decide)
    for pattern in grammar.TWO_DIGITS:
        rewrite(text, pattern, order, decide, two_digits=True)
    if text.home:
        rewrite(text, grammar.TITLE, order, decide, count=1)
    follow_names(text, order)


def rewrite(text, pattern, order, decision, count=0, **options):
    """Replace the numbers in each match of a pattern by what `decision` makes of the match."""

    def put(match):
        start, end = (place - match.start() for place in match.span("numbers"))
        return match[0][:start] + decision(text, match, order, **options) + match[0][end:]

    text.content = pattern.sub(put, text.content, count=count)


def decide(text, match, order, **options):
    """Return the new numbers of a match; the old ones, and a doubt, if it cannot be decided."""
    try:
        numbers, doubts = renumbered(match["numbers"], order, **options)
    except Undecided as left:
        numbers, doubts = match["numbers"], {str(left)}
    for why in doubts:
        text.doubt(why, match.start())
    return numbers


def sentence(text, match, order):
    """Return the new numbers of a mention in a sentence, if it is one of this book."""
    if grammar.is_anothers(text.content, match.start(), match.end()):
        if any(order.number(number) != number for number in in_text(match["numbers"])):
            text.doubt(OTHERS, match.start())
        return match["numbers"]
    look_around(text, match, order)
    return decide(text, match, order)


def look_around(text, match, order):
    """Doubt a mention that points the other way now, and one beside which a number stands without the word."""
    for number in in_text(match["numbers"]):
        if text.home and turned(order, text.home, number):
            text.doubt(AHEAD if number <= order.before.index(text.home) else BACK, match.start())
    beside = re.compile(rf"{grammar.BETWEEN}(?P<number>{grammar.NUMBER})\b").match(text.content, match.end())
    if beside and order.number(int(beside["number"])) != int(beside["number"]):
        text.doubt(BESIDE, match.start())


def turned(order, home, number):
    """Return whether a chapter lay on the other side of `home` before."""
    here, now, there = order.before.index(home) + 1, order.after.index(home) + 1, order.number(number)
    return there is not None and (number < here) != (there < now)


def follow_names(text, order):
    """Rewrite names such as 03_attention."""
    new = order.names()

    def named(match):
        if new[match["name"]] is None:
            text.doubt(GONE, match.start())
        return new[match["name"]] or match["name"]

    text.content = grammar.names(order).sub(named, text.content)

"""Sentences that may have changed their meaning although no number stands in them, or none that is sure."""

import re

from course.renumber import grammar
from course.renumber.contents import parts

SPOKEN = "spoken from where the chapter stood"
LAST = "another chapter is the last one now"
PART = "this part has other chapters now"
COUNT = "the number of chapters has changed"
BARE = "a bare number, perhaps a chapter's: left as it was"
MAP = "the map of the book is drawn anew: does its description still hold?"
LONG = "the line is too long now"
NAMED = "it names what belongs to the chapter that is gone"

GAP = grammar.SPACE
NEIGHBOUR = re.compile(
    rf"(?i)\b(?:next|last|previous|following|coming){GAP}chapters?\b(?!{GAP}\d)|\bchapters?{GAP}(?:before|after)\b"
    rf"|\b(?:two|three|four){GAP}chapters{GAP}(?:ago|back|later|on)\b|\bNext(?:{GAP}comes|:)"
)
LONGEST = 120
LAST_CHAPTER = re.compile(rf"(?i)\blast{GAP}chapter\b")
TOOLS = re.compile(r"(?m)^(?:from|import) course\b|CHAPTERS\[|foundations\(")


def look(texts, order, old_toc, new_toc):
    """Add to the doubts of each Text what should be read again."""
    was, now = parts(old_toc), parts(new_toc)
    changed = [part for part in was if was[part] != now.get(part)]
    for text in texts:
        for why, pattern in patterns(text, order, changed):
            for match in pattern.finditer(text.content):
                text.doubt(why, match.start())


def patterns(text, order, changed_parts):
    """Yield what to look for in a Text, with the reason."""
    if belongs_to(text.path, new_neighbours(order)):
        yield SPOKEN, NEIGHBOUR
    if order.before[-1] != order.after[-1] and not text.home:
        yield LAST, LAST_CHAPTER
    if changed_parts and text.path != "book/_toc.yml":
        yield PART, re.compile(rf"\b(?:{'|'.join(changed_parts)})\b")
    if len(order.before) != len(order.after):
        yield COUNT, re.compile(rf"\b{len(order.before)}{GAP}chapters\b")
    if text.path.endswith(".md"):
        yield MAP, re.compile(r"\bshow_book_map\(\)")
    if order.gone and not belongs_to(text.path, {order.gone}):
        yield NAMED, re.compile(rf"\b(?:mha_lib|checks|tests)[./]{order.gone}\b|\bimport {order.gone}\b")


def new_neighbours(order):
    """Return the words of the chapters before or after which another one stands now."""
    before, after = neighbours(order.before), neighbours(order.after)
    return {word for word in order.after if before.get(word) != after[word]}


def neighbours(words):
    """Return word -> the words before and after it."""
    around = (None, *words, None)
    return {word: (around[place], around[place + 2]) for place, word in enumerate(words)}


def belongs_to(path, words):
    """Return whether a file is the text of one of these chapters, or lies in its room."""
    stems = {part.removesuffix(".py").removesuffix(".md") for part in path.split("/")}
    return any(word in stems or re.fullmatch(rf"book/\d\d_{word}\.md", path) for word in words)


def look_for_bare(text, order):
    """Doubt, before a Text is followed, numbers in code that change and that the grammar does not know."""
    if not text.path.endswith(".py") or not TOOLS.search(text.content):
        return
    sure = [match.span() for pattern in grammar.CODE for match in pattern.finditer(text.content)]
    for match in grammar.BARE.finditer(text.content):
        number = int(match["number"] or match["index"])
        inside = any(start <= match.start() < end for start, end in sure)
        if order.number(number) != number and not inside:
            text.doubt(BARE, match.start())


def look_for_long(text, before):
    """Doubt the lines of code that have grown too long; before: the content as it was."""
    pairs = zip(text.content.split("\n"), before.split("\n"), strict=True)
    for line, (new, old) in enumerate(pairs):
        if text.path.endswith(".py") and len(old) <= LONGEST < len(new):
            text.doubts.add((LONG, line, 0))

"""The map of the book, `mha_lib/robustness/book_map.py`: a line a chapter, with its number, its part and its needs."""

import re

from course.errors import CourseError
from course.renumber.contents import resized
from course.renumber.follow import Doubt
from course.renumber.numbers import in_text

PATH = "mha_lib/robustness/book_map.py"
ENTRY = re.compile(
    r'    (?P<number>\d+): Chapter\((?P<title>".*?"), (?P<part>\d+), (?P<builds>".*?")(?:, \((?P<needs>[\d, ]*)\))?\),'
)
LOST = "it needed the chapter that is gone"
LATER = "it needs a chapter that comes later now"


def reordered(content, order, title):
    """Return the content of the map in a new order, and doubts; `title` is that of a chapter that is new.

    Raises CourseError if the map does not have a line for every chapter, in order.
    """
    lines = content.splitlines()
    places = [place for place, line in enumerate(lines) if ENTRY.fullmatch(line)]
    entries = [ENTRY.fullmatch(lines[place]).groupdict() for place in places]
    if [int(entry["number"]) for entry in entries] != list(range(1, len(order.before) + 1)):
        raise CourseError(f"{PATH} must have a line for every chapter, in order, and each in one line.")
    known = dict(zip(order.before, entries, strict=True))
    new = {"title": f'"{title}"', "builds": '"to be said"', "needs": None}
    places, doubts = resized(lines, places, order), set()
    parts = parts_of(lines, places)
    for number, (place, word) in enumerate(zip(places, order.after, strict=True), start=1):
        entry = known.get(word, new)
        lines[place] = written(number, parts[number - 1], entry, order)
        doubts |= {Doubt(why, PATH, place + 1, lines[place].strip()) for why in wrong(number, entry, order)}
    return "\n".join(lines) + "\n", doubts


def parts_of(lines, places):
    """Return the part of each place: a new one has that of the place after it, or is in the last part."""
    parts = [ENTRY.fullmatch(lines[place])["part"] if lines[place] else None for place in places]
    return [part or (parts[index + 1] if parts[index + 1 :] else parts[-2]) for index, part in enumerate(parts)]


def needs(entry, order):
    """Return the new numbers of what an entry needs; None for a chapter that is gone."""
    return [order.number(number) for number in in_text(entry["needs"] or "")]


def written(number, part, entry, order):
    """Return an entry as a line."""
    kept = sorted(need for need in needs(entry, order) if need)
    tail = f", ({', '.join(map(str, kept))}{',' * (len(kept) == 1)})" if kept else ""
    return f"    {number}: Chapter({entry['title']}, {part}, {entry['builds']}{tail}),"


def wrong(number, entry, order):
    """Yield what is wrong with an entry in the new order."""
    found = needs(entry, order)
    if None in found:
        yield LOST
    if any(need and need >= number for need in found):
        yield LATER

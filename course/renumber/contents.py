"""The lists of chapters: a line a chapter. Parts are ranges of numbers, so chapters move through them.

After `move`, each place in a list has the chapter that has its number now. `insert` makes a place before the chapter
that had the number, in the same part; `remove` takes one away.
"""

import re

from course.errors import CourseError

PATTERNS = {
    "book/_toc.yml": re.compile(r"(?P<before> *- file: notebooks/)(?P<name>\d\d_\w+)(?P<after>)"),
    "book/index.md": re.compile(
        r"(?P<number>\d+)(?P<before>\. \[.*?\]\(notebooks/)(?P<name>\d\d_\w+)(?P<after>\.ipynb\).*)"
    ),
    "README.md": re.compile(r"\| (?P<number>\d+)(?P<before> \| \[.*?\]\(book/)(?P<name>\d\d_\w+)(?P<after>\.md\).*)"),
}


def reordered(path, content, order, line_of_new):
    """Return the content of a list of chapters in a new order; names are left for `follow` to rewrite.

    line_of_new(path) is the line of a chapter that is new. Raises CourseError if a chapter has no line.
    """
    lines, pattern = content.splitlines(), PATTERNS[path]
    places = [place for place, line in enumerate(lines) if pattern.fullmatch(line)]
    listed = [pattern.fullmatch(lines[place])["name"] for place in places]
    if listed != list(order.names()):
        missing = sorted(order.names().keys() ^ set(listed)) or listed
        raise CourseError(f"{path} must list every chapter once, in order. Look at: {', '.join(missing)}.")
    known = dict(zip(order.before, (lines[place] for place in places), strict=True))
    for number, word in enumerate(order.after, start=1):
        known[word] = numbered(known[word], pattern, number) if word in known else line_of_new(path)
    places = resized(lines, places, order)
    for place, word in zip(places, order.after, strict=True):
        lines[place] = known[word]
    return "\n".join(lines) + "\n"


def resized(items, places, order):
    """Make a place for a new chapter in a list of lines, or take that of one away; return the places of all."""
    if order.new:
        index = order.after.index(order.new)
        place = places[index] if index < len(places) else places[-1] + 1
        items.insert(place, None)
        return [*places[:index], place, *(later + 1 for later in places[index:])]
    if order.gone:
        index = order.before.index(order.gone)
        del items[places[index]]
        return [*places[:index], *(later - 1 for later in places[index + 1 :])]
    return places


def numbered(line, pattern, number):
    """Return a line of a list with another number in front; a list without numbers stays as it is."""
    if "number" not in pattern.groupindex:
        return line
    start, end = pattern.fullmatch(line).span("number")
    return f"{line[:start]}{number}{line[end:]}"


def parts(toc):
    """Return part -> the words of its chapters, by the book's contents; parts without a number are left out."""
    found, part = {}, None
    for line in toc.splitlines():
        caption = re.match(r" *- caption: (?:(Part \w+)\b)?", line)
        entry = PATTERNS["book/_toc.yml"].fullmatch(line)
        part = caption[1] if caption else part
        if entry and part:
            found.setdefault(part, []).append(entry["name"][3:])
    return found

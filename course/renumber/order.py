"""The order of the chapters, before and after: by words, since a chapter's word stays when its number changes."""

import builtins
import keyword
import re
from dataclasses import dataclass

from course.errors import CourseError
from course.project import chapters

WORD = re.compile(r"[a-z][a-z0-9_]*")
MOST = 99


@dataclass(frozen=True)
class Order:
    """The words of the chapters before and after; the first chapter has number 1."""

    before: tuple[str, ...]
    after: tuple[str, ...]

    @property
    def new(self):
        """Return the word that was not there before, or None."""
        return next((word for word in self.after if word not in self.before), None)

    @property
    def gone(self):
        """Return the word that is not there any more, or None."""
        return next((word for word in self.before if word not in self.after), None)

    def number(self, old):
        """Return the number that chapter `old` has now: None if it is gone, `old` itself if there was none."""
        if not 1 <= old <= len(self.before):
            return old
        word = self.before[old - 1]
        return None if word == self.gone else self.after.index(word) + 1

    def names(self):
        """Return old name -> new name of each chapter, such as 03_attention; the new name is None if it is gone."""
        new = {word: name(number, word) for number, word in enumerate(self.after, start=1)}
        return {name(number, word): new.get(word) for number, word in enumerate(self.before, start=1)}


def name(number, word):
    """Return the stem of a chapter's files."""
    return f"{number:02}_{word}"


def words(root):
    """Return the words of a project's chapters in order. Raises CourseError if their numbers do not run from 1 on."""
    known = chapters(root)
    numbers = [chapter.number for chapter in known]
    if not known or numbers != list(range(1, len(known) + 1)):
        told = ", ".join(f"{number:02}" for number in numbers) or "none"
        raise CourseError(f"The chapters in book/ must be numbered 01, 02, 03 and so on; there are: {told}.")
    return tuple(chapter.name[3:] for chapter in known)


def moved(before, number, place):
    """Return the Order in which the chapter `number` has moved to `place`. Raises CourseError."""
    known(before, number)
    known(before, place)
    if number == place:
        raise CourseError(f"Chapter {number} has that number already. Give the number that it is to have.")
    after = [word for word in before if word != before[number - 1]]
    after.insert(place - 1, before[number - 1])
    return Order(before, tuple(after))


def inserted(before, number, word):
    """Return the Order in which a new chapter has this number and this word. Raises CourseError."""
    if not 1 <= number <= min(len(before) + 1, MOST) or len(before) == MOST:
        advice = f"Give a number from 1 to {len(before) + 1}." if len(before) < MOST else "A book has 99 at most."
        raise CourseError(f"No new chapter can have the number {number}. {advice}")
    if not WORD.fullmatch(word) or keyword.iskeyword(word):
        raise CourseError(
            f"{word!r} cannot name a folder of Python. Take lower case letters, digits and _, as in `bert`."
        )
    if hasattr(builtins, word):
        raise CourseError(
            f"{word!r} is a function of Python itself, and would hide it where it is imported. Take another."
        )
    return Order(before, (*before[: number - 1], word, *before[number - 1 :]))


def removed(before, number):
    """Return the Order without the chapter of this number. Raises CourseError."""
    known(before, number)
    if len(before) == 1:
        raise CourseError("This is the only chapter. A book without one has nothing to renumber.")
    return Order(before, (*before[: number - 1], *before[number:]))


def known(before, number):
    """Raise CourseError, listing the chapters, if none has this number."""
    if not 1 <= number <= len(before):
        listing = ", ".join(f"{place:02} {word}" for place, word in enumerate(before, start=1))
        raise CourseError(f"There is no chapter {number}. Give the number of one of these: {listing}.")

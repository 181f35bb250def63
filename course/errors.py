"""What goes wrong, in words that say what to do."""

from dataclasses import dataclass


class CourseError(Exception):
    """Something that the person at the keyboard can put right: shown as a message, without a traceback."""


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a chapter: which cell, its first lines, what is wrong, what to do."""

    chapter: str
    cell: str
    excerpt: str
    wrong: str
    advice: str

    def __str__(self):
        """Return the problem as a few indented lines."""
        lines = [f"{self.chapter}, cell {self.cell}: {self.wrong}"]
        lines += [f"    | {line}" for line in self.excerpt.splitlines()]
        return "\n".join([*lines, f"    {self.advice}"])

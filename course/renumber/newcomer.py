"""What a new chapter needs so that the book holds together: a text, its lines in the lists, a room for exercises."""

import re

from course.errors import CourseError
from course.renumber.order import name

TEXT = """\
{front}# {number}. {title}

Say here, in two or three sentences, what this chapter builds, and what its reader can do at its end.
"""
ROOM = '''\
"""The exercises of chapter {number}, in the order in which it asks for them: each is a file of its own name."""

EXERCISES = ()
'''
LINES = {
    "book/_toc.yml": "      - file: notebooks/{name}",
    "book/index.md": "{number}. [{short}](notebooks/{name}.ipynb): {question}",
    "README.md": "| {number} | [{short}](book/{name}.md) | {asks} |",
}


class Newcomer:
    """A new chapter: its number, its word and its title, such as "Mixing: what comes out?"."""

    def __init__(self, number, word, title):
        """Take the title apart. Raises CourseError unless it has a name, a colon and a question."""
        found = re.fullmatch(r'([^:|"\\\n]+): ([^|"\\\n]+)', title)
        if not found:
            raise CourseError(f'The title {title!r} needs a name and a question, as in "Mixing: what comes out?".')
        self.number, self.word, self.title = number, word, title
        self.short, self.question = found[1], found[2]

    def line(self, path):
        """Return the chapter's line in a list of chapters."""
        asks = self.question[0].upper() + self.question[1:]
        return LINES[path].format(**vars(self), name=name(self.number, self.word), asks=asks)

    def files(self, example):
        """Return path -> content of the files of its own; the text's front matter is that of an example."""
        front = example[: re.search(r"(?m)^# ", example).start()]
        return {
            f"book/{name(self.number, self.word)}.md": TEXT.format(front=front, number=self.number, title=self.title),
            f"mha_lib/checks/{self.word}/__init__.py": ROOM.format(number=self.number),
        }

"""The package `mine/`: a file a chapter, stamped, so that what the reader changed in one is seen and kept."""

import hashlib
import shutil
from dataclasses import dataclass, field
from pathlib import Path

NAME = "mine"
STAMP = "# Made by python -m course.mine. Change what you like: your version is kept beside the next one. Stamp: "
MADE = "<!-- Made by python -m course.mine, and written anew each time. -->"
FIRST = '"""Your own library, a file a chapter: {}."""'
HEAD = '"""Chapter {number}, {room}, in your own words, from {file}."""'


@dataclass
class Room:
    """A chapter's file: its first answer, and the parts in order."""

    answer: object
    parts: list = field(default_factory=list)


class Package:
    """The package as it grows in a folder.

    rooms   exercise -> the file that its answer is in   calls   exercise -> the exercises that its answer calls
    """

    def __init__(self, stage):
        self.folder = Path(stage) / NAME
        self.folder.mkdir()
        self.rooms, self.calls, self._files = {}, {}, {}
        self._write_first()

    def clash(self, answer, part):
        """Return a name that means something else in another answer of the chapter, or None."""
        others = self._files[answer.room].parts if answer.room in self._files else []
        known = {name: meaning for other in others for name, meaning in meanings(other, answer.room).items()}
        own = meanings(part, answer.room)
        return next((name for name in own if known.get(name, own[name]) != own[name]), None)

    def add(self, answer, part):
        """Put an answer into its chapter's file."""
        room = self._files.setdefault(answer.room, Room(answer))
        room.parts.append(part)
        self.rooms[answer.id], self.calls[answer.id] = answer.room, part.mentions
        (self.folder / f"{answer.room}.py").write_text(stamped(text(room)), "utf-8")
        self._write_first()

    def _write_first(self):
        examples = ", ".join(f"mine.{room}" for room in self._files) or "nothing is right yet"
        (self.folder / "__init__.py").write_text(stamped(FIRST.format(examples)), "utf-8")


def meanings(part, room):
    """Return what each name means that a part brings into its file."""
    brought = {name: line for name, line in part.imports.items() if not is_from(line, room) or " as " in line}
    return brought | {name: text for text, names in part.texts.items() for name in names}


def renamed(part, room):
    """Return the lines that give what the file itself has the other names under which a part calls it."""
    own = [line.partition(" import ")[2] for line in part.imports.values() if is_from(line, room)]
    return [" = ".join(reversed(each.split(" as "))) for each in own if " as " in each]


def is_from(line, room):
    """Return whether an import is from the file of the room itself."""
    return line.startswith(f"from {NAME}.{room} import ")


def text(room):
    """Return a chapter's file, without its stamp."""
    answer, parts = room.answer, room.parts
    head = HEAD.format(number=int(answer.worth.chapter[:2]), room=answer.room, file=answer.file.name)
    brought = {line for part in parts for line in part.imports.values()}
    lines = sorted((line for line in brought if not is_from(line, answer.room)), key=place)
    texts = dict.fromkeys(text for part in parts for text in [*renamed(part, answer.room), *part.texts])
    return "\n\n\n".join(filter(None, [head + "\n\n" + "\n".join(lines) if lines else head, *texts]))


def place(line):
    """Return where an import stands among others: the reader's own last, the book's before them."""
    return line.split()[1].startswith(f"{NAME}."), line.split()[1].startswith("mha_lib"), line


def stamped(content):
    """Return a file's content with a hash of itself in its last line."""
    return f"{content}\n\n\n{STAMP}{digest(content)}\n"


def is_changed(path):
    """Return whether a file is not as it was written; one that was never stamped counts as changed."""
    content, _, stamp = path.read_bytes().partition(f"\n\n\n{STAMP}".encode())
    return stamp.decode("utf-8", "replace") != f"{digest(content)}\n"


def digest(content):
    """Return the hash of a file's content."""
    return hashlib.sha256(content if isinstance(content, bytes) else content.encode()).hexdigest()[:16]


def install(package, target):
    """Put a package in the place of the one at `target`; return a sentence for each changed file that was set aside."""
    if target.exists() and not target.is_dir():
        target.rename(free(target))
    target.mkdir(exist_ok=True)
    said = []
    new = {path.name: path for path in package.folder.glob("*.py")}
    old = [path for path in sorted(target.glob("*.py")) if path.name in new or is_ours(path)]
    for path in old:
        if is_changed(path) and not (path.name in new and path.read_bytes() == new[path.name].read_bytes()):
            said.append(set_aside(path))
        elif path.name not in new:
            path.unlink()
    for name, path in new.items():
        shutil.copyfile(path, target / f"{name}.new")
        (target / f"{name}.new").replace(target / name)
    return said


def is_ours(path):
    """Return whether a file was made by this command, changed or not, and is no copy that was set aside."""
    return STAMP.encode() in path.read_bytes() and ".yours-" not in path.name


def set_aside(path):
    """Give a changed file another name; return the sentence that says so."""
    kept = free(path)
    path.rename(kept)
    return f"You had changed {NAME}/{path.name}: your version is kept as {NAME}/{kept.name}."


def free(path):
    """Return a name beside a file that nothing has yet."""
    numbers = range(1, 10_000)
    names = (path.with_name(f"{path.stem}.yours-{number}{path.suffix}") for number in numbers)
    return next(name for name in names if not name.exists())


def write_page(folder, page):
    """Write `index.html`; one that is not as it was written is set aside first."""
    path = folder / "index.html"
    if path.exists() and MADE not in path.read_text("utf-8", "replace"):
        path.rename(free(path))
    path.write_text(page.replace("</html>", f"</html>\n{MADE}"), "utf-8")

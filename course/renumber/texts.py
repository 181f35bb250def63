"""The texts of a project in which a chapter's number may stand, and where each will lie."""

import re
import subprocess

from course.errors import CourseError
from course.renumber.follow import Text, follow
from course.renumber.seams import look_for_bare, look_for_long

CHANGELOG = "CHANGELOG.md"
PAST = "a version that was released says how it was then: left as it was"
OPEN = re.compile(r"(?i)not yet released|unreleased")
NOT_FOLLOWED = ("course/renumber/", "tests/course/renumber/", "mha_lib/data/", "book/references.")
DIRTY = """\
There are changes that are not committed:
{changes}
Renumbering touches many files, and is undone with `git reset --hard`, which would undo these, too. Commit them, or put
them away with `git stash -u`, and run the command again."""


def git(root, *arguments):
    """Return what a git command prints. Raises CourseError if it fails."""
    done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CourseError(f"`git {' '.join(arguments)}` failed, so nothing more was done: {done.stderr.strip()}")
    return done.stdout


def refuse_changes(root):
    """Raise CourseError if git sees a change, or a file that it does not know, in a project."""
    changes = git(root, "status", "--porcelain").rstrip().splitlines()
    if changes:
        more = [f"  and {len(changes) - 10} more"] if len(changes) > 10 else []
        raise CourseError(DIRTY.format(changes="\n".join([*(f"  {line}" for line in changes[:10]), *more])))


def tracked(root):
    """Return the paths of the files that git knows."""
    return [path for path in git(root, "ls-files", "-z").split("\0") if path]


def read(root, paths):
    """Return path -> content of the texts that are followed; notebooks are made anew, and data are left."""
    found = {}
    for path in paths:
        if not path.endswith(".ipynb") and not path.startswith(NOT_FOLLOWED) and not (root / path).is_symlink():
            content = (root / path).read_bytes()
            if b"\0" not in content:
                found[path] = content.decode("utf-8", "surrogateescape")
    return found


def home(path, order):
    """Return the word of the chapter whose text a path is, or None."""
    found = re.fullmatch(r"book/(\d\d_\w+)\.md", path)
    return found[1][3:] if found and found[1] in order.names() else None


def renamed(path, order):
    """Return the path that a file of a chapter has in a new order; other paths stay, and that of one gone is None."""
    found = re.fullmatch(r"(book|solutions|notebooks)/(\d\d_\w+)\.(md|ipynb)", path)
    if not found or found[2] not in order.names():
        return path
    new = order.names()[found[2]]
    return new and f"{found[1]}/{new}.{found[3]}"


def followed(path, content, order):
    """Return a file's Text with new numbers and doubts, under its new path."""
    text = Text(renamed(path, order), content, home(path, order))
    if path == CHANGELOG:
        return followed_where_open(text, order)
    look_for_bare(text, order)
    follow(text, order)
    look_for_long(text, content)
    return text


def followed_where_open(text, order):
    """Return a changelog's Text, its numbers followed down to the first version that was released."""
    heads = [head for head in re.finditer(r"(?m)^## .*$", text.content) if not OPEN.search(head[0])]
    end = heads[0].start() if heads else len(text.content)
    past, newest = text.content[end:], Text(text.path, text.content[:end])
    follow(newest, order)
    would = Text(text.path, past)
    follow(would, order)
    pairs = zip(past.split("\n"), would.content.split("\n"), strict=True)
    start = newest.content.count("\n")
    doubts = {(PAST, line, 0) for line, (old, new) in enumerate(pairs, start=start) if old != new}
    return Text(text.path, newest.content + past, None, newest.doubts | doubts)

"""All that a new order changes, worked out before anything is written."""

from dataclasses import dataclass

from course.errors import CourseError
from course.renumber import book_map, contents, rooms, seams, texts
from course.renumber.order import name

TOC = "book/_toc.yml"
LISTS = (*contents.PATTERNS, rooms.PATH, book_map.PATH)


@dataclass
class Plan:
    """Files that get another name (old -> new), that go, that are written (path -> content); and what is doubtful."""

    renames: dict
    gone: list
    writes: dict
    doubts: list


def make(paths, found, order, newcomer=None):
    """Return the Plan of a new order.

    paths       all files of the project
    found       path -> content of those that are followed
    newcomer    the chapter that is new, if one is

    Raises CourseError if a list of chapters is not as it should be.
    """
    new_paths = {path: texts.renamed(path, order) for path in paths}
    listed, doubts = lists(found, order, newcomer)
    kept = {path: content for path, content in (found | listed).items() if new_paths[path]}
    followed = {path: texts.followed(path, content, order) for path, content in kept.items()}
    seams.look(followed.values(), order, found[TOC], followed[TOC].content)
    writes = {text.path: text.content for path, text in followed.items() if text.content != found[path]}
    if newcomer:
        writes |= newcomer.files(found[f"book/{name(1, order.before[0])}.md"])
    return Plan(
        renames={old: new for old, new in new_paths.items() if new and new != old},
        gone=[old for old, new in new_paths.items() if new is None],
        writes=writes,
        doubts=sorted(doubts.union(*(text.told() for text in followed.values()))),
    )


def lists(found, order, newcomer):
    """Return path -> content of the lists of chapters in a new order, and doubts about the map."""
    missing = [path for path in LISTS if path not in found]
    if missing:
        raise CourseError(f"These list the chapters, and git does not know them: {', '.join(missing)}.")
    line = newcomer.line if newcomer else None
    new = {path: contents.reordered(path, found[path], order, line) for path in contents.PATTERNS}
    new[rooms.PATH] = rooms.reordered(found[rooms.PATH], order)
    new[book_map.PATH], doubts = book_map.reordered(found[book_map.PATH], order, newcomer and newcomer.short)
    return new, doubts


def carry_out(root, plan):
    """Do what a Plan says, and stage it, so that one command of git shows or undoes it all."""
    for old, new in plan.renames.items():
        texts.git(root, "mv", old, new)
    if plan.gone:
        texts.git(root, "rm", "-q", *plan.gone)
    for path, content in plan.writes.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content.encode("utf-8", "surrogateescape"))
    texts.git(root, "add", "--", *plan.writes)

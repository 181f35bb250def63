"""Insert, move or remove a chapter, and let its number follow through the whole project.

    python -m course.renumber move 8 11
    python -m course.renumber insert 12 mixing "Mixing: what comes out?"
    python -m course.renumber remove 12

Parts are ranges of numbers: a chapter that moves goes into the part in which its new number lies, a new one into the
part of the chapter that had its number. (For a new last chapter of a part: insert it as the last but one, commit, and
move it on by one.) Whatever cannot be decided is left, and listed with file and line.
The tree must be clean; everything is staged, so that `git reset --hard` undoes it.
"""

import argparse
import sys

from course.errors import CourseError
from course.project import ROOT
from course.renumber import order as orders
from course.renumber import plan as plans
from course.renumber import report, texts
from course.renumber.newcomer import Newcomer


def main(argv=None, root=ROOT):
    """Renumber as the command line says; return the exit code."""
    options = parse_arguments(argv)
    try:
        texts.refuse_changes(root)
        order, newcomer = wanted(options, root)
        paths = texts.tracked(root)
        plan = plans.make(paths, texts.read(root, paths), order, newcomer)
        plans.carry_out(root, plan)
    except CourseError as error:
        print(error, file=sys.stderr)
        return 2
    print("\n".join(report.lines(order, plan, root)))
    return 0


def parse_arguments(argv):
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(prog="python -m course.renumber", description="Insert, move or remove a chapter.")
    commands = parser.add_subparsers(dest="command", required=True)
    move = commands.add_parser("move", help="give a chapter another number; those between move up or down by one")
    move.add_argument("number", type=int, metavar="N", help="its number now")
    move.add_argument("place", type=int, metavar="M", help="the number that it is to have")
    insert = commands.add_parser("insert", help="begin a new chapter; later ones move up by one")
    insert.add_argument("number", type=int, metavar="N", help="the number that it is to have")
    insert.add_argument("word", help="its word, which names its files and its rooms")
    insert.add_argument("title", help='its name and its question, as in "Mixing: what comes out?"')
    remove = commands.add_parser("remove", help="delete a chapter's text and notebooks; later ones move down by one")
    remove.add_argument("number", type=int, metavar="N", help="its number")
    return parser.parse_args(argv)


def wanted(options, root):
    """Return the Order that is asked for, and the Newcomer or None. Raises CourseError."""
    before = orders.words(root)
    if options.command == "move":
        return orders.moved(before, options.number, options.place), None
    if options.command == "remove":
        return orders.removed(before, options.number), None
    refuse_taken(options.word, root)
    order = orders.inserted(before, options.number, options.word)
    return order, Newcomer(options.number, options.word, options.title)


def refuse_taken(word, root):
    """Raise CourseError if a chapter or a module of the library has a word already."""
    homes = (f"mha_lib/{word}", f"mha_lib/{word}.py", f"mha_lib/checks/{word}", f"tests/{word}")
    taken = [home for home in homes if (root / home).exists()]
    if word in orders.words(root) or taken:
        words = ", ".join(orders.words(root))
        found = f" ({', '.join(taken)})" if taken else ""
        raise CourseError(f"The word {word} is taken{found}. Take another; the chapters have these: {words}.")


if __name__ == "__main__":
    sys.exit(main())

"""What was done, what could not be decided, and what is to be done next, as lines."""

from itertools import groupby

from course.renumber.order import name

SHOWN = "All of it is staged: `git diff --staged -M` shows it, `git reset --hard` undoes it."
NEXT = "Next: read what is listed above, and the texts on both sides of a seam; then run `make notebooks`."
WRITE = """\
Next: write book/{chapter}.md. What it builds goes to mha_lib/{word}/, its exercises to mha_lib/checks/{word}/, its
tests to tests/{word}/, what it builds on into mha_lib/robustness/book_map.py. Then run `make notebooks`. Until there
is an exercise, a room and a test, the tests that ask them of every chapter fail."""


def lines(order, plan, root):
    """Yield what is to be said after a Plan was carried out."""
    yield from numbers(order)
    yield ""
    counts = count(plan.renames, "file"), count(plan.gone, "file"), count(plan.writes, "file")
    yield "{} renamed, {} deleted, {} written:".format(*counts)
    yield from (f"  {old} -> {new}" for old, new in plan.renames.items())
    yield from (f"  {path} (deleted)" for path in plan.gone)
    yield from (f"  {path}" for path in sorted(plan.writes))
    yield from to_look_at(plan.doubts)
    yield from left_behind(order, root)
    yield ""
    yield SHOWN
    new = order.new and name(order.after.index(order.new) + 1, order.new)
    yield WRITE.format(chapter=new, word=order.new) if new else NEXT


def numbers(order):
    """Yield a line for each chapter whose number changes."""
    for old, new in order.names().items():
        if new != old:
            yield f"{old} -> {new}" if new else f"{old} is gone"
    if order.new:
        yield f"{name(order.after.index(order.new) + 1, order.new)} is new"


def to_look_at(doubts):
    """Yield the doubts, grouped by their reason."""
    if doubts:
        yield ""
        yield f"Look at these yourself ({len(doubts)}):"
    for why, group in groupby(doubts, key=lambda doubt: doubt.why):
        yield ""
        yield f"  {why}"
        yield from (f"    {doubt.path}:{doubt.line}: {doubt.excerpt}" for doubt in group)


def left_behind(order, root):
    """Yield what still belongs to a chapter that is gone."""
    word = order.gone
    homes = [f"{home}/{word}" for home in ("mha_lib", "mha_lib/checks", "tests", "mha_lib/plots", "tests/plots")]
    found = [path for home in homes for path in (home, f"{home}.py") if (root / path).exists()]
    if word and found:
        yield ""
        yield f"Left for you to delete, or to give to another chapter: {', '.join(found)}"


def count(things, noun):
    """Return how many there are, in words."""
    return f"{len(things)} {noun}" if len(things) == 1 else f"{len(things)} {noun}s"

"""Where you stand, in words: a line for each chapter that you have begun, what is wrong, what is left, what is next."""

from itertools import groupby

from mha_lib.diagnosis.exercise import NOT_ATTEMPTED

RIGHT, LEFT = "■", "□"
WIDTH = 10


def lines(standings, faults):
    """Return all that is to be said of the exercises of some chapters."""
    chapters = [list(group) for _, group in groupby(standings, key=lambda each: each.answer.worth.chapter)]
    next_one = next_of(standings)
    shown = [rows for rows in chapters if is_begun(rows) or next_one in rows]
    told = [line(rows, max(len(rows[0].answer.room) for rows in shown)) for rows in shown]
    rest = len(chapters) - len(shown)
    told += [f"{rest} more {'chapter' if rest == 1 else 'chapters'} not begun."] if rest else []
    sentences = [*faults, *(sentence for each in standings for sentence in said(each))]
    return [*told, *(["", *sentences] if sentences else []), "", *last(standings, next_one)]


def next_of(standings):
    """Return the first exercise that is not done, one that is not optional if there is any; None if all are done."""
    left = [each for each in standings if not each.is_done]
    return min(left, key=lambda each: each.answer.worth.optional, default=None)


def is_begun(rows):
    """Return whether anything is written in a chapter."""
    return any(each.finding.status != NOT_ATTEMPTED or each.answer.fault for each in rows)


def line(rows, width):
    """Return the line of one chapter."""
    worth = rows[0].answer.worth
    marks = "".join(RIGHT if each.is_done else LEFT for each in rows)
    left = [each for each in rows if not each.is_done]
    wrong = [f'{each.answer.id}: "{" / ".join(each.finding.mistakes)}"' for each in left if each.finding.mistakes]
    told = "   ".join([amount(left), *wrong]) if left else "done"
    return f"{int(worth.chapter[:2]):2} {rows[0].answer.room:<{width}}   {marks:<{WIDTH}}   {told}"


def amount(left):
    """Return the minutes and the points that some exercises take and give, the minutes of optional ones apart."""
    worths = [each.answer.worth for each in left]
    needed = [f"{minutes:g} min" for minutes in [sum(each.minutes for each in worths if not each.optional)] if minutes]
    spare = [
        f"{minutes:g} min optional" for minutes in [sum(each.minutes for each in worths if each.optional)] if minutes
    ]
    points = sum(each.points for each in worths)
    return f"{' + '.join(needed + spare)}, {points:g} {'point' if points == 1 else 'points'} left"


def said(standing):
    """Return what is to be said of an exercise that stands in the way of something, as a list of one or none."""
    answer, finding = standing.answer, standing.finding
    told = standing.fault or finding.said or ("" if finding.mistakes or standing.is_done else "it is not right yet")
    if standing.is_done or not told or (finding.status == NOT_ATTEMPTED and not answer.fault):
        return []
    return [f"{answer.file.name}, {answer.id}: {told.rstrip('.?')}{'?' if told.endswith('?') else '.'}"]


def last(standings, next_one):
    """Return the lines on all of it, and on what to do next."""
    if next_one is None:
        return ["Every exercise is right."]
    worth = next_one.answer.worth
    left = [each for each in standings if not each.is_done]
    about = f"{worth.minutes:g} min, level {worth.level}{', optional' if worth.optional else ''}"
    return [
        f"In all, {len(standings) - len(left)} of {len(standings)} exercises are right; {amount(left)}.",
        f"Next: {worth.id} in {next_one.answer.file.name} ({about}).",
    ]

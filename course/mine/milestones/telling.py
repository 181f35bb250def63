"""A milestone in words: reached or not, by how much, and the part at fault."""

from course.mine.milestones import MILESTONES
from mha_lib.diagnosis.words import indented


def lines(number, standing, chapters, shown):
    """Return the lines on one milestone.

    number   "I" or "II"   chapters   exercise -> number of its chapter   shown   part at fault -> words, or None
    """
    title = f"Milestone {number:<3} {MILESTONES[number].TITLE}"
    if standing.missing:
        return [f"{title}: opens when {named(standing.missing, chapters)} {is_or_are(standing.missing)} right."]
    if standing.is_reached:
        return [f"{title}: reached.", *measured(standing.outcome)]
    return [f"{title}: not reached.", *measured(standing.outcome), *blamed(standing, chapters, shown)]


def measured(outcome):
    """Return a line for each score, or one on why there is none."""
    return [f"   {score.line}" for score in outcome.scores] or [f"   With your parts {outcome.fault.rstrip('.?')}."]


def blamed(standing, chapters, shown):
    """Return the lines on what is at fault."""
    if not standing.fault:
        return ["   With the book's parts in place of yours it is not reached either, so none of yours is at fault."]
    told = [f"   It is reached with the book's {named(standing.fault, chapters)} in place of yours."]
    for name in standing.fault:
        told += [indented(indented(shown[name]))] if shown.get(name) else []
    report = f"checks.report({standing.fault[0]})"
    return [
        *told,
        f"   Its checker calls it right. In its notebook, {report} writes it down: add the lines above.",
    ]


def named(names, chapters):
    """Return exercises in words, with their chapters: "softmax (chapter 2) and Encoder (chapter 8)"."""
    *some, last = [f"{name} (chapter {chapters[name]})" for name in names]
    return f"{', '.join(some)} and {last}" if some else last


def is_or_are(names):
    """Return the verb that goes with so many."""
    return "is" if len(names) == 1 else "are"

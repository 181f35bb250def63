"""What is yours: each answer judged alone, then once more on the answers before it that it calls.

An answer that calls `mha.softmax` shall call the reader's `softmax`, if that is right. Whether it is still right then,
the checker is asked; where it is not, the book's stays, one name at a time.
"""

from dataclasses import dataclass

from course.mine.answers import answers_in
from course.mine.judging import Finding, Job, judge, judge_all
from course.mine.package import Package
from course.mine.part import NotAlone, part
from mha_lib.diagnosis.exercise import ERROR, NOT_ATTEMPTED


@dataclass(frozen=True)
class Standing:
    """Where one exercise stands: its answer, what the checker found, and why a right one is not gathered, or ""."""

    answer: object
    finding: Finding
    fault: str = ""

    @property
    def is_done(self):
        """Return whether it is right and gathered."""
        return self.finding.is_right and not self.fault


def gather(chapters, folder, seconds, stage):
    """Return where every exercise stands, in order, the faults of whole files, and the Package of what is right.

    stage: an empty folder, in which the package grows
    """
    answers, faults = [], []
    for chapter in chapters:
        found, fault = answers_in(chapter, folder)
        answers += found
        faults += [fault] if fault else []
    order = [answer.id for answer in answers]
    package = Package(stage)
    standings = [settled(standing, order, package, seconds) for standing in judged(answers, order, seconds)]
    return standings, faults, package


def judged(answers, order, seconds):
    """Return a Standing for each answer, judged by itself; what it calls of others is the book's."""
    parts, told = {}, {}
    for answer in answers:
        try:
            if answer.source:
                parts[answer.id] = part(answer, order, {})
        except NotAlone as fault:
            told[answer.id] = Finding(ERROR, said=str(fault))
    jobs = [Job(name, each.code) for name, each in parts.items()]
    told |= dict(zip(parts, judge_all(jobs, seconds), strict=True))
    return [Standing(each, told.get(each.id, Finding(NOT_ATTEMPTED, said=each.fault))) for each in answers]


def settled(standing, order, package, seconds):
    """Return a Standing, after its answer has been put into the package if it is right."""
    if not standing.finding.is_right:
        return standing
    answer = standing.answer
    found = own_parts(answer, order, package, seconds)
    clash = package.clash(answer, found)
    if clash:
        return Standing(answer, standing.finding, f"{clash} means something else in another answer of its chapter")
    package.add(answer, found)
    return standing


def own_parts(answer, order, package, seconds):
    """Return the Part of a right answer that takes from the reader all that it calls, or what leaves it right."""

    def taking(chosen):
        return part(answer, order, {name: package.rooms[name] for name in chosen})

    def fits(chosen):
        found = taking(chosen)
        job = Job(answer.id, found.code, str(package.folder.parent))
        return not package.clash(answer, found) and judge(job, seconds).is_right

    names = sorted(part(answer, order, {}).mentions & package.rooms.keys())
    if not names or fits(names):
        return taking(names)
    kept = []
    for name in names:
        kept += [name] if fits([*kept, name]) else []
    return taking(kept)

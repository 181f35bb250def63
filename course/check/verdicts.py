"""From nbval's findings to what a learner wants to know."""

from dataclasses import dataclass

from course.check.learner import answer_for, places
from course.notebook.blank import is_untouched
from course.notebook.cells import by_role, code_cells, exercise_id, role

RIGHT, WRONG, NOT_ATTEMPTED, NOT_RUN = "right", "not yet right", "not attempted", "not run"


@dataclass(frozen=True)
class ExerciseVerdict:
    """What is to be said about one exercise. `message` is empty if the status says it all."""

    title: str
    status: str
    message: str = ""


def exercise_verdicts(merged, findings):
    """Return the verdict on each exercise of the merged notebook, in order."""
    statements, answers, checks = (by_role(merged, wanted) for wanted in ("exercise", "answer", "check"))
    return [judge(name, statements[name], answers[name], checks[name], findings) for name in statements]


def judge(name, statement, answer, check, findings):
    """Return the verdict on one exercise: right only if nbval passed both its answer and its check."""
    title = statement.source.partition("\n")[0].lstrip("# ")
    found = [findings.get(cell.id) for cell in (answer, check)]
    if all(finding and finding["passed"] for finding in found):
        return ExerciseVerdict(title, RIGHT)
    if is_untouched(answer.source, name):
        return ExerciseVerdict(title, NOT_ATTEMPTED)
    failed = next((finding for finding in found if finding and not finding["passed"]), None)
    if failed is None:
        return ExerciseVerdict(title, NOT_RUN, "An earlier cell did not end.")
    return ExerciseVerdict(title, WRONG, explain(failed) or checkers_words(failed, check))


def explain(finding):
    """Return why a cell could not run to its end, or None if it could."""
    if finding["stopped_after"]:
        time = f"{finding['stopped_after']:g} seconds"
        return f"It was still running after {time}, or it ended Python itself. Is there a loop that never ends?"
    return finding["error"] or None


def checkers_words(finding, check):
    """Return what a check said; if it sounds right, what exactly a right answer makes it say."""
    said = [finding[key].strip() for key in ("stdout", "stderr") if finding[key].strip()]
    expected = "".join(output.get("text", "") for output in check.outputs).strip()
    if finding["stdout"].split()[:1] in ([], expected.split()[:1]):
        said.append(f"A right answer makes the check print this and nothing else:\n{expected}")
    return "\n".join(said)


def other_faults(merged, findings):
    """Return a line for each cell that is no exercise's and did not do what it does in the book."""
    lines = []
    for cell in code_cells(merged):
        finding = findings.get(cell.id)
        if role(cell) not in ("answer", "check") and finding and not finding["passed"]:
            lines.append(f"{describe(cell)}: {explain(finding) or finding['message'] + '. ' + finding['difference']}")
    return lines


def describe(cell):
    """Return how to find a cell."""
    if role(cell):
        return f"The {role(cell)} cell of {exercise_id(cell)}"
    return f"The cell that begins {cell.source.splitlines()[0]!r}"


def notes(shipped, learner):
    """Return what a learner should know about cells that played no part."""
    written = {cell.source.strip() for cell in learner}
    lines = [
        f"The check cell of {name} was changed or removed in your file. The book's own was used."
        for name, cell in by_role(shipped, "check").items()
        if cell.source.strip() not in written
    ]
    own = own_cells(shipped, learner)
    if own:
        lines.append(f"Cells of your own were not run ({places(own)}): an answer must work by itself.")
    return lines


def own_cells(shipped, learner):
    """Return the learner's cells that are not the book's."""
    known = {cell.source.strip() for cell in shipped.cells}
    ids = {cell.id for cell in shipped.cells}
    answers = [(role(cell), exercise_id(cell)) for cell in shipped.cells if role(cell) in ("answer", "predict")]
    used = [answer_for(learner, *key) for key in answers]
    strange = [cell for cell in learner if cell.id not in ids and cell.source.strip() not in known]
    return [cell for cell in strange if cell not in used and cell.source.strip()]

"""From what came out of the sandbox to a mark: the checker's own comparison, with expected values that never left.

Points go by a secret seed. What the feedback shows comes from the seed of self-study, so no graded input is told.
"""

import builtins
from dataclasses import dataclass

import numpy as np

from course.grade.library import PACKAGE, lent, parts
from course.grade.session import Job
from course.grade.things import as_data, from_data
from mha_lib.checks import Said
from mha_lib.diagnosis.exercise import NOT_ATTEMPTED, RIGHT, WRONG
from mha_lib.diagnosis.exposure import Exposure
from mha_lib.diagnosis.judge import judge_outcomes, outcome_of, probes_for
from mha_lib.diagnosis.run import Outcome, TooSlow

PUBLIC = 0
TIME_LIMIT, REFUSED = "time limit", "refused"
ENDS = {
    "bytes": (REFUSED, "Your function sends back more than an answer may be large."),
    "died": (REFUSED, "Your function ended the Python that it runs in, so it has no answer."),
    "crashed": (REFUSED, "The Python that your function ran in was brought down. It may have taken too much memory."),
}
NAMED = {"numpy.linalg.LinAlgError": np.linalg.LinAlgError, "numpy.exceptions.AxisError": np.exceptions.AxisError}
ONLY_GRADED = "Right on the inputs that you can try yourself, but not on those drawn for grading."


@dataclass(frozen=True)
class Mark:
    """What one exercise gets. `message` is for the learner, in plain text; `passed` of `total` checks agreed."""

    id: str
    status: str
    points: float
    worth: float
    message: str
    mistakes: tuple[str, ...] = ()
    passed: int = 0
    total: int = 0


def job_for(item, cells, seed, keeps_own=False):
    """Return what to ask the sandbox for: the exercise's inputs, without what is expected of them."""
    kind, names, lent_call = way(item.exercise)
    functions, needed = [], set() if lent_call is None else {lent_call}
    inputs = [as_data((probe.args, probe.kwargs), functions, needed) for probe in probes_for(item.exercise, seed)]
    library, places = lent(item.id, frozenset(needed)), parts(item.id)
    stand_ins = {name: f"{PACKAGE}.{module}:{function}" for name, (module, function) in places.items()}
    return Job(item.id, cells, library, kind, names, inputs, functions, stand_ins, keeps_own)


def way(exercise):
    """Return how the sandbox must call an answer: a kind, names, and the function to lend for it, or None."""
    call = exercise.call
    if hasattr(call, "described"):
        return *call.described, None
    return f"{call.__module__}:{call.__name__}", (), (call.__module__.removeprefix(f"{PACKAGE}."), call.__name__)


def mark(item, answer, seed):
    """Return the mark for an answer on the inputs of a seed. No answer, half of one or a strange one gives nothing."""
    if not answer.found or (not answer.outcomes and answer.end == "done"):
        return refused(item, *why_nothing(item, answer))
    if answer.end in ENDS:
        return refused(item, *ENDS[answer.end])
    probes = probes_for(item.exercise, seed)
    if answer.end == "done" and len(answer.outcomes) < len(probes):
        return refused(item, *ENDS["died"])
    outcomes = [outcome(told) for told in answer.outcomes]
    outcomes += [Outcome(error=TooSlow())] if answer.end == "time" else []
    outcomes = [well_formed(item.exercise, *pair) for pair in zip(probes, outcomes, strict=False)]
    return judged(item, judge_outcomes(item.exercise, probes, outcomes), answer)


def why_nothing(item, answer):
    """Return the status and the words for a notebook that has no function of the name."""
    if answer.end in ENDS:
        return ENDS[answer.end]
    if answer.end == "time":
        return TIME_LIMIT, f"Your cell of {item.id} did not come to an end in time."
    if answer.found:
        return WRONG, f"{item.id} must be a function, but this is of type {answer.type}."
    return NOT_ATTEMPTED, f"There is no function {item.id} in your notebook."


def refused(item, status, message):
    """Return a mark of no points."""
    return Mark(item.id, status, 0, item.points, message)


def judged(item, verdict, answer):
    """Return the mark for a verdict of the checker: all points or none."""
    status = TIME_LIMIT if answer.end == "time" and verdict.status != RIGHT else verdict.status
    points = item.points if status == RIGHT else 0
    return Mark(item.id, status, points, item.points, verdict.message, verdict.mistakes, verdict.passed, verdict.total)


def explained(graded, public):
    """Return a mark with the words of the public inputs: the feedback shows no input that was drawn for grading."""
    message = public.message
    if public.status == RIGHT:
        message = "\n".join([ONLY_GRADED, *(f"The mistake: {name}." for name in graded.mistakes)])
    return Mark(**{**vars(graded), "message": message})


def outcome(told):
    """Return an Outcome from what a learner's process said of one call."""
    changed = told.get("changed") is True
    if isinstance(told.get("error"), dict):
        return Outcome(error=exception(told["error"]), mutated=changed)
    return Outcome(told.get("value"), mutated=changed)


def exception(told):
    """Return an exception like the one that was described, never raised here."""
    name, own, text, line = (str(told.get(part, ""))[:600] for part in ("type", "own", "text", "line"))
    cls = NAMED.get(name) or getattr(builtins, name, Exception)
    if not (isinstance(cls, type) and issubclass(cls, BaseException)):
        cls = Exception
    if own.isidentifier():
        cls = type(own, (cls,), {})
    said = Said(f"{text}\n{line}" if line else text)
    try:
        return cls(said)
    except TypeError:  # a few of Python's own take more than a text
        return cls.__new__(cls, said)


def well_formed(exercise, probe, given):
    """Return an outcome whose value has the form that the comparison relies on, or an error in its place."""
    if given.error is not None:
        return given
    if isinstance(exercise, Exposure):
        return with_objects(exercise, given)
    expected = reference_value(exercise, probe)
    if isinstance(expected, dict) and not same_parts(expected, given.value):
        return Outcome(error=ValueError("the answer does not have the parts that it should have"))
    return given


def with_objects(exercise, given):
    """Return the outcome of an answer that is an input, its objects made anew, or an error where there are others."""
    try:
        return Outcome(from_data(given.value, exercise.reference()), mutated=given.mutated)
    except ValueError as error:
        return Outcome(error=error)


def reference_value(exercise, probe):
    """Return what the right answer gives for one input."""
    return outcome_of(exercise, exercise.reference, probe).value


def same_parts(expected, value):
    """Return whether an answer in parts has just the parts that are expected."""
    return isinstance(value, dict) and value.keys() == expected.keys()

"""Kill the mutants: the learner writes an input on which broken versions give themselves away."""

from collections.abc import Callable
from dataclasses import dataclass

from mha_lib.diagnosis import words
from mha_lib.diagnosis.broken import Mistake, bind
from mha_lib.diagnosis.compare import fault, finite, same_outcome
from mha_lib.diagnosis.exercise import ERROR, NOT_ATTEMPTED, RIGHT, WRONG, Exercise, Probe, Verdict, direct_call
from mha_lib.diagnosis.judge import judge_outcomes, probes_for
from mha_lib.diagnosis.run import run

NO_INPUT = Probe("no argument", ())
MISSED = "misses: "


@dataclass(frozen=True)
class Exposure:
    """An exercise whose answer is an input.

    reference    () -> an input (an array, or a tuple of arguments) that exposes every mutant; its name is the id
    target       the exercise whose broken versions must be exposed
    mistakes     the switches: for each mutant, one of the target's mistakes, an input function that misses it
    """

    reference: Callable
    target: Exercise
    mistakes: tuple[Mistake, ...]
    hints: tuple[str, ...]
    equivalents: tuple[Callable, ...] = ()
    returns: str = "an input"
    worked: Callable | None = None
    call: Callable = direct_call

    @property
    def id(self):
        """Return the name that the learner's function must have."""
        return self.reference.__name__

    @property
    def mutants(self):
        """Return the names of the broken versions to expose, a part of the target's mistakes."""
        return tuple(mistake.name.removeprefix(MISSED) for mistake in self.mistakes)

    def broken(self):
        """Return the mutants to expose."""
        known = bind(self.target.mistakes, self.target.worked or self.target.reference)
        return [mistake for mistake in known if mistake.name in self.mutants]


def misses(mutant, hint, function):
    """Return the mistake of writing an input that a mutant survives."""
    return Mistake(missed(mutant), hint, function=function)


def missed(mutant):
    """Return the name of the mistake of not exposing a mutant."""
    return MISSED + mutant


@probes_for.register
def probes_of_exposure(exercise: Exposure, seed):
    """Return the one call of a function that takes nothing."""
    return [NO_INPUT]


@judge_outcomes.register
def judge_exposure(exercise: Exposure, probes, outcomes):
    """Return the verdict on an input: it must expose every mutant, and no right version may fail on it."""
    given = outcomes[0]
    total = len(exercise.mutants)
    if isinstance(given.error, NotImplementedError):
        return Verdict(exercise.id, NOT_ATTEMPTED, words.not_attempted(exercise), total=total)
    if given.error is not None:
        message = f"Not yet: {exercise.id}.\n  {words.raised(given.error)}"
        return Verdict(exercise.id, ERROR, message, total=total)
    probe = Probe("your input", given.value if isinstance(given.value, tuple) else (given.value,))
    refused = why_unfair(exercise.target, probe)
    if refused:
        return Verdict(exercise.id, WRONG, f"Not yet: {exercise.id}.\n  {refused}", total=total)
    return count_survivors(exercise, probe)


def why_unfair(target, probe):
    """Return why an input proves nothing: the right function fails on it, or right versions disagree. Else None."""
    expected = run(target.reference, probe, target.call)
    if expected.error is not None:
        return f"On your input the right {target.id} stops with {type(expected.error).__name__}: {expected.error}"
    if not finite(expected.value):
        return f"On your input the right {target.id} itself is not finite. It must have an answer there."
    for version in target.equivalents:
        outcome = run(version, probe, target.call)
        if outcome.error is not None or fault(expected.value, outcome.value, target.rtol, target.atol):
            return (
                f"On your input a right way to write {target.id} fails too ({version.__name__}). Only wrong ones may."
            )
    return None


def count_survivors(exercise, probe):
    """Return the verdict on a fair input: which mutants it exposes."""
    target = exercise.target
    expected = run(target.reference, probe, target.call)
    outcomes = [(mistake, run(mistake.build(), probe, target.call)) for mistake in exercise.broken()]
    alive = [mistake for mistake, outcome in outcomes if same_outcome(outcome, expected, target.rtol, target.atol)]
    total = len(exercise.mutants)
    if not alive:
        message = f"Right. {exercise.id} exposes all {total} broken versions, and no right version fails."
        return Verdict(exercise.id, RIGHT, message, (), total, total)
    lines = [f"Not yet: {exercise.id} exposes {total - len(alive)} of {total} broken versions.", "  These survive:"]
    lines += [f"  - {mistake.name}. Ask yourself: {mistake.hint}" for mistake in alive]
    names = tuple(missed(mistake.name) for mistake in alive)
    return Verdict(exercise.id, WRONG, "\n".join(lines), names, total - len(alive), total)

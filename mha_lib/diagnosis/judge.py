"""Judging a learner's function: right, or which mistake it makes."""

import functools

import numpy as np

from mha_lib.diagnosis import words
from mha_lib.diagnosis.broken import bind, pairs
from mha_lib.diagnosis.compare import fault, same_outcome
from mha_lib.diagnosis.exercise import ERROR, NOT_ATTEMPTED, RIGHT, WRONG, Verdict
from mha_lib.diagnosis.run import TooSlow, run

MUTATES = "changes its input"
MUTATES_HINT = "Your caller still needs these arrays. Can you compute a new array instead of writing into the old one?"


def judge(exercise, function, seed):
    """Return the verdict on a learner's function, on probes drawn from `seed`."""
    probes = probes_for(exercise, seed)
    return judge_outcomes(exercise, probes, attempt(exercise, function, probes))


@functools.singledispatch
def probes_for(exercise, seed):
    """Return the inputs on which an exercise's function is called."""
    return exercise.probes(np.random.default_rng(seed))


def attempt(exercise, function, probes):
    """Return the outcome on each probe, stopping early where going on would only waste the learner's time."""
    outcomes = []
    for probe in probes:
        outcomes.append(run(function, probe, exercise.call))
        if isinstance(outcomes[-1].error, (NotImplementedError, TooSlow)):
            break
    return outcomes


@functools.singledispatch
def judge_outcomes(exercise, probes, outcomes):
    """Return the verdict on what a function returned on the probes, wherever it was called."""
    if isinstance(outcomes[0].error, NotImplementedError):
        return Verdict(exercise.id, NOT_ATTEMPTED, words.not_attempted(exercise), total=len(probes))
    expected = [outcome_of(exercise, exercise.reference, probe) for probe in probes]
    faults = [failing(exercise, *pair) for pair in zip(expected, outcomes, strict=False)]
    passed = faults.count(None)
    if passed == len(probes):
        return Verdict(exercise.id, RIGHT, words.right(exercise, probes), (), passed, passed)
    found = diagnose(exercise, probes, expected, outcomes)
    worst = easiest([i for i, fault in enumerate(faults) if fault], probes)
    message = words.wrong(exercise, probes[worst], expected[worst], outcomes[worst], faults[worst], found)
    status = ERROR if any(outcome.error is not None for outcome in outcomes) else WRONG
    return Verdict(exercise.id, status, message, tuple(name for name, _ in found), passed, len(probes))


def outcome_of(exercise, function, probe):
    """Return the outcome of one of the exercise's own functions, right or broken, to set a learner's beside it."""
    return run(function, probe, exercise.call)


def easiest(failed, probes):
    """Return the failed probe to show: the first that is short enough to follow by hand, else the smallest."""
    short = [i for i in failed if probes[i].size() <= words.SMALL]
    return short[0] if short else min(failed, key=lambda i: probes[i].size())


def failing(exercise, expected, outcome):
    """Return what is wrong with one outcome in a word, or None."""
    if outcome.error is not None:
        return "error"
    wrong = fault(expected.value, outcome.value, exercise.rtol, exercise.atol)
    return wrong or ("mutated" if outcome.mutated else None)


def diagnose(exercise, probes, expected, outcomes):
    """Return the known mistakes that explain every outcome, as (name, hint): single ones first, else a pair."""
    mutates = [(MUTATES, MUTATES_HINT)] if any(outcome.mutated for outcome in outcomes) else []
    if same(exercise, expected, outcomes):
        return mutates
    mistakes = bind(exercise.mistakes, exercise.worked or exercise.reference)
    single = [m for m in mistakes if explains(exercise, m.build(), probes, outcomes)]
    if single:
        return mutates + [(m.name, m.hint) for m in single if m.name != MUTATES]
    for both, function in pairs(mistakes):
        if explains(exercise, function, probes, outcomes):
            return mutates + [(m.name, m.hint) for m in both if m.name != MUTATES]
    return mutates


def explains(exercise, broken, probes, outcomes):
    """Return whether a broken version does on every probe what the learner's function did."""
    for probe, outcome in zip(probes, outcomes, strict=False):
        if not same_outcome(outcome_of(exercise, broken, probe), outcome, exercise.rtol, exercise.atol):
            return False
    return True


def same(exercise, expected, outcomes):
    """Return whether all outcomes are right but for what they did to their input."""
    return len(expected) == len(outcomes) and all(
        same_outcome(*pair, exercise.rtol, exercise.atol) for pair in zip(expected, outcomes, strict=True)
    )

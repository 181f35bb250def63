"""Every exercise, proved: right answers pass, the stub is not attempted, every mistake is found and named."""

import builtins
import dis
import types

import pytest

from mha_lib import checks
from mha_lib.diagnosis import judge
from mha_lib.diagnosis.exposure import Exposure
from tests.support.remembered import remembering_judge  # noqa: F401 - for every test here

EXERCISES = checks.exercises()
MISTAKES = [(i, m.name) for i in EXERCISES for m in checks.mistakes(i)]
EQUIVALENTS = [(i, f.__name__) for i in EXERCISES for f in checks.equivalents(i)]
SEEDS = [None, 1, 20261]

TWINS = {
    # Mistakes that no input can tell apart, with the reason; the checker names both.
}


def mistake(exercise_id, name):
    return next(m for m in checks.mistakes(exercise_id) if m.name == name)


@pytest.mark.parametrize("exercise_id", EXERCISES)
@pytest.mark.parametrize("seed", SEEDS)
def test_the_reference_is_right(exercise_id, seed):
    verdict = checks.verdict(exercise_id, checks.reference(exercise_id), seed)
    assert (verdict.status, verdict.mistakes) == ("right", ())
    assert verdict.passed == verdict.total
    assert "\n" not in verdict.message


@pytest.mark.parametrize("exercise_id", EXERCISES)
def test_the_worked_form_is_right(exercise_id):
    exercise = checks._find(exercise_id)
    assert checks.verdict(exercise_id, exercise.worked or exercise.reference, 5).status == "right"


@pytest.mark.parametrize(("exercise_id", "name"), EQUIVALENTS)
@pytest.mark.parametrize("seed", SEEDS)
def test_another_right_way_passes(exercise_id, name, seed):
    function = next(f for f in checks.equivalents(exercise_id) if f.__name__ == name)
    verdict = checks.verdict(exercise_id, function, seed)
    assert verdict.status == "right", verdict.message


@pytest.mark.parametrize("exercise_id", EXERCISES)
def test_the_stub_is_not_attempted(exercise_id):
    def stub(*args, **kwargs):
        raise NotImplementedError

    assert checks.verdict(exercise_id, stub).status == "not attempted"


@pytest.mark.parametrize(("exercise_id", "name"), MISTAKES)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_mistake_is_found_and_named_alone(exercise_id, name, seed):
    verdict = checks.verdict(exercise_id, mistake(exercise_id, name).build(), seed)
    assert verdict.status in ("wrong", "error")
    if isinstance(checks._find(exercise_id), Exposure):
        assert name in verdict.mistakes
    else:
        assert set(verdict.mistakes) == {name} | TWINS.get((exercise_id, name), set())


@pytest.mark.parametrize(("exercise_id", "name"), MISTAKES)
def test_the_message_carries_the_name_and_the_hint(exercise_id, name):
    found = mistake(exercise_id, name)
    message = checks.verdict(exercise_id, found.build()).message
    assert name.removeprefix("misses: ") in message
    if not name.startswith("misses: "):
        assert found.hint in message


@pytest.mark.parametrize("exercise_id", EXERCISES)
def test_every_name_that_a_mistake_uses_is_known_where_it_runs(exercise_id):
    unknown = {m.name: names for m in checks.mistakes(exercise_id) if (names := unknown_names(m.build()))}
    assert not unknown, f"import them in the file of {exercise_id}; an edit's names are looked up there"


@pytest.mark.parametrize("exercise_id", EXERCISES)
def test_a_mistake_written_out_runs_on_some_input(exercise_id):
    exercise = checks._find(exercise_id)
    if isinstance(exercise, Exposure):
        return
    probes = judge.probes_for(exercise, 0)
    silent = [
        mistake.name
        for mistake in exercise.mistakes
        if mistake.function and all(judge.outcome_of(exercise, mistake.function, probe).error for probe in probes)
    ]
    assert not silent, "no answer of a learner's can match a function that only raises"


def unknown_names(built):
    """Return the global names that a function, or a class in its methods, uses and does not find."""
    functions = vars(built).values() if isinstance(built, type) else [built]
    return {
        step.argval
        for function in functions
        if isinstance(function, types.FunctionType)
        for code in codes(function.__code__)
        for step in dis.get_instructions(code)
        if step.opname == "LOAD_GLOBAL" and not (step.argval in function.__globals__ or hasattr(builtins, step.argval))
    }


def codes(code):
    """Yield a code object and those of the functions inside it."""
    yield code
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            yield from codes(inner)


@pytest.mark.parametrize("exercise_id", EXERCISES)
def test_an_exercise_has_hints_mistakes_and_a_docstring(exercise_id):
    exercise = checks._find(exercise_id)
    assert len(exercise.hints) == 3
    assert len(exercise.mistakes) >= (3 if exercise_id in ("dot", "cosine", "pairwise_dot", "nearest") else 4)
    assert isinstance(exercise.reference, type) or exercise.reference.__doc__.startswith("Return")
    names = [m.name for m in exercise.mistakes]
    assert len(set(names)) == len(names)


def test_there_are_enough_exercises_mistakes_and_equivalents():
    assert len(EXERCISES) >= 20
    assert len(MISTAKES) >= 100
    assert len(EQUIVALENTS) >= 15


EXPOSURES = [i for i in EXERCISES if isinstance(checks._find(i), Exposure)]


@pytest.mark.parametrize("exercise_id", EXPOSURES)
def test_every_mutant_to_expose_is_a_mistake_of_the_target(exercise_id):
    exercise = checks._find(exercise_id)
    assert len(exercise.broken()) == len(exercise.mistakes)

"""Every exercise as it is graded: what is right gets all points, what is wrong gets none and is named."""

import importlib

import pytest

from course.grade import catalog, library
from mha_lib import checks
from mha_lib.diagnosis.exposure import Exposure
from tests.course.grade.grading import graded
from tests.support.remembered import remembering_judge  # noqa: F401 - for every test here

SEED = 20261
ITEMS = catalog.items(list(catalog.worths()))

every_exercise = pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.id)


@every_exercise
def test_the_reference_and_every_equivalent_get_all_points(item):
    for function in (item.exercise.reference, *item.exercise.equivalents):
        mark = graded(item, function, SEED)
        assert (mark.status, mark.points) == ("right", item.points), mark.message


@every_exercise
def test_every_known_mistake_gets_nothing_and_is_named(item):
    for mistake in checks.mistakes(item.id):
        mark = graded(item, mistake.build(), SEED)
        assert mark.points == 0
        assert mistake.name in mark.mistakes
        assert mistake.name.removeprefix("misses: ") in mark.message


@every_exercise
def test_the_empty_stub_gets_nothing(item):
    def stub(*args, **kwargs):
        raise NotImplementedError

    assert (graded(item, stub, SEED).status, graded(item, stub, SEED).points) == ("not attempted", 0)


@every_exercise
def test_what_is_lent_holds_neither_the_answer_nor_what_is_built_on_it(item):
    sources = library.lent(item.id)
    assert not [text for text in sources.values() if "EXERCISES" in text or "edit(" in text or "Exercise(" in text]
    for module in library.modules_of(library.room_of(item.id)):
        own = sources.get(f"mha_lib.{module}", "")
        assert f"\ndef {item.id}(" not in f"\n{own}"
        assert f"\nclass {item.id}(" not in f"\n{own}"


@every_exercise
def test_no_function_that_is_lent_is_the_answer(item):
    if isinstance(item.exercise, Exposure):
        return
    for function in lent_functions(item):
        assert graded(item, function, SEED).points == 0, function


def lent_functions(item):
    """Return the functions that an answer may use, but for what readers have written themselves."""
    written, answers = set(checks.exercises()), library.places(item.id)
    for module, name in library.before(library.room_of(item.id), item.id):
        if name not in written and not answers & library.closure((module, name)):
            value = getattr(importlib.import_module(f"mha_lib.{module}"), name)
            if callable(value) and isinstance(value, type) == isinstance(item.exercise.reference, type):
                yield value

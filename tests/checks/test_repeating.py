"""A check says the same each time: its inputs come from the seed, and from nothing else."""

import pytest

from mha_lib import checks
from mha_lib.diagnosis.judge import judge


@pytest.mark.parametrize("exercise_id", checks.exercises())
def test_two_checks_of_one_function_say_the_same(exercise_id):
    function = checks.mistakes(exercise_id)[0].build()
    exercise = checks.exercise(exercise_id)
    assert judge(exercise, function, 0) == judge(exercise, function, 0)

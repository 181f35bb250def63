"""The judge's own side, computed once: the inputs of a seed, and what an exercise's own functions make of them.

Thousands of tests judge on the same inputs. What is judged is run anew each time; what it is compared with need not be.
"""

import pytest

from course.grade import marking
from mha_lib.diagnosis import judge


class Remembered:
    """A function that computes once for the same arguments: equal numbers, or one and the same object."""

    def __init__(self, function):
        self.function, self.kept = function, {}

    def __call__(self, *arguments):
        """Return what the function returned for these arguments the first time."""
        key = tuple(argument if isinstance(argument, int) else id(argument) for argument in arguments)
        if key not in self.kept:
            self.kept[key] = arguments, self.function(*arguments)  # with the arguments: none may lose its id to another
        return self.kept[key][1]


@pytest.fixture(scope="module", autouse=True)
def remembering_judge():
    """Have the judge remember, for a module that imports this fixture."""
    probes, outcomes = Remembered(judge.probes_for), Remembered(judge.outcome_of)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(judge, "probes_for", probes)
        patch.setattr(marking, "probes_for", probes)
        patch.setattr(judge, "outcome_of", outcomes)
        patch.setattr(marking, "outcome_of", outcomes)
        yield

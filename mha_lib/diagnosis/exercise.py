"""What an exercise is: a right answer, inputs to try it on, and the mistakes that people make."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mha_lib.diagnosis.broken import Mistake


def direct_call(function, *args, **kwargs):
    """Return what the function returns."""
    return function(*args, **kwargs)


direct_call.described = ("plain", ())


@dataclass(frozen=True)
class Probe:
    """One input to try a function on. `label` finishes the sentence "checked on ..."."""

    label: str
    args: tuple
    kwargs: dict = field(default_factory=dict)

    def arrays(self):
        """Return the arrays among the arguments, nested ones too."""
        return [x for x in _flatten((*self.args, *self.kwargs.values())) if isinstance(x, np.ndarray)]

    def size(self):
        """Return how many numbers a reader must look at to follow this input."""
        return sum(array.size for array in self.arrays())


@dataclass(frozen=True)
class Property:
    """Something true of every right answer, to report when no known mistake explains a wrong one.

    `holds(value, *args, **kwargs)` says whether it is true of one answer; `claim` reads "each row sums to 1".
    """

    claim: str
    holds: Callable[..., bool]


@dataclass(frozen=True)
class Exercise:
    """One exercise: its judge is the right answer; its teacher is the list of mistakes.

    reference    the right function; its name is the exercise's id
    returns      what comes back, in the book's words, with its axes: "weights, one row a query: (..., q, k)"
    probes       rng -> list of Probe, the worked example first, the two most telling ones last
    mistakes     the switches: each builds one broken version of `worked`
    equivalents  other right ways to write it, which must pass
    hints        what to say when asked: the idea, where to look, almost the code
    properties   what holds for every right answer
    worked       the reference written out, where the library's own version hands the work to another function
    call         how a learner's function is called on a probe's arguments; PyTorch exercises have their own way.
                 Its `described`, a kind and names, tells a sandbox without course code to do the same
    """

    reference: Callable
    returns: str
    probes: Callable[[np.random.Generator], list[Probe]]
    mistakes: tuple[Mistake, ...]
    hints: tuple[str, ...]
    equivalents: tuple[Callable, ...] = ()
    properties: tuple[Property, ...] = ()
    worked: Callable | None = None
    call: Callable = direct_call
    rtol: float = 1e-6
    atol: float = 1e-9

    @property
    def id(self):
        """Return the name that the learner's function must have."""
        return self.reference.__name__


@dataclass(frozen=True)
class Verdict:
    """What the checker found. `message` is what to say to the learner; `passed` of `total` checks agreed."""

    id: str
    status: str
    message: str
    mistakes: tuple[str, ...] = ()
    passed: int = 0
    total: int = 0


RIGHT, WRONG, ERROR, NOT_ATTEMPTED = "right", "wrong", "error", "not attempted"


def _flatten(values: Any):
    for value in values:
        if isinstance(value, (tuple, list)):
            yield from _flatten(value)
        elif isinstance(value, dict):
            yield from _flatten(value.values())
        else:
            yield value

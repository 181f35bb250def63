"""The exercise checkers. `check(your_function)` says whether it is right or which mistake it makes.

One file a chapter's concept holds its exercises. In self-study the inputs are fixed; a course passes its own seed.
"""

import difflib
import functools
import importlib

from mha_lib.diagnosis import words
from mha_lib.diagnosis.broken import bind
from mha_lib.diagnosis.exercise import ERROR, Verdict
from mha_lib.diagnosis.judge import judge
from mha_lib.diagnosis.predictions import compare, predict, predictions

__all__ = [
    "check",
    "compare",
    "concepts",
    "equivalents",
    "exercise",
    "exercises",
    "hint",
    "mistakes",
    "predict",
    "predictions",
    "reference",
    "verdict",
]

_BOOK = (
    "similarity",
    "softmax",
    "attention",
    "masks",
    "projections",
    "heads",
    "layers",
    "positions",
    "seeing",
    "encoder",
    "translation",
    "bert",
    "gpt",
    "text_to_text",
    "cost",
    "gpu",
    "variants",
    "compression",
    "generalisation",
    "parallel",
    "vision",
    "applications",
    "fairness",
    "from_memory",
    "robustness",
    "calibration",
)
_hints_given = {}


class Said(str):
    """A sentence that a notebook shows as it is, without quotes."""

    __slots__ = ()

    def __repr__(self):
        return str(self)


def exercises():
    """Return the exercise ids in book order; an id is the name of the function to write."""
    return tuple(known.id for known in _in_book_order())


def concepts():
    """Return the names of the modules that hold the exercises, in book order."""
    return _BOOK


def exercise(exercise_id):
    """Return the exercise itself, for a tool that calls the learner's function elsewhere."""
    return _find(exercise_id)


def reference(exercise_id):
    """Return the right function: the library's own, or the exercise's."""
    return _find(exercise_id).reference


def verdict(exercise_id, function, seed=None):
    """Return the Verdict on a function, silently. Without a seed the inputs are the same every time."""
    if not callable(function):
        return Verdict(exercise_id, ERROR, words.not_a_function(exercise_id, function))
    return judge(_find(exercise_id), function, 0 if seed is None else seed)


def check(*args):
    """Print what is to be said about a function: `check(softmax)`, or `check("softmax", my_softmax)`."""
    if len(args) not in (1, 2):
        raise TypeError(f"check takes a function, or an exercise id and a function; got {len(args)} arguments")
    function = args[-1]
    exercise_id = args[0] if len(args) == 2 else getattr(function, "__name__", None)
    if not isinstance(exercise_id, str):
        raise ValueError('check needs to know the exercise: pass its id first, as in check("softmax", my_function)')
    print(verdict(exercise_id, function).message)


def hint(exercise_id):
    """Return the next hint: first the idea, then where to look, then almost the code."""
    hints = _find(exercise_id).hints
    given = _hints_given.get(exercise_id, 0)
    _hints_given[exercise_id] = given + 1
    if given >= len(hints):
        return Said(f"That was the last hint. The solutions folder has an answer to {exercise_id}, with its reasons.")
    return Said(f"Hint {given + 1} of {len(hints)}: {hints[given]}")


def mistakes(exercise_id):
    """Return the known mistakes, each with `.name`, `.hint` and `.build()`, the broken function."""
    known = _find(exercise_id)
    return bind(known.mistakes, known.worked or known.reference)


def equivalents(exercise_id):
    """Return other right ways to write the function, which the checker must accept."""
    return _find(exercise_id).equivalents


def _find(exercise_id):
    for known in _in_book_order():
        if known.id == exercise_id:
            return known
    near = difflib.get_close_matches(str(exercise_id), exercises(), n=3) or exercises()[:3]
    raise ValueError(f"no exercise is called {exercise_id!r}; did you mean {', '.join(near)}?")


def _in_book_order():
    """Yield the exercises, importing a concept's file when it is reached: early chapters never wait for PyTorch."""
    for concept in _BOOK:
        yield from _concept(concept).EXERCISES


@functools.cache
def _concept(name):
    return importlib.import_module(f"mha_lib.checks.{name}")

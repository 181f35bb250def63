"""The exercise checkers. `check(your_function)` says whether it is right or which mistake it makes.

A folder a chapter, a file an exercise. In self-study the inputs are fixed; a course passes its own seed.
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
    "equivalents",
    "exercise",
    "exercises",
    "hint",
    "mistakes",
    "of_room",
    "predict",
    "predictions",
    "reference",
    "rooms",
    "verdict",
]

_BOOK = (
    "similarity",
    "softmax",
    "attention",
    "masks",
    "projections",
    "heads",
    "positions",
    "encoder",
    "translation",
    "bert",
    "seeing",
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
    "robustness",
)
_hints_given = {}


class Said(str):
    """A sentence that a notebook shows as it is, without quotes."""

    __slots__ = ()

    def __repr__(self):
        return str(self)


def exercises():
    """Return the exercise ids in book order; an id is the name of the function to write."""
    return tuple(name for room in _BOOK for name in of_room(room))


def rooms():
    """Return the words of the chapters that have exercises, in book order: each is a folder here and in `mha_lib`."""
    return _BOOK


def of_room(room):
    """Return the exercise ids of one chapter, given by its word, in its order."""
    return importlib.import_module(f"mha_lib.checks.{room}").EXERCISES


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


@functools.cache
def _find(exercise_id):
    """Return an exercise, importing its file alone: early chapters never wait for PyTorch."""
    for room in _BOOK:
        if exercise_id in of_room(room):
            return importlib.import_module(f"mha_lib.checks.{room}.{exercise_id}").EXERCISE
    near = difflib.get_close_matches(str(exercise_id), exercises(), n=3) or exercises()[:3]
    raise ValueError(f"no exercise is called {exercise_id!r}; did you mean {', '.join(near)}?")

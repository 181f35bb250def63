"""The exercise checkers. `check(your_function)` says whether it is right or which mistake it makes.

A folder a chapter, a file an exercise. In self-study the inputs are fixed; a course passes its own seed.
"""

import difflib
import functools
import importlib

from mha_lib.diagnosis import reporting, whose, words, workplace
from mha_lib.diagnosis.broken import bind
from mha_lib.diagnosis.exercise import ERROR, RIGHT, Verdict
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
    "progress",
    "reference",
    "report",
    "rooms",
    "verdict",
    "yours",
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
    exercise_id, function = _named("check", args)
    if whose.is_lent(exercise_id) and function is reference(exercise_id):
        print(f"This is the book's {exercise_id}. Run the cell with your answer again, then this one.")
    else:
        print(whose.keep(function, verdict(exercise_id, function)).message)


def yours(*args):
    """Return your function or class if it is right, else the book's, and say so: `softmax = yours(softmax)`.

    `yours("softmax", my_softmax)` where yours has another name; `yours("softmax")` for what you wrote in an earlier
    chapter's notebook. Where the book itself is run, it is the book's, without a word.
    """
    if len(args) == 1 and isinstance(args[0], str):
        return _earlier(args[0])
    exercise_id, function = _named("yours", args)
    book = reference(exercise_id)
    if whose.is_book_run():
        return book
    if function is book:
        whose.lend(exercise_id, "for yours, run the cell with your answer again, then this one")
        return book
    found = whose.kept(exercise_id, function) or whose.keep(function, verdict(exercise_id, function))
    if found.status == RIGHT:
        return function
    whose.lend(exercise_id, whose.why_not(found))
    return book


def progress():
    """Print where you stand: your saved notebooks' exercises, right or not yet, and what to do next."""
    print("Run this in your notebook to see where you stand." if whose.is_book_run() else workplace.progress())


def report(*args):
    """Write down an answer that is called right and is wrong, `report(softmax)`, for whoever mends the checker."""
    exercise_id, function = _named("report", args)
    if verdict(exercise_id, function).status != RIGHT:
        print(f"The checker does not call it right: checks.check({exercise_id}) says why.")
        return
    file = reporting.report(exercise_id, function, lambda seed: verdict(exercise_id, function, seed))
    print(f"Written to {file}. Add what it did wrong, and send it to {reporting.ISSUES}")


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


def _named(caller, args):
    """Return the exercise id and the function that somebody gave."""
    if len(args) not in (1, 2):
        raise TypeError(f"{caller} takes a function, or an exercise id and a function; got {len(args)} arguments")
    function = args[-1]
    exercise_id = args[0] if len(args) == 2 else getattr(function, "__name__", None)
    if not isinstance(exercise_id, str):
        example = f'{caller}("softmax", my_function)'
        raise ValueError(f"{caller} needs to know the exercise: pass its id first, as in {example}")
    return exercise_id, function


def _earlier(exercise_id):
    """Return what the reader's notebook of an earlier chapter has, if it is right, else the book's; say which."""
    book = reference(exercise_id)
    if whose.is_book_run():
        return book
    function, file, why_not = workplace.answer_in_notebooks(exercise_id)
    if function is not None:
        found = verdict(exercise_id, function)
        if found.status == RIGHT:
            print(f"{exercise_id} is yours, from {file}.")
            return function
        why_not = whose.why_not(found, file)
    whose.lend(exercise_id, why_not)
    return book

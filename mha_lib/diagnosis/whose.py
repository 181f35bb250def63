"""Yours from here on: whose function a later cell gets, and the one sentence that says so where it is the book's.

Where the book itself is run, by its builder, by nbval or by `course.check`, it is always the book's, without a word: a
page must not depend on in which order somebody adds, nor one exercise on another.
"""

import os

from mha_lib.diagnosis.exercise import NOT_ATTEMPTED

BOOK_RUN = "MHA_BOOK_RUN"
_judged = {}  # exercise id -> the function that was judged last, and its Verdict
_lent = set()  # the exercises for which the book's function was given


def is_book_run():
    """Return whether this is a run of the book itself, not a reader's session."""
    return bool(os.environ.get(BOOK_RUN))


def keep(function, verdict):
    """Return the verdict on a function, and keep it: whoever asks again about this function need not wait."""
    _judged[verdict.id] = (function, verdict)
    return verdict


def kept(exercise_id, function):
    """Return the Verdict that was kept for this very function, or None."""
    judged, verdict = _judged.get(exercise_id, (None, None))
    return verdict if judged is function else None


def lend(exercise_id, why):
    """Say that the book's function stands in, and why."""
    _lent.add(exercise_id)
    print(f"{exercise_id} is the book's here: {why}.")


def is_lent(exercise_id):
    """Return whether the book's function was given to the reader for this exercise."""
    return exercise_id in _lent


def why_not(verdict, where=""):
    """Return why an answer is not used, as the end of a sentence; `where` is the file that it stands in."""
    whose = f"yours in {where}" if where else "yours"
    return f"{whose} {'has not been written' if verdict.status == NOT_ATTEMPTED else 'is not right'} yet"

"""The reader's own answers: what the library leaves out runs these instead, or says what it would give away."""

_kept = {}


class NotWritten(NotImplementedError):
    """The book asks for this function, and it has not been written and checked yet."""


def keep(name, function):
    """Keep an answer, for all that uses it later."""
    _kept[name] = function


def kept(name):
    """Return whether there is an answer of the reader's."""
    return name in _kept


def answer(name):
    """Return the reader's answer. Raises NotWritten if there is none yet."""
    if name not in _kept:
        raise NotWritten(
            f"{name} is yours to write. Write it, run the cell with checks.check({name}), and run this again"
        )
    return _kept[name]


def left_out(name, exercise):
    """Say that a function is not handed out, because it would answer an exercise. Raises NotWritten."""
    raise NotWritten(f"{name} is left out here: it would answer the exercise {exercise}")

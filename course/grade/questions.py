"""Functions among an exercise's inputs stay with the grader: the answer may call them, and learns what they return.

So no course code is in the sandbox. What an answer passes is data from a stranger, and bounded before it is used.
"""

import numpy as np

from mha_lib.diagnosis.exercise import Probe, direct_call
from mha_lib.diagnosis.run import run

MAX_NUMBERS = 1000


def reply(functions, question):
    """Return what a function gives for the arguments of a question, or what was wrong with them."""
    number = question.get("function") if isinstance(question, dict) else None
    arguments = question.get("arguments") if isinstance(question, dict) else None
    known = isinstance(number, int) and 0 <= number < len(functions)
    if not known or not isinstance(arguments, list) or not is_small(arguments):
        return {"error": f"this function takes arrays of at most {MAX_NUMBERS} numbers"}
    outcome = run(functions[number], Probe("a question", tuple(arguments)), direct_call)
    return {"value": outcome.value} if outcome.error is None else {"error": str(outcome.error)[:200]}


def is_small(value):
    """Return whether a stranger's value is a small one: few numbers, no length or whole number that could blow up."""
    if isinstance(value, (list, tuple)):
        return len(value) <= 20 and all(map(is_small, value))
    if isinstance(value, (np.ndarray, np.generic)):
        return np.size(value) <= MAX_NUMBERS and all(0 < n <= MAX_NUMBERS for n in np.shape(value)) and whole(value)
    if isinstance(value, (bool, float, type(None))):
        return True
    return isinstance(value, int) and abs(value) <= MAX_NUMBERS


def whole(value):
    """Return whether whole numbers in an array are small enough to be sizes."""
    array = np.asarray(value)
    return array.dtype.kind not in "iu" or bool(np.all(np.abs(array.astype(float)) <= MAX_NUMBERS))

"""One answer in a process of its own: find it, call it on each input, send back what came."""

import importlib
import os
import sys
import traceback
import warnings

import numpy as np

from . import answers, calls, lent, limits, wire

LONGEST_TEXT = 400


def answer(job, to_grader, from_grader):
    """Call the learner's function on each input of a job, and send each outcome as soon as it is there."""
    limits.set_limits(job["taken"])
    line = Line(to_grader, from_grader)
    lent.lend(job["library"])
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    np.random.seed(0)
    function, left_own = answers.find_answer(job["cells"], job["name"], job["torch"], job["parts"], job["keeps_own"])
    told = {"found": function is not None, "callable": callable(function), "type": type(function).__name__}
    line.send(b"f", {**told, "left_own": left_own})
    if callable(function):
        for inputs in job["inputs"]:
            line.send(b"o", outcome(job, function, line, inputs))
    line.send(b"z", None)


def outcome(job, function, line, inputs):
    """Return what came of one call: the value or the error, and whether the inputs were changed."""
    arguments, keywords = opened(inputs, line)
    before = wire.dumps(kept((arguments, keywords)))
    try:
        value = calls.call(job["call"], job["names"], function, arguments, keywords)
        result = {"value": closed(value, job["library"])}
    except BaseException as error:  # a learner's code may raise anything, SystemExit too
        result = {"error": described(error, job["cells"])}
    return {**result, "changed": wire.dumps(kept((arguments, keywords))) != before}


def opened(value, line):
    """Return inputs in which every handle is a function that asks the grader."""
    if isinstance(value, wire.Instance):
        return revived(value)
    if isinstance(value, wire.Handle):
        return lambda *arguments: line.ask(value.number, arguments)
    if isinstance(value, (list, tuple)):
        return type(value)(opened(item, line) for item in value)
    return {key: opened(item, line) for key, item in value.items()} if isinstance(value, dict) else value


def revived(value):
    """Return an object of a lent class, with the attributes that were sent."""
    cls = getattr(importlib.import_module(value.module), value.name)
    result = cls.__new__(cls)
    vars(result).update(value.state)
    return result


def closed(value, library):
    """Return a value in which each object of a lent class is ready to travel."""
    if type(value) is tuple and len(value) < 100:
        return tuple(closed(item, library) for item in value)
    if type(value).__module__ in library:
        return wire.Instance(type(value).__module__, type(value).__name__, dict(vars(value)))
    return value


def kept(value):
    """Return inputs without their functions, to compare them before and after."""
    if isinstance(value, (list, tuple)):
        return [kept(item) for item in value]
    if isinstance(value, dict):
        return {key: kept(item) for key, item in value.items()}
    return None if callable(value) else value


def described(error, cells):
    """Return an exception as texts: the nearest type that Python or NumPy has, what it says, and the learner's line."""
    known = [cls for cls in type(error).__mro__ if cls.__module__ in ("builtins", "numpy.linalg", "numpy.exceptions")]
    name = f"{known[0].__module__}.{known[0].__name__}".removeprefix("builtins.")
    own = type(error).__name__ if type(error) is not known[0] else ""
    try:
        text = str(error)
    except BaseException:  # a learner's exception may fail to say anything
        text = ""
    return {"type": name, "own": own[:60], "text": text[:LONGEST_TEXT], "line": line_of(error, dict(cells))}


def line_of(error, cells):
    """Return where in the notebook an exception came from, or ""."""
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename.startswith("<cell "):
            lines = cells[int(frame.filename[6:-1])].split("\n")
            return f"in cell {frame.filename[6:-1]}, line {frame.lineno}: {lines[frame.lineno - 1].strip()[:200]}"
    return ""


class Line:
    """The line to the grader: outcomes go up, questions go up, their answers come down."""

    def __init__(self, up, down):
        self.up, self.down = up, down

    def send(self, kind, value):
        """Send one message."""
        data = wire.frame(kind, wire.dumps(value))
        while data:
            data = data[os.write(self.up, data) :]

    def ask(self, number, arguments):
        """Return what the grader's function gives for these arguments; raise what it raises."""
        self.send(b"q", {"function": number, "arguments": list(arguments)})
        buffer = bytearray()
        while (message := wire.take_frame(buffer, wire.MAX_ARRAY * 2)) is None:
            chunk = os.read(self.down, 65536)
            if not chunk:
                sys.exit("the grader has hung up")
            buffer += chunk
        answer = wire.loads(message[1])
        if "error" in answer:
            raise ValueError(answer["error"])
        return answer["value"]

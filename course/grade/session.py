"""One submission's answers, asked for one after another in one child; a child that dies is replaced for the rest."""

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, field

from course.grade.box import Box, Gone
from course.grade.inside import wire
from course.grade.inside.limits import ANSWER_BYTES, SECONDS
from course.grade.questions import reply

GRACE = 5


@dataclass(frozen=True)
class Job:
    """What one answer is asked for. `inputs` are (arguments, keywords); `functions` stay here and are asked for.

    parts      the earlier exercises for which the book's functions stand in: id -> "module:function"
    keeps_own  whether what the notebook defines under such a name is used all the same
    """

    name: str
    cells: list
    library: dict
    call: str
    names: tuple
    inputs: list
    functions: list[Callable] = field(default_factory=list)
    parts: dict = field(default_factory=dict)
    keeps_own: bool = False

    def message(self):
        """Return what the child is told."""
        told = {"name": self.name, "cells": self.cells, "library": self.library, "call": self.call}
        told |= {"parts": self.parts, "keeps_own": self.keeps_own}
        return {**told, "names": list(self.names), "inputs": self.inputs}


@dataclass
class Answer:
    """What came back: was there a function, what came of each call, and how it ended.

    `end` is "done", or why there are fewer outcomes than inputs: "time", "bytes", "died", "crashed".
    `left_own` says that the book's function stood in for one that the notebook defines.
    """

    found: bool = False
    callable: bool = False
    type: str = "NoneType"
    outcomes: list = field(default_factory=list)
    end: str = "died"
    left_own: bool = False


class Session:
    """The child of one submission; if one answer brings it down, that answer loses, and the rest go on in a new one."""

    def __init__(self, place, with_torch):
        self.place, self.with_torch, self.box = place, with_torch, None

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def close(self):
        """End the child, if there is one."""
        if self.box:
            self.box.close()
        self.box = None

    def ask(self, job):
        """Return the answer to a job."""
        answer = Answer()
        self.box = self.box or Box(self.place, self.with_torch)
        try:
            self.box.send(job.message())
            listen(self.box, job, answer)
        except Gone:
            answer.end = "died"
            self.close()
        return answer


def listen(box, job, answer):
    """Fill an answer from messages until the child says that the answer's process has ended."""
    buffer = bytearray()
    while True:
        kind, payload = box.receive(SECONDS + GRACE)
        if kind == b"e":
            return finish(answer, wire.loads(payload))
        buffer += payload
        try:
            understand(buffer, box, job, answer)
        except wire.WireError:
            answer.end = "crashed"
            buffer.clear()


def understand(buffer, box, job, answer):
    """Take the complete messages of a learner's process from a buffer. Raises WireError if they are none."""
    while (message := wire.take_frame(buffer, ANSWER_BYTES)) is not None:
        kind, value = message[0], wire.loads(message[1])
        if kind == b"f" and isinstance(value, dict):
            answer.found, answer.callable = value.get("found") is True, value.get("callable") is True
            answer.type, answer.left_own = str(value.get("type"))[:60], value.get("left_own") is True
        elif kind == b"o" and isinstance(value, dict) and len(answer.outcomes) < len(job.inputs):
            answer.outcomes.append(value)
        elif kind == b"q":
            box.send(reply(job.functions, value))
        elif kind == b"z":
            answer.end = "done"


def finish(answer, told):
    """Say how an answer ended, if it did not say so itself."""
    if answer.end == "done":
        return
    status = told.get("status", 0)
    by_time = told.get("told") == "time" or (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU)
    if told.get("told") == "bytes":
        answer.end = "bytes"
    elif by_time:
        answer.end = "time"
    else:
        answer.end = "crashed" if os.WIFSIGNALED(status) else "died"

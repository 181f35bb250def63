"""One started child, in whatever sandbox: messages go in, messages come out, each with a deadline."""

import os
import selectors
import subprocess
import time
from contextlib import suppress

from course.errors import CourseError
from course.grade.inside import wire
from course.grade.inside.limits import ANSWER_BYTES

STARTS_WITHIN = 120


class Gone(Exception):
    """The child has ended, hangs, or does not keep to the form of messages."""


class Box:
    """A child and the line to it."""

    def __init__(self, place, with_torch):
        self.process = place.start()
        self.buffer = bytearray()
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.process.stdout, selectors.EVENT_READ)
        try:
            self.send({"torch": with_torch})
            self.receive(STARTS_WITHIN)
        except Gone as error:
            self.close()
            raise CourseError(f"The sandbox did not start: {error}") from error

    def send(self, value):
        """Send one message."""
        try:
            self.process.stdin.write(wire.frame(b"j", wire.dumps(value)))
            self.process.stdin.flush()
        except OSError as error:
            raise Gone(self.last_words()) from error

    def receive(self, seconds):
        """Return the next message, (kind, payload). Raises Gone if none comes in time."""
        deadline = time.monotonic() + seconds
        while (message := self.take()) is None:
            if not self.selector.select(max(0.0, deadline - time.monotonic())):
                raise Gone("the child has not answered in time")
            chunk = os.read(self.process.stdout.fileno(), 65536)
            if not chunk:
                raise Gone(self.last_words())
            self.buffer += chunk
        return message

    def take(self):
        """Return a message that is complete, or None."""
        try:
            return wire.take_frame(self.buffer, ANSWER_BYTES)
        except wire.WireError as error:
            raise Gone(str(error)) from error

    def last_words(self):
        """Return what the child, or the sandbox around it, said when it ended."""
        self.process.kill()
        said = self.process.stderr.read(4000).decode("utf-8", "replace").strip()
        return said or "the child ended without a word"

    def close(self):
        """End the child and all that it started."""
        self.selector.close()
        with suppress(OSError):
            self.process.stdin.close()
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdout, self.process.stderr):
            stream.close()


def popen(command, **settings):
    """Return a started process with pipes to it, in a session of its own."""
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True, cwd="/", **settings)

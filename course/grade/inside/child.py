"""The process that holds the line to the grader. It loads NumPy and PyTorch once, then forks for every exercise.

It never looks at what a learner's process says; it passes it on, with a time limit and up to a number of bytes. A
learner's process has no way to this one's line: descriptors are closed, memory is closed, and there is no /proc.
"""

import os
import select
import signal
import time

from . import limits, wire
from .answering import answer


def main(upwards=0, downwards=1):
    """Serve jobs until the grader hangs up."""
    limits.forbid_tracing()
    incoming, outgoing = os.dup(upwards), os.dup(downwards)
    silence()
    line = Grader(incoming, outgoing)
    start = line.next_job()
    if start["torch"]:
        load_torch()
    taken = limits.mapped()
    line.say(b"r")
    while (job := line.next_job()) is not None:
        serve(line, {**job, "torch": start["torch"], "taken": taken})


def silence():
    """Send whatever is printed to nowhere."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    os.close(nowhere)


def load_torch():
    """Import PyTorch, on one thread, and differentiate once, so that no fork has to set anything up."""
    import torch

    torch.set_num_threads(1)
    torch.ones(1, requires_grad=True).sum().backward()


def serve(line, job):
    """Run one answer in a process of its own and pass on what it says."""
    up, up_end = os.pipe()
    down_end, down = os.pipe()
    process = os.fork()
    if process == 0:
        for descriptor in (up, down, line.incoming, line.outgoing):
            os.close(descriptor)
        alone(job, up_end, down_end)
    os.close(up_end)
    os.close(down_end)
    told = pass_on(line, up, down)
    line.say(b"e", {"told": told, "status": end(process)})
    os.close(up)
    os.close(down)


def alone(job, up, down):
    """Answer in the forked process, and leave it without going back."""
    try:
        answer(job, up, down)
    finally:
        os._exit(0)


def pass_on(line, up, down):
    """Pass on bytes in both directions until the answer's process is done; return why it ended."""
    deadline, passed = time.monotonic() + limits.SECONDS, 0
    while (left := deadline - time.monotonic()) > 0:
        ready, _, _ = select.select([up, line.incoming], [], [], left)
        if line.incoming in ready:
            os.write(down, line.next_answer())
        if up in ready:
            data = os.read(up, 65536)
            passed += len(data)
            if not data:
                return "end"
            if passed > limits.ANSWER_BYTES:
                return "bytes"
            line.say(b"d", data)
    return "time"


def end(process):
    """Return how a process ended, and see to it that it has."""
    for _ in range(20):
        done, status = os.waitpid(process, os.WNOHANG)
        if done:
            return status
        time.sleep(0.01)
    os.kill(process, signal.SIGKILL)
    return os.waitpid(process, 0)[1]


class Grader:
    """The line to the grader, seen from inside."""

    def __init__(self, incoming, outgoing):
        self.incoming, self.outgoing = incoming, outgoing

    def read(self, count):
        """Return so many bytes, or leave if the grader has hung up."""
        data = bytearray()
        while len(data) < count:
            chunk = os.read(self.incoming, count - len(data))
            if not chunk:
                os._exit(0)
            data += chunk
        return bytes(data)

    def next_message(self):
        """Return the payload of the next message."""
        head = self.read(5)
        return self.read(int.from_bytes(head[1:], "little"))

    def next_job(self):
        """Return the next job, a dict."""
        return wire.loads(self.next_message())

    def next_answer(self):
        """Return the next message as it is, to pass it on."""
        return wire.frame(b"a", self.next_message())

    def say(self, kind, value=None):
        """Send a message: bytes as they are, anything else as a value."""
        data = wire.frame(kind, value if isinstance(value, bytes) else wire.dumps(value))
        while data:
            data = data[os.write(self.outgoing, data) :]

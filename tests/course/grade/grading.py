"""Grading in tests: whether a sandbox works here, and a function graded without one, through all else."""

import functools
import subprocess

import pytest

from course.grade import sandbox
from course.grade.inside import answering, wire
from course.grade.marking import job_for, mark
from course.grade.questions import reply
from course.grade.session import Answer
from mha_lib.diagnosis.run import quiet


@functools.cache
def why_no_sandbox():
    """Return why bubblewrap cannot run here at all, or None. Whatever else is wrong with the sandbox fails a test."""
    if sandbox.missing():
        return f"{', '.join(sandbox.missing())} is missing: install bubblewrap, on Linux (apt-get install bubblewrap)"
    user = ["setpriv", f"--reuid={sandbox.NOBODY}", f"--regid={sandbox.NOBODY}", "--clear-groups"]
    trial = [*(user if sandbox.is_root() else []), "bwrap", "--unshare-all", "--ro-bind", "/", "/", "--", "true"]
    done = subprocess.run(trial, capture_output=True, text=True, check=False)
    return f"GRADING.md says what bubblewrap asks of a machine ({done.stderr.strip()})" if done.returncode else None


needs_sandbox = pytest.mark.skipif(why_no_sandbox() is not None, reason=f"needs a sandbox: {why_no_sandbox()}")


class Direct:
    """A line on which questions are answered at once."""

    def __init__(self, functions):
        self.functions = functions

    def ask(self, number, arguments):
        """Return what the grader's function gives, after both ways over the wire."""
        question = wire.loads(wire.dumps({"function": number, "arguments": list(arguments)}))
        answer = wire.loads(wire.dumps(reply(self.functions, question)))
        if "error" in answer:
            raise ValueError(answer["error"])
        return answer["value"]


@functools.cache
def question(item, seed):
    """Return the job of an exercise, and the bytes that ask for it; of what is lent, the names of the modules alone."""
    job = job_for(item, [], seed)
    return job, wire.dumps(job.message() | {"library": dict.fromkeys(job.library)})


def graded(item, function, seed):
    """Return the mark that a function would get."""
    job, asked = question(item, seed)
    told = wire.loads(asked)
    with quiet():
        outcomes = [answering.outcome(told, function, Direct(job.functions), given) for given in told["inputs"]]
    return mark(item, Answer(True, True, "function", wire.loads(wire.dumps(outcomes)), "done"), seed)

"""The checkers' verdicts on answers, each in a process of its own: one that never ends, or ends Python, loses nothing.

A server without anything of the reader's starts these processes where the system has such a thing; it has loaded
what answers need, so that they begin at once.
"""

import contextlib
import linecache
import multiprocessing
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from mha_lib import checks
from mha_lib.diagnosis.exercise import ERROR, RIGHT

SECONDS = 30
METHOD = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"


@dataclass(frozen=True)
class Job:
    """One answer to judge: the exercise, the code that defines it, and the folder in which `mine` lies, or None."""

    id: str
    code: str
    folder: str | None = None


@dataclass(frozen=True)
class Finding:
    """What came of it: a status of the checker, the names of mistakes, and a sentence where there are none."""

    status: str
    mistakes: tuple = ()
    said: str = ""

    @property
    def is_right(self):
        """Return whether the checker calls it right."""
        return self.status == RIGHT


def judge_all(jobs, seconds):
    """Return a Finding for each Job, in their order."""
    if jobs:
        prepare(any("torch" in job.code for job in jobs))
    with ThreadPoolExecutor(max(1, os.cpu_count() or 1)) as pool:
        return list(pool.map(lambda job: judge(job, seconds), jobs))


def prepare(with_torch):
    """Tell the server what to load before the first answer."""
    if METHOD == "forkserver":
        loaded = ["course.mine.judging", *(["mha_lib.nn"] if with_torch else [])]
        multiprocessing.get_context(METHOD).set_forkserver_preload(loaded)


def judge(job, seconds):
    """Return the Finding on one answer, which is ended after so many seconds."""
    context = multiprocessing.get_context(METHOD)
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=alone, args=(job, there), daemon=True)
    process.start()
    there.close()
    try:
        return here.recv() if here.poll(seconds) else endless(seconds)
    except EOFError:
        return Finding(ERROR, said="it ends the Python that it runs in")
    finally:
        process.kill()
        process.join()
        here.close()


def endless(seconds):
    """Return the Finding on an answer that did not come to an end."""
    return Finding(ERROR, said=f"it did not come to an end within {seconds:g} seconds. Which loop never ends?")


def alone(job, line):
    """Judge an answer in this process, which is its own, and send the Finding."""
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
        line.send(finding(job))


def finding(job):
    """Return the Finding on an answer, called here and now."""
    if job.folder:
        sys.path.insert(0, job.folder)
    try:
        function = defined(job.id, job.code, f"<{job.id}>")
    except BaseException as error:  # the reader's code may raise anything, SystemExit too
        return Finding(ERROR, said=f"its cell stops with {type(error).__name__}: {error}")
    verdict = checks.verdict(job.id, function)
    return Finding(verdict.status, verdict.mistakes, stopped(verdict.message))


def defined(name, code, file):
    """Return what some code defines under a name; its lines can be shown."""
    linecache.cache[file] = (len(code), None, code.splitlines(keepends=True), file)
    namespace = {"__name__": "mine"}
    exec(compile(code, file, "exec"), namespace)
    return namespace[name]


def stopped(message):
    """Return the line of a checker's message that says how a function stopped, or ""."""
    lines = [line.strip() for line in message.split("\n")]
    return next((line for line in lines if line.startswith("your function")), "")

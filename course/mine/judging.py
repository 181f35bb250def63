"""The checkers' verdicts on answers, each in a process of its own."""

import linecache
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from course.mine.apart import apart, ended, prepare
from mha_lib import checks
from mha_lib.diagnosis.exercise import ERROR, RIGHT

SECONDS = 30


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
        with_torch = any("torch" in job.code for job in jobs)
        prepare("course.mine.judging", *(["mha_lib.nn"] if with_torch else []))
    with ThreadPoolExecutor(max(1, os.cpu_count() or 1)) as pool:
        return list(pool.map(lambda job: judge(job, seconds), jobs))


def judge(job, seconds):
    """Return the Finding on one answer, which is ended after so many seconds."""
    found, why = apart(finding, job, seconds)
    return found or Finding(ERROR, said=ended(why, seconds))


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

"""A part that its checker calls right, on an input on which it is not: what the milestone gave it, or another draw."""

import importlib
import inspect
from contextlib import suppress
from dataclasses import dataclass

from course.mine.apart import apart
from course.mine.milestones.trial import exchange, parts
from mha_lib import checks
from mha_lib.diagnosis.exercise import RIGHT, Probe
from mha_lib.diagnosis.judge import attempt, judge_outcomes

SEEDS = range(1, 21)
MOST = 200  # calls that are kept


@dataclass(frozen=True)
class Suspect:
    """A part of a Trial that is to be looked at."""

    trial: object
    name: str


def difference(suspect, seconds):
    """Return what the checker says of a small input on which the part is wrong, or None if none is found."""
    return apart(shown, suspect, seconds)[0]


def shown(suspect):
    """Return the same, here and now."""
    task = importlib.import_module(suspect.trial.task)
    mine = parts(suspect.trial, task.PARTS)
    part = getattr(importlib.import_module(f"mine.{suspect.trial.rooms[suspect.name]}"), suspect.name)
    drawn = (checks.verdict(suspect.name, part, seed) for seed in SEEDS)
    message = next((verdict.message for verdict in drawn if verdict.status != RIGHT), None)
    if message or inspect.isclass(part):
        return message
    return on_calls(suspect.name, part, recorded(task, mine, suspect, part))


def on_calls(name, part, calls):
    """Return what the checker says of a part on some calls, the smallest first, or None if all are right."""
    item = checks.exercise(name)
    probes = sorted((Probe("an input of the milestone", args, kwargs) for args, kwargs in calls), key=Probe.size)
    verdict = judge_outcomes(item, probes, attempt(item, part, probes)) if probes else None
    return verdict.message if verdict and verdict.status != RIGHT else None


def recorded(task, mine, suspect, part):
    """Return what a part is called with in a run of the milestone: (args, kwargs), arrays copied."""
    calls = []

    def noted(*args, **kwargs):
        if len(calls) < MOST:
            calls.append((tuple(map(plain, args)), {name: plain(value) for name, value in kwargs.items()}))
        return part(*args, **kwargs)

    exchange(part, noted)
    if hasattr(mine, suspect.name):
        setattr(mine, suspect.name, noted)
    with suppress(Exception):  # what was asked until it stopped is what is wanted
        task.scores(mine, suspect.trial.seed)
    return calls


def plain(value):
    """Return a copy of an array or a tensor as an array, anything else as it is."""
    if hasattr(value, "detach"):
        return value.detach().numpy().copy()
    return value.copy() if hasattr(value, "copy") else value

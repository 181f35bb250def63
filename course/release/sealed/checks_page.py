"""Exercises of a sealed edition: answers are kept for later cells, and graded when the notebook is handed in."""

import importlib
import json
from pathlib import Path
from types import SimpleNamespace

from mha_lib.checks.predictions import compare, predict, predictions
from mha_lib.own_answers import answer, keep, kept

__all__ = ["check", "compare", "hint", "mistakes", "predict", "predictions", "progress", "yours"]
DOORS = ("mha_lib", "mha_lib.nn")


def check(*args):
    """Keep an answer: `check(softmax)`, or `check("softmax", my_softmax)`. It is not judged here."""
    function = args[-1]
    name = args[0] if len(args) == 2 else function.__name__
    keep(name, function)
    print(f"Kept: {name}. Cells below use your answer. It is graded when you hand this notebook in.")


def yours(*args):
    """Return your answer for the cells below: `softmax = yours(softmax)`; by name alone, the one that was kept.

    `yours("softmax")` for an earlier chapter that is not handed out is what the library has.
    """
    if not isinstance(args[-1], str):
        keep(args[0] if len(args) == 2 else args[0].__name__, args[-1])
        return args[-1]
    offered = [] if kept(args[-1]) else map(importlib.import_module, DOORS)
    return next((getattr(door, args[-1]) for door in offered if hasattr(door, args[-1])), None) or answer(args[-1])


def progress():
    """Print where progress is told."""
    print("Your answers are graded when you hand this notebook in.")


def hint(exercise_id):
    """Return where hints are to be had."""
    return f"Hints for {exercise_id} come with the feedback, or from your teacher."


def mistakes(exercise_id):
    """Return the broken versions to expose, by name alone."""
    names = json.loads(Path(__file__).with_name("mutants.json").read_text("utf-8"))
    return [SimpleNamespace(name=name) for name in names.get(exercise_id, [])]

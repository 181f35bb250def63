"""What can be graded: every exercise with its judge, its chapter, and what it is worth."""

import importlib.util
import json
from dataclasses import dataclass
from typing import Any

from course.errors import CourseError
from course.project import ROOT, chapters, find
from mha_lib import checks

PRIVATE = "private"


@dataclass(frozen=True)
class Item:
    """One exercise as it is graded. `exercise` judges; `points` and `minutes` come from the chapter."""

    exercise: Any
    chapter: str
    points: float
    minutes: float = 0

    @property
    def id(self):
        """Return the name that the learner's function must have."""
        return self.exercise.id


@dataclass(frozen=True)
class Worth:
    """What a chapter says of an exercise."""

    id: str
    chapter: str
    points: float
    minutes: float
    level: int
    optional: bool = False


def worths(root=ROOT):
    """Return what the chapters say of their exercises, in book order, as a dict by id."""
    known = (each for chapter in built(root) for each in of_chapter(chapter))
    return {each.id: each for each in known}


def built(root):
    """Return the chapters that have been built."""
    return [chapter for chapter in chapters(root) if chapter.solution.exists()]


def of_chapter(chapter):
    """Return what one built chapter says of its exercises, in its order."""
    notebook = json.loads(chapter.solution.read_text("utf-8"))
    found = [cell["metadata"] for cell in notebook["cells"] if "exercise" in cell["metadata"].get("tags", [])]
    return [worth(chapter, facts) for facts in found]


def worth(chapter, facts):
    """Return what a chapter says of one exercise in the metadata of its statement."""
    told = (facts[name] for name in ("points", "minutes", "level"))
    return Worth(facts["exercise"], chapter.name, *told, facts.get("optional", False))


def chosen(numbers, root=ROOT):
    """Return the ids of the exercises in chapters given by number, in book order."""
    names = {find(root, number).name for number in numbers}
    return [each.id for each in worths(root).values() if each.chapter in names]


def items(ids, private=None):
    """Return the exercises of these ids, ready to judge, and those of a private file. Raises CourseError if unknown."""
    known = worths()
    unknown = [name for name in ids if name not in known]
    if unknown:
        raise CourseError(f"No chapter has the exercise {', '.join(unknown)}.")
    public = [Item(checks.exercise(name), known[name].chapter, known[name].points, known[name].minutes) for name in ids]
    return public + (private_items(private) if private else [])


def private_items(path):
    """Return the exercises of a Python file outside of the repository: its EXERCISES, worth its POINTS."""
    spec = importlib.util.spec_from_file_location("private_exercises", path)
    if spec is None or not path.is_file():
        raise CourseError(f"{path} is not a Python file. It must define EXERCISES, and POINTS for each of them.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    missing = [exercise.id for exercise in module.EXERCISES if exercise.id not in module.POINTS]
    if missing:
        raise CourseError(f"{path} gives no POINTS for {', '.join(missing)}.")
    return [Item(exercise, PRIVATE, module.POINTS[exercise.id]) for exercise in module.EXERCISES]

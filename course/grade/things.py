"""Inputs and answers as data, both ways: functions become handles, objects of the library their attributes."""

import importlib

from course.grade.inside.wire import Handle, Instance
from course.grade.library import PACKAGE
from course.grade.questions import is_small


def as_data(value, functions, classes):
    """Return inputs as data; their functions are appended to a list, the library's classes, named, added to a set."""
    if isinstance(value, (list, tuple)):
        return type(value)(as_data(part, functions, classes) for part in value)
    if isinstance(value, dict):
        return {key: as_data(part, functions, classes) for key, part in value.items()}
    if callable(value):
        functions.append(value)
        return Handle(len(functions) - 1)
    if is_ours(value):
        classes.add(named(value))
        return Instance(type(value).__module__, type(value).__name__, dict(vars(value)))
    return value


def is_ours(value):
    """Return whether a value is an object of a class of the library."""
    return type(value).__module__.startswith(f"{PACKAGE}.")


def named(value):
    """Return an object's class as (module, name), the way the library's parts are lent."""
    return type(value).__module__.removeprefix(f"{PACKAGE}."), type(value).__name__


def from_data(value, like):
    """Return a stranger's answer with its objects made anew. Raises ValueError for what no such answer may hold.

    like    the right answer: only its classes are made, and only with their attributes
    """
    if isinstance(value, tuple):
        models = like if isinstance(like, tuple) else ()
        return tuple(from_data(part, models[i] if i < len(models) else None) for i, part in enumerate(value))
    if isinstance(value, Instance):
        return remade(value, like)
    if not is_small(value):
        raise ValueError("this is no input of small arrays and numbers")
    return value


def remade(value, like):
    """Return an object like the right one, with a stranger's attributes, if these are few and small."""
    if not is_ours(like) or (value.module, value.name) != (type(like).__module__, type(like).__name__):
        raise ValueError(f"no object of class {value.name} is wanted here")
    if value.state.keys() != vars(like).keys() or not all(map(is_small, value.state.values())):
        raise ValueError(f"this {value.name} has attributes that it should not have")
    cls = getattr(importlib.import_module(value.module), value.name)
    result = cls.__new__(cls)
    vars(result).update(value.state)
    return result

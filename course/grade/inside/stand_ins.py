"""Earlier answers that an answer calls: the book's stand in for them, so that one wrong part is not paid for twice."""

import ast
import contextlib
import importlib


def taken(node):
    """Return the names that a statement takes with `name = checks.yours(...)`, as pairs (name, exercise)."""
    if not isinstance(node, ast.Assign) or len(node.targets) != 1:
        return []
    targets, values = (each.elts if isinstance(each, ast.Tuple) else [each] for each in (node.targets[0], node.value))
    names = [target.id if isinstance(target, ast.Name) else None for target in targets]
    pairs = zip(names, map(asked_for, values), strict=False)
    return [(name, exercise) for name, exercise in pairs if name and exercise]


def asked_for(node):
    """Return the exercise that `checks.yours(...)` asks for, or None: a name, or a text, is its first argument."""
    if not isinstance(node, ast.Call) or not node.args:
        return None
    called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", None)
    first = node.args[0]
    given = first.id if isinstance(first, ast.Name) else getattr(first, "value", None)
    return given if called == "yours" and isinstance(given, str) else None


def stand_ins(aliases, parts):
    """Return what the book's functions are called in a notebook: name -> "module:function".

    aliases   the notebook's own names for exercises, as pairs (name, exercise)
    parts     the earlier exercises: id -> "module:function"
    """
    return {**parts, **{name: parts[exercise] for name, exercise in aliases if exercise in parts}}


def brought(places):
    """Return the functions at some places, name -> "module:function", by name; one that fails is missing."""
    found = {}
    for name, place in places.items():
        module, _, function = place.partition(":")
        with contextlib.suppress(Exception):
            found[name] = getattr(importlib.import_module(module), function)
    return found

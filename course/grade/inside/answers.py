"""From the cells of a notebook to one answer: imports, functions, classes and constants; no other statement is run.

Here, in the sandbox, a stranger's Python is read for the first time: a cell that breaks the reader breaks only itself.
"""

import ast
import contextlib
import re

ANYTHING = "*"
ANCHOR = re.compile(r"#\s*exercise:\s*(\w+)\s*$")
KEPT = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)
PRELUDE = "import math, functools, itertools\nimport numpy as np"
TORCH_PRELUDE = "import torch\nimport torch.nn.functional as F\nfrom torch import nn"


def find_answer(cells, name, with_torch):
    """Return the learner's function of this name from (number, source) cells, or None.

    The last definition of a name wins, but a stub never wins over an answer. Only what the function uses is run, so
    another answer cannot get in its way.
    """
    statements = without_old_stubs([each for number, source in cells for each in readable(number, source)])
    if name not in {defined(node) for _, node in statements if not is_stub(node)}:
        name = anchored(cells, name) or name
    namespace = {"__name__": "notebook"}
    for source in [PRELUDE, *([TORCH_PRELUDE] if with_torch else [])]:
        exec(compile(source, "<prelude>", "exec"), namespace)
    for filename, node in needed(statements, name):
        run(filename, node, namespace)
    return namespace.get(name) if name in {defined(node) for _, node in statements} else None


def without_old_stubs(statements):
    """Return the statements but for stubs of what is written elsewhere."""
    written = {defined(node) for _, node in statements if not is_stub(node)}
    return [(filename, node) for filename, node in statements if not is_stub(node) or defined(node) not in written]


def needed(statements, name):
    """Return the statements that define or import a name or what these use, in the notebook's order.

    Other imports are not run: one that is slow would take its time from every answer of the notebook.
    """
    used, size = {name}, 0
    while len(used) > size:
        size = len(used)
        for _, node in statements:
            if defined(node) in used:
                used |= {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
    return [each for each in statements if defined(each[1]) in used or brings(each[1]) in {*used, ANYTHING}]


def brings(node):
    """Return the name that an import of one name brings, ANYTHING where it may be more, None for another statement."""
    if not isinstance(node, (ast.Import, ast.ImportFrom)):
        return None
    (alias,) = node.names
    return alias.asname or (ANYTHING if alias.name == "*" or "." in alias.name else alias.name)


def readable(number, source):
    """Return the statements of one cell that count, each with the cell's name; none if it is not Python."""
    plain = "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in source.split("\n"))
    try:
        body = ast.parse(plain).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    kept = [node for node in body if isinstance(node, KEPT) or is_constant(node)]
    return [(f"<cell {number}>", single) for node in kept for single in one_by_one(node)]


def one_by_one(node):
    """Return an import as one for each name, so that one that fails does not take others with it."""
    if isinstance(node, ast.Import):
        return [ast.copy_location(ast.Import([alias]), node) for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [ast.copy_location(ast.ImportFrom(node.module, [alias], node.level), node) for alias in node.names]
    return [node]


def is_constant(node):
    """Return whether a statement gives a name to a lambda, or to something that calls nothing."""
    if not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None or not defined(node):
        return False
    return isinstance(node.value, ast.Lambda) or not any(isinstance(part, ast.Call) for part in ast.walk(node.value))


def defined(node):
    """Return the one name that a statement defines, or None."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return node.name
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return targets[0].id if len(targets) == 1 and isinstance(targets[0], ast.Name) else None


def is_stub(node):
    """Return whether a function, or every method of a class, only says that nothing is written yet."""
    if isinstance(node, ast.ClassDef):
        methods = [part for part in node.body if isinstance(part, ast.FunctionDef)]
        return bool(methods) and any(raises_not_implemented(method) for method in methods)
    return isinstance(node, ast.FunctionDef) and raises_not_implemented(node)


def raises_not_implemented(function):
    """Return whether a function ends, at its top level, in raising NotImplementedError."""
    last = function.body[-1]
    return isinstance(last, ast.Raise) and last.exc is not None and "NotImplementedError" in ast.dump(last.exc)


def run(filename, node, namespace):
    """Run one statement; where it fails, what it defines is missing, and nothing else."""
    module = ast.Module([node], type_ignores=[])
    with contextlib.suppress(Exception):
        exec(compile(module, filename, "exec", dont_inherit=True), namespace)


def anchored(cells, name):
    """Return the name of the last function in a cell whose first line is `# exercise: name`, or None."""
    found = None
    for number, source in cells:
        anchor = ANCHOR.match(source.lstrip().split("\n")[0])
        if anchor and anchor[1] == name:
            nodes = [node for _, node in readable(number, source) if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
            found = nodes[-1].name if nodes else found
    return found

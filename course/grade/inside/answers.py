"""From the cells of a notebook to one answer: imports, functions, classes and constants; no other statement is run.

Here, in the sandbox, a stranger's Python is read for the first time: a cell that breaks the reader breaks only itself.
"""

import ast
import contextlib
import re

from .stand_ins import brought, stand_ins, taken

ANCHOR = re.compile(r"#\s*exercise:\s*(\w+)\s*$")
IMPORTS = (ast.Import, ast.ImportFrom)
KEPT = (*IMPORTS, ast.FunctionDef, ast.ClassDef)
PRELUDE = "import math, functools, itertools\nimport numpy as np"
TORCH_PRELUDE = "import torch\nimport torch.nn.functional as F\nfrom torch import nn"


def find_answer(cells, name, with_torch, parts=None, keeps_own=False):
    """Return the learner's function of this name from (number, source) cells, or None; and whether it left an own part.

    The last definition of a name wins, but a stub never wins over an answer. Only what the function uses is run, so
    another answer cannot get in its way. Where it uses an earlier exercise by name, it gets the book's function.

    parts      the earlier exercises: id -> "module:function"
    keeps_own  whether what the notebook itself defines under such a name is used instead
    """
    statements = without_old_stubs([each for number, source in cells for each in readable(number, source)])
    if name not in {defined(node) for _, node in statements if not is_stub(node)}:
        name = anchored(cells, name) or name
    book, own = exchanged(statements, name, stand_ins(aliases(cells), parts or {}))
    book = {each: place for each, place in book.items() if not (keeps_own and each in own)}
    statements = [each for each in statements if not gives(each[1]) & book.keys()]
    used = used_by(statements, name)
    namespace = prelude(with_torch) | brought({each: book[each] for each in sorted(used & book.keys())})
    for filename, node in needed(statements, used):
        run(filename, node, namespace)
    found = namespace.get(name) if name in {defined(node) for _, node in statements} else None
    return found, bool(own & used & book.keys())


def exchanged(statements, name, book):
    """Return what the book has under other names than the answer's, and which of these names the notebook gives too."""
    book = {each: place for each, place in book.items() if each != name}
    own = {given for _, node in statements if not is_stub(node) for given in gives(node)}
    return book, own & book.keys()


def gives(node):
    """Return the names that a statement defines or imports, as a set of at most two."""
    return {defined(node), brings(node)} - {None}


def prelude(with_torch):
    """Return the names that every answer may use."""
    namespace = {"__name__": "notebook"}
    for source in [PRELUDE, *([TORCH_PRELUDE] if with_torch else [])]:
        exec(compile(source, "<prelude>", "exec"), namespace)
    return namespace


def without_old_stubs(statements):
    """Return the statements but for stubs of what is written elsewhere."""
    written = {defined(node) for _, node in statements if not is_stub(node)}
    return [(filename, node) for filename, node in statements if not is_stub(node) or defined(node) not in written]


def used_by(statements, name):
    """Return a name, and all names that its definition uses, or what these use."""
    used, size = {name}, 0
    while len(used) > size:
        size = len(used)
        for _, node in statements:
            if defined(node) in used:
                used |= {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
    return used


def needed(statements, used):
    """Return the statements that define or import what is used, in the notebook's order.

    Other imports are not run: one that is slow would take its time from every answer of the notebook.
    """
    packages = used | {package(node) for _, node in statements if brings(node) in used}
    return [
        (filename, node)
        for filename, node in statements
        if defined(node) in used or brings(node) in used or may_bring_more(node, packages)
    ]


def brings(node):
    """Return the name that an import of one name brings, as it is written; None for another statement."""
    return node.names[0].asname or node.names[0].name if isinstance(node, IMPORTS) else None


def may_bring_more(node, packages):
    """Return whether an import may bring more than its name: a star, or `import x.y`, a part of one of the packages."""
    name = brings(node) or ""
    return name == "*" or ("." in name and package(node) in packages)


def package(node):
    """Return the outermost package that an import names; "" for one that names none."""
    name = node.module if isinstance(node, ast.ImportFrom) else node.names[0].name
    return (name or "").partition(".")[0]


def parsed(source):
    """Return the statements of one cell; none if it is not Python."""
    plain = "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in source.split("\n"))
    try:
        return ast.parse(plain).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def readable(number, source):
    """Return the statements of one cell that count, each with the cell's name."""
    kept = [node for node in parsed(source) if isinstance(node, KEPT) or is_constant(node)]
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
    return {exercise: function for function, exercise in anchors(cells)}.get(name)


def anchors(cells):
    """Return (function, exercise) for each cell whose first line is `# exercise: name`: its last function."""
    found = []
    for _, source in cells:
        anchor = ANCHOR.match(source.lstrip().split("\n")[0])
        nodes = [node for node in parsed(source) if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
        found += [(nodes[-1].name, anchor[1])] if anchor and nodes else []
    return found


def aliases(cells):
    """Return the names that a notebook gives to exercises, as pairs (name, exercise)."""
    return anchors(cells) + [pair for _, source in cells for node in parsed(source) for pair in taken(node)]

"""What one piece of Python says about the library: what it imports, which names of it it uses, which files it names."""

import ast
import re
from dataclasses import dataclass, field
from functools import cache

LIBRARY = "mha_lib"
DOTTED = re.compile(rf"\b{LIBRARY}(?:\.[A-Za-z_]\w*)*")
READERS = {"__file__", "__path__", "resources", "get_data"}  # by these a module finds files beside itself
IMPORTERS = {"import_module", "__import__"}
ALL = "*"


@dataclass(frozen=True)
class Use:
    """Something of the library that is used: `names` of `module`, from left to right, ALL for whatever it holds.

    No names: the module is only imported. `words` are the names and texts that it is called with, None if it is not.
    """

    module: str
    names: tuple = ()
    words: frozenset | None = None

    def is_of(self, module):
        """Return whether this is a use of a module, or of something in it."""
        return f"{'.'.join((self.module, *self.names))}.".startswith(f"{module}.")


@dataclass(eq=False)
class Mentions:
    """What a piece of Python mentions.

    bindings   its names for parts of the library -> what each may stand for, a set of Use
    uses       what it uses of the library, a set of Use
    strings    its texts, but for documentation and pieces of f-strings
    reads      whether it looks for files beside a module
    opaque     whether it imports what cannot be read off, or is not Python, such as IPython's magic
    constants  for a door, a module that only passes names on: its literal values, `__all__` among them; else None
    """

    bindings: dict = field(default_factory=dict)
    uses: set = field(default_factory=set)
    strings: set = field(default_factory=set)
    reads: bool = False
    opaque: bool = False
    constants: dict | None = None


@cache
def mentions(source, package=""):
    """Return the Mentions of a module's source, or of a chapter's cells; `package` is where relative imports start."""
    found = Mentions()
    try:
        tree = ast.parse(source)
    except SyntaxError:
        found.opaque = True
        return found
    for node in ast.walk(tree):
        add_import(found, node, package)
    Reading(found).visit(tree)
    found.constants = constants_of_door(tree)
    return found


def add_import(found, node, package):
    """Add what an import statement loads, and the names it binds."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            bind(found, alias.asname or alias.name.split(".")[0], alias.name if alias.asname else LIBRARY, alias.name)
    elif isinstance(node, ast.ImportFrom):
        module = absolute(node, package)
        for alias in node.names:
            bind(found, alias.asname or alias.name, module, module, (alias.name,))


def bind(found, name, module, loaded, names=()):
    """Note that a name stands for `names` of a module, and that what is `loaded` for it is used."""
    if loaded.split(".")[0] == LIBRARY:
        found.bindings.setdefault(name, set()).add(Use(module, names))
        found.uses.add(Use(loaded, names))


def absolute(node, package):
    """Return the full name of the module that a from-import starts at."""
    parts = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
    return ".".join([*parts, *([node.module] if node.module else [])])


class Reading(ast.NodeVisitor):
    """Walks through Python whose imports are known, and adds to its Mentions how the names they bind are used."""

    def __init__(self, found):
        self.found = found

    def visit_Expr(self, node):
        """Pass over documentation; look into all else."""
        if not isinstance(node.value, ast.Constant):
            self.generic_visit(node)

    def visit_Name(self, node):
        """Add a name that stands alone: whoever holds a module can ask it for anything."""
        self.add((node.id, ALL))

    def visit_Attribute(self, node):
        """Add a dotted name, for whatever it holds; of other attributes look into what they are taken from."""
        if chain := chain_of(node):
            self.add((*chain, ALL))
        else:
            self.generic_visit(node)
            self.found.reads |= node.attr in READERS

    def visit_Call(self, node):
        """Add a call with the words it is given."""
        given = [*node.args, *(keyword.value for keyword in node.keywords)]
        if chain := chain_of(node.func):
            self.add(chain, given)
            self.found.opaque |= chain[-1] in IMPORTERS and not isinstance(next(iter(given), None), ast.Constant)
        else:
            self.visit(node.func)
        for part in given:
            self.visit(part)

    def visit_JoinedStr(self, node):
        """Look into an f-string; where it begins the name of a module, that module may be any."""
        for part in node.values:
            if isinstance(part, ast.Constant):
                self.found.opaque |= bool(re.search(rf"{DOTTED.pattern}\.$", part.value))
            else:
                self.visit(part)

    def visit_Constant(self, node):
        """Add a text, and the modules it names: other processes are started by such names."""
        if isinstance(node.value, str):
            self.found.strings.add(node.value)
            self.found.uses |= {Use(LIBRARY, tuple(name.split(".")[1:])) for name in DOTTED.findall(node.value)}

    def visit_ImportFrom(self, node):
        """Note whether an import is of what finds files."""
        self.found.reads |= bool(READERS & set(re.findall(r"\w+", ast.unparse(node))))

    visit_Import = visit_ImportFrom

    def add(self, chain, given=None):
        """Add the use of a dotted name, called with `given`, for all that its first part may stand for."""
        self.found.reads |= not READERS.isdisjoint(chain)
        for bound in self.found.bindings.get(chain[0], ()):
            words = None if given is None else frozenset(words_in(given))
            self.found.uses.add(Use(bound.module, (*bound.names, *chain[1:]), words))


def chain_of(node):
    """Return the parts of a dotted name, or None for anything else."""
    if isinstance(node, ast.Name):
        return (node.id,)
    chain = chain_of(node.value) if isinstance(node, ast.Attribute) else None
    return chain and (*chain, node.attr)


def words_in(nodes):
    """Yield the names, the attributes and the texts in expressions."""
    for part in (part for node in nodes for part in ast.walk(node)):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value
        elif isinstance(part, ast.Name | ast.Attribute):
            yield part.id if isinstance(part, ast.Name) else part.attr


def constants_of_door(tree):
    """Return the literal values of a door, as source: its `__all__`, and what else it has beside imports.

    None for a module without `__all__`, and for one that does anything else.
    """
    constants = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and is_literal(node.value):
            constants[node.targets[0].id] = ast.unparse(node.value)
        elif not is_plain(node):
            return None
    return constants if "__all__" in constants else None


def is_plain(node):
    """Return whether a statement is documentation, or an import of names one by one."""
    if isinstance(node, ast.ImportFrom):
        return all(alias.name != ALL for alias in node.names)
    return isinstance(node, ast.Import) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))


def is_literal(node):
    """Return whether an expression is made of constants alone."""
    try:
        ast.literal_eval(node)
    except ValueError:
        return False
    return True

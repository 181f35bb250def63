"""Chapter 10. A corpus: the documentation inside the Python packages that this book needs anyway.

Nothing is downloaded, imported or run: the source of each package is found where it is installed and parsed, and its
docstrings are read. So the text depends on the versions you have; `tally` says how much there is.
"""

import ast
import importlib.util
import inspect
import re
import sysconfig
import warnings
from collections import defaultdict
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

STANDARD_LIBRARY = "standard library"
PACKAGES = (STANDARD_LIBRARY, "numpy", "matplotlib", "torch")
SKIPPED_FOLDERS = {
    "test",
    "tests",
    "testing",
    "idle_test",
    "site-packages",
    "dist-packages",
    "_vendor",
    "extern",
    "third_party",
}
SKIPPED_FILES = re.compile(r"(test_.*|.*_test|tests?|conftest)\.py")
TOPICS = "pydoc_data.topics"  # the language reference, as help("assert") shows it: a dictionary, not docstrings
LATE = re.compile(r"add_(newdoc|docstr)")  # functions that give compiled code its docstring
FEWEST_WORDS = 4  # a shorter text is a name or a label

ROLE = re.compile(r":[a-zA-Z][\w:+-]*:`~?([^`<]*?)(?:\s*<[^`>]*>)?`")
UNDERLINE = re.compile(r"\s*([-=~^\"'*+#_.`])\1{2,}\s*")
DIRECTIVE = re.compile(r"\s*\.\. .*")


class Docstring(NamedTuple):
    """One text, with the package and the module that it documents a part of."""

    package: str
    module: str
    text: str


def docstrings(packages=PACKAGES):
    """Return the cleaned docstrings of installed packages as a list of Docstring, in order of module and line.

    packages: names to import, or STANDARD_LIBRARY

    Those of modules, classes and functions, what `add_newdoc` and `add_docstr` give to compiled functions, and the
    topics of Python's own help. Tests and vendored packages are skipped. A paragraph that stood in the corpus before
    is dropped, and so no text comes twice. The default packages take half a minute.
    Raises ValueError if a package is not installed.

    >>> found = docstrings(["json"])
    >>> found[0].module, found[0].text[:39]
    ('json', 'JSON (JavaScript Object Notation) <http')
    """
    sources = [(package, module, path) for package in packages for module, path in modules(package)]
    raw = ((package, module, text) for package, module, path in sources for text in documented(module, path))
    seen = set()
    cleaned = (Docstring(package, module, unseen(clean(text), seen)) for package, module, text in raw)
    return [docstring for docstring in cleaned if len(docstring.text.split()) >= FEWEST_WORDS]


def split(docstrings, share=0.05):
    """Return (train, held_out): whole modules go one way or the other, and each package gives its share of both.

    share: how much of every package's text, in characters, is held out at most

    A module's docstrings repeat one another, so to split them would be to train on the answers. The modules of each
    package are taken in the order of a hash of their names, which no other module can change, as long as they fit.
    Both lists keep the order given.
    """
    lengths = defaultdict(lambda: defaultdict(int))
    for package, module, text in docstrings:
        lengths[package][module] += len(text)
    held = {(package, module) for package, sizes in lengths.items() for module in held_modules(sizes, share)}
    sides = ([], [])
    for docstring in docstrings:
        sides[docstring[:2] in held].append(docstring)
    return sides


def held_modules(sizes, share):
    """Return the modules to hold out: in order of hash, each that still fits into the share of the characters."""
    room, held = share * sum(sizes.values()), []
    for module in sorted(sizes, key=lambda name: sha256(name.encode()).digest()):
        if sizes[module] <= room:
            held.append(module)
            room -= sizes[module]
    return held


def tally(docstrings):
    """Return how much text there is: for each package a dictionary of modules, docstrings, characters and words.

    >>> tally([Docstring("p", "p.a", "One two."), Docstring("p", "p.b", "Three.")])
    {'p': {'modules': 2, 'docstrings': 2, 'characters': 14, 'words': 3}}
    """
    texts, names = defaultdict(list), defaultdict(set)
    for package, module, text in docstrings:
        texts[package].append(text)
        names[package].add(module)
    return {
        package: {
            "modules": len(names[package]),
            "docstrings": len(own),
            "characters": sum(map(len, own)),
            "words": sum(len(text.split()) for text in own),
        }
        for package, own in texts.items()
    }


def modules(package):
    """Return (name, path) of each module of an installed package that is neither test nor vendored, in order of path.

    Raises ValueError if there is no such package, or if it is a single file.
    """
    if package == STANDARD_LIBRARY:
        root, prefix = Path(sysconfig.get_path("stdlib")), ()
    else:
        spec = importlib.util.find_spec(package)
        if spec is None or not spec.submodule_search_locations:
            raise ValueError(f"there is no package {package!r} installed; install it, or leave it out")
        root, prefix = Path(spec.submodule_search_locations[0]), (package,)
    paths = sorted(path.relative_to(root) for path in root.rglob("*.py"))
    paths = [path for path in paths if not SKIPPED_FOLDERS & set(path.parts) and not SKIPPED_FILES.fullmatch(path.name)]
    return [(module_name(prefix, path), root / path) for path in paths]


def module_name(prefix, path):
    """Return the dotted name of a file inside of a package.

    >>> module_name(("json",), Path("decoder.py")), module_name(("json",), Path("__init__.py"))
    ('json.decoder', 'json')
    """
    parts = (*prefix, *path.with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def documented(module, path):
    """Return the documentation in a file, raw, in order of line; none if Python can't parse it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # old code escapes oddly
            tree = ast.parse(path.read_text("utf-8", "ignore"))
    except (SyntaxError, ValueError):
        return []
    found = [text for node in ast.walk(tree) for text in texts_of(node, module == TOPICS)]
    return [text for line, text in sorted(found)]


def texts_of(node, topics):
    """Return (line, text) of each piece of documentation that belongs to a node; with `topics` a dictionary's too."""
    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        text = ast.get_docstring(node)
        return [] if text is None else [(node.body[0].lineno, text)]
    if isinstance(node, ast.Call) and LATE.search(ast.unparse(node.func)):
        return [found for argument in node.args for found in strings(argument)]
    if topics and isinstance(node, ast.Dict):
        return [found for value in node.values for found in strings(value)]
    return []


def strings(node):
    """Return (line, text) of each string in an expression that is long enough to be a sentence."""
    inner = (part for part in ast.walk(node) if isinstance(part, ast.Constant) and isinstance(part.value, str))
    return [(part.lineno, inspect.cleandoc(part.value)) for part in inner if len(part.value.split()) >= FEWEST_WORDS]


def clean(text):
    """Return a text without what is markup or code: doctests, underlines, directives and the marks of Sphinx roles.

    >>> clean("Title\\n=====\\n\\nSee :func:`~a.b` and :ref:`this <label>`.\\n\\n>>> 1 + 1\\n2\\n\\nEnd.")
    'Title\\n\\nSee a.b and this.\\n\\nEnd.'
    """
    lines, in_doctest = [], False
    for line in text.splitlines():
        in_doctest = line.lstrip().startswith(">>>") or (in_doctest and bool(line.strip()))
        if not (in_doctest or UNDERLINE.fullmatch(line) or DIRECTIVE.fullmatch(line)):
            lines.append(ROLE.sub(r"\1", line).rstrip())
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def unseen(text, seen):
    """Return the paragraphs of a text that are not in the set `seen`, and put them there; spaces don't count."""
    kept = []
    for paragraph in text.split("\n\n"):
        mark = " ".join(paragraph.split())
        if mark and mark not in seen:
            seen.add(mark)
            kept.append(paragraph)
    return "\n\n".join(kept)

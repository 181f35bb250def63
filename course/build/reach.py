"""What a chapter can reach in the library: the files that may decide what its cells show, found without running them.

Imports are followed from module to module. A door, such as `mha_lib` or `mha_lib.plots`, imports the work of all
chapters, so there only the names that are used count. Whatever cannot be read off, such as a door that is handed on,
counts as all it could be. Not seen are names in code that stands in a text, unless they begin with "mha_lib.".
"""

from dataclasses import replace

from course.build import data_files
from course.build.mentions import ALL, LIBRARY, Use, mentions

CHECKS = f"{LIBRARY}.checks"


class Reach:
    """What Python source reaches in the project at `root`.

    files      the paths of modules and of data
    constants  the literal values of doors that it uses: "mha_lib.SENTENCE" -> its source
    """

    def __init__(self, root, source):
        """Follow all that `source` uses."""
        self.files, self.constants = set(), {}
        self._library, self._results = root / LIBRARY, root / "benchmarks" / data_files.RESULTS
        self._written = data_files.written(self._library)
        self._modules = {name_of(path, root): path for path in self._written if path.suffix == ".py"}
        self._packages = {name.rpartition(".")[0] for name in self._modules}
        self._known, self._seen, self._waiting, self._sources, self._askers = {}, set(), [], [], []
        self._follow(mentions(source))
        while self._waiting:
            self._use(self._waiting.pop())
        for module in self._askers:
            self._add_results(module)

    def _follow(self, found, module=None):
        """Take up all that a source mentions; `module` is where it stands, None for a chapter."""
        self._sources.append(found)
        self._waiting += found.uses
        if found.reads:
            self._read(data_files.names_in(found.strings), module)
        if found.opaque and module != CHECKS:  # what that one imports, _ask knows
            self._add_all(LIBRARY)
            self.files.update(self._written, data_files.written(self._results))

    def _read(self, names, module):
        """Add the files that a source may read in which such names of files stand."""
        home = module and self._modules[module].parent
        for path in data_files.named_files(self._library, self._written, names, home):
            self._add_file(path)
        if wanted := data_files.patterns(names):
            self.files.update(data_files.results_like(self._results, wanted))
        elif data_files.RESULTS in names:
            self._askers.append(module)

    def _add_results(self, module):
        """Add the results that are named where a module which reads results is used; if none is, all of them."""
        users = [source for source in self._sources if module is None or any(use.is_of(module) for use in source.uses)]
        strings = set().union(*(source.strings for source in users))
        self.files.update(data_files.results_named(self._results, strings))

    def _use(self, wanted):
        """Take up one use: load the module with the packages around it, and look up the first name."""
        if wanted in self._seen:
            return
        self._seen.add(wanted)
        parts = wanted.module.split(".")
        for name in (".".join(parts[:end]) for end in range(1, len(parts) + 1)):
            if self._mentions(name).constants is None:
                self._add_module(name)
        if wanted.names:
            self._look_up(wanted)

    def _look_up(self, wanted):
        """Take up the first name of a use: part of a package, something imported there, or a value of the module."""
        module, (name, *rest) = wanted.module, wanted.names
        there, part = self._mentions(module), f"{module}.{name}"
        found = [replace(bound, names=(*bound.names, *rest)) for bound in there.bindings.get(name, ())]
        if part in self._modules or part in self._packages:
            found.append(Use(part, tuple(rest)))
        self._waiting += [replace(use, words=wanted.words) for use in found]
        if name == ALL:
            self._add_all(module)
        elif module == CHECKS and not found:
            self._ask(wanted)
        elif there.constants is not None and not found:
            self._open(module, name)

    def _open(self, door, name):
        """Add a value that a door holds itself; if it holds none of that name, all that is behind it."""
        constants = self._mentions(door).constants
        if name in constants:
            self.constants[f"{door}.{name}"] = constants[name]
        else:
            self._add_all(door)

    def _ask(self, wanted):
        """Add the exercises that a function of the checkers is asked about; if it names none, it may be any."""
        imported_only = wanted.words is None and ALL not in wanted.names
        if not imported_only and not self._add_exercises(wanted.words or ()):
            self._add_all(CHECKS)

    def _add_exercises(self, ids):
        """Add the files of exercises, and return whether there are any."""
        inside = [name.split(".") for name in self._modules if name.startswith(f"{CHECKS}.")]
        found = [".".join(parts) for parts in inside if len(parts) == 4 and parts[-1] in ids]
        self._waiting += map(Use, found)
        return bool(found)

    def _add_all(self, module):
        """Add a module, and all others that its folder holds if it is a package."""
        for name in self._modules:
            if name == module or name.startswith(f"{module}."):
                self._add_module(name)

    def _add_module(self, module):
        """Add the file of a module, if it is one of the library's and has a file."""
        if module in self._modules:
            self._add_file(self._modules[module])

    def _add_file(self, path):
        """Add a file, and if it is a module all that it uses."""
        if path not in self.files:
            self.files.add(path)
            if path.suffix == ".py":
                module = name_of(path, self._library.parent)
                self._follow(self._mentions(module), module)

    def _mentions(self, module):
        """Return what a module's source mentions; nothing if it is a folder, or none of the library's."""
        if module not in self._known:
            path = self._modules.get(module)
            package = module if path and path.stem == "__init__" else module.rpartition(".")[0]
            self._known[module] = mentions(path.read_text("utf-8") if path else "", package)
        return self._known[module]


def name_of(path, root):
    """Return the dotted name of a module's file."""
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

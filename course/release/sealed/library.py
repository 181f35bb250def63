"""The sealed library: the definitions that the notebooks need, without the bodies of what the reader is to write."""

import ast
import json
import shutil
from pathlib import Path

from course.grade.inside.stand_ins import taken
from course.grade.library import (
    PACKAGE,
    all_of,
    closure,
    definitions,
    extract,
    home,
    import_line,
    is_ours,
    source_file,
    tree,
    uses,
)
from course.project import ROOT
from mha_lib import checks
from mha_lib.diagnosis.exposure import Exposure

HERE = Path(__file__).parent
OURS_ALONE = ("checks", "diagnosis")
FRONT_PAGES = {"mha": "__init__", "mha.nn": "nn", "plots": "plots"}
STUB = """\
def {name}(*args, **kwargs):
    \"\"\"{summary}

    The book asks you to write it: this runs your own answer.
    \"\"\"
    return answer("{name}")(*args, **kwargs)"""
LEFT_OUT = """\
def {name}(*args, **kwargs):
    \"\"\"{summary}

    It is left out here: it would answer the exercise {exercise}.
    \"\"\"
    return left_out("{name}", "{exercise}")"""
FROM_OWN = "from mha_lib.own_answers import answer, left_out"
NEAR = {  # what the library has under another name, and the exercise that one call of it would answer
    ("translation.decoding", "hypotheses"): "beam_search",
    ("translation.decoding", "extended"): "beam_search",
    ("gpt.sampling", "sample"): "greedy",
    ("cost.blockwise", "blockwise_attention_with_logsumexp"): "blockwise_attention",
    ("cost.blockwise", "blockwise_attention_gradients"): "gradients_in_tiles",
    ("robustness.calibration", "reliability"): "calibration_error",
}


def write_library(out, sources, earlier, sealed):
    """Write the sealed library to a folder.

    sources   the code of the notebooks, to see what they need
    earlier   the rooms whose definitions are all given      sealed   the exercises to empty, as (module, id)
    """
    aliases = {alias: module for source in sources for alias, module in modules_in(source).items()}
    roots = {name for source in sources for name in named_in(source, aliases)}
    roots |= {place for room in earlier for place in all_of(room)}
    taken_earlier = taken_in(sources) & set(checks.exercises()) - {name for _, name in sealed}
    roots |= {place for name in taken_earlier for place in closure(home(name))}
    near = {place: name for place, name in NEAR.items() if name in {name for _, name in sealed}}
    shipped = reachable(roots, sealed | near.keys())
    for module in sorted({module for module, _ in shipped}):
        target = out / source_file(module).relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        stubs = {name: STUB for home, name in sealed if home == module}
        stubs |= {name: LEFT_OUT.replace("{exercise}", near[module, name]) for home, name in near if home == module}
        target.write_text(emptied(extract(module, shipped), stubs) + "\n", "utf-8")
    for room in {module.split(".")[0] for module, _ in shipped if "." in module} - {*FRONT_PAGES.values()}:
        shutil.copy(source_file(room), out / PACKAGE / room / "__init__.py")
    for page in FRONT_PAGES.values():
        write_front_page(out, page, shipped)
    write_checks(out / PACKAGE / "checks", {name for _, name in sealed})
    write_earlier(out / PACKAGE / "earlier", taken_earlier)
    shutil.copy(HERE / "own_answers.py", out / PACKAGE / "own_answers.py")
    write_data(out / PACKAGE / "data")


def reachable(roots, sealed):
    """Return the definitions, as (module, name), that some use; nothing is followed into what is sealed."""
    found, waiting = set(), list(roots)
    while waiting:
        current = waiting.pop()
        if current in found or current[0].split(".")[0] in OURS_ALONE or current[1] not in definitions(current[0]):
            continue
        found.add(current)
        waiting += [] if current in sealed else uses(*current)
    return found


def modules_in(source):
    """Return the modules of the library that a cell takes in: alias -> module."""
    found = [node for node in nodes_of(source) if is_ours(node)]
    taken = {
        alias.asname or alias.name: f"{node.module}.{alias.name}".removeprefix(f"{PACKAGE}.")
        for node in found
        for alias in node.names
    }
    return {alias: module for alias, module in taken.items() if source_file(module)}


def named_in(source, aliases):
    """Return the definitions that a cell names, as (module, name). `aliases`: what `modules_in` found in all cells."""
    found = set()
    for node in nodes_of(source):
        if is_ours(node):
            found |= {(node.module.removeprefix(f"{PACKAGE}."), alias.name) for alias in node.names}
        elif isinstance(node, ast.Attribute):
            value = ast.unparse(node.value)
            page = FRONT_PAGES.get(value)
            found.add(offered(page).get(node.attr) if page else (aliases.get(value, value), node.attr))
    return {name for name in found if name}


def taken_in(sources):
    """Return the exercises that some cells take with `name = checks.yours(...)`."""
    return {exercise for source in sources for node in nodes_of(source) for _, exercise in taken(node)}


def nodes_of(source):
    """Return the nodes of a cell's syntax tree; cells with notebook magics have none."""
    try:
        return list(ast.walk(ast.parse(source)))
    except SyntaxError:
        return []


def offered(page):
    """Return the names that a page of the library offers: name -> (module, name)."""
    return {
        alias.asname or alias.name: (node.module.removeprefix(f"{PACKAGE}."), alias.name)
        for node in tree(page).body
        if is_ours(node)
        for alias in node.names
    }


def emptied(source, stubs):
    """Return a module's source in which some functions and classes, by name, are replaced by stubs."""
    body, found = [], False
    for node in ast.parse(source).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name in stubs:
            summary = (ast.get_docstring(node) or "").split("\n")[0]
            body.append(stubs[node.name].format(name=node.name, summary=summary))
            found = True
        else:
            body.append(ast.unparse(node))
    return "\n\n".join([FROM_OWN, *body] if found else body)


def write_front_page(out, page, shipped):
    """Write a page that offers names, with those there are."""
    kept = []
    for node in tree(page).body:
        if is_ours(node):
            kept += import_line(node, shipped)
        elif isinstance(node, ast.Assign) and "__all__" not in ast.unparse(node):
            kept.append(ast.unparse(node))
    target = out / source_file(page).relative_to(ROOT)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("\n".join(kept) + "\n", "utf-8")


def write_earlier(folder, names):
    """Write what is taken of earlier chapters that are not handed out: a file for each exercise, with its function."""
    folder.mkdir()
    for name in sorted(names):
        module, function = home(name)
        own = extract(module, closure((module, function))) if module.split(".")[0] in OURS_ALONE else ""
        line = "" if own else f"from {PACKAGE}.{module} import {function} as {name}"
        (folder / f"{name}.py").write_text(f"{own or line}\n", "utf-8")


def write_data(folder):
    """Copy the files of words; the weights of trained models stay."""
    folder.mkdir(exist_ok=True)
    for path in (ROOT / PACKAGE / "data").glob("word_vectors.*"):
        shutil.copy(path, folder)


def write_checks(folder, names):
    """Write the checks of a sealed edition: answers are kept, predictions compared, broken versions named."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(HERE / "checks_page.py", folder / "__init__.py")
    shutil.copy(ROOT / PACKAGE / "diagnosis" / "predictions.py", folder)
    exposures = [checks.exercise(name) for name in sorted(names)]
    mutants = {e.id: [m.name for m in e.mistakes] for e in exposures if isinstance(e, Exposure)}
    (folder / "mutants.json").write_text(json.dumps(mutants, indent=1) + "\n", "utf-8")

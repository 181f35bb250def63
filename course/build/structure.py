"""Slips of an author that can be seen before a chapter is run."""

import re

from course.build.chapter import STATEMENT
from course.errors import Problem
from course.notebook import markers
from course.notebook.cells import IGNORED, ROLES, excerpt, exercise_id, role, tags
from course.notebook.minutes import ASIDE, headings, is_aside

KNOWN_TAGS = {*ROLES, IGNORED, "raises-exception", "hide-input", "hide-output", "hide-cell"}
KNOWN_KEYS = {"tags", "exercise", "minutes", "points", "level", "alt", "caption", "reason", "optional"}
MARKDOWN_ROLES = ("exercise", "solution")
LAST_OF_THE_PATH, LAST = "In five lines", "Further reading"
QUESTION = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def problems(chapter, notebook):
    """Return the problems of a parsed chapter as a list of Problem."""
    faults = [*title_faults(chapter, notebook), *aside_faults(notebook)]
    for cell in notebook.cells:
        faults += [(cell, *fault) for fault in cell_faults(cell)]
    faults += group_faults(notebook, ("exercise", "answer", "check"), optional="solution")
    faults += group_faults(notebook, ("predict", "reveal"))
    return [Problem(chapter.name, cell.id, excerpt(cell.source), *fault) for cell, *fault in faults]


def title_faults(chapter, notebook):
    """Yield (cell, wrong, advice) if the chapter does not open with its numbered title."""
    first = notebook.cells[0]
    if first.cell_type != "markdown" or not first.source.startswith(f"# {chapter.number}. "):
        advice = f"Begin the text with '# {chapter.number}. ...', the number of the file."
        yield first, "the chapter does not begin with its title", advice


def aside_faults(notebook):
    """Yield (cell, wrong, advice) for each aside in a wrong place, and for what stands among asides and is none."""
    advice = f"Sections '## {ASIDE}...' stand between '## {LAST_OF_THE_PATH}' and '## {LAST}', and nothing else does."
    before, after = True, False
    for cell in notebook.cells:
        for title in headings(cell):
            after = after or title == LAST
            if is_aside(title) and (before or after):
                yield cell, "an aside stands in the chapter's path", advice
            elif is_aside(title) and not cell.source.startswith(f"## {title}"):
                yield cell, "an aside begins within a cell", "Put '+++' above its heading."
            elif not (before or after or is_aside(title)):
                yield cell, "a section that is no aside stands among the asides", advice
            before = before and title != LAST_OF_THE_PATH


def cell_faults(cell):
    """Yield (wrong, advice) for each slip within one cell."""
    yield from metadata_faults(cell)
    yield from role_faults(cell)
    yield from marker_faults(cell)
    if role(cell) == "exercise":
        yield from statement_faults(cell)
    if cell.cell_type == "code":
        yield from code_faults(cell)


def code_faults(cell):
    """Yield what is wrong with a code cell as such."""
    lines = cell.source.strip().splitlines()
    if not lines:
        yield "the code cell is empty", "Fill it or delete it."
    elif re.search(r";\s*(#.*)?$", lines[-1]):
        advice = "Give the result a name instead, such as 'ax = ...'."
        yield "it ends in ';' to hide a result, but nbval sees the result all the same", advice


def metadata_faults(cell):
    """Yield what is wrong with the tags and options of a cell."""
    for tag in sorted(set(tags(cell)) - KNOWN_TAGS):
        yield f"the tag {tag!r} is not known", f"Known tags: {', '.join(sorted(KNOWN_TAGS))}."
    for key in sorted(set(cell.metadata) - KNOWN_KEYS):
        yield f"the option {key!r} is not known", f"Known options: {', '.join(sorted(KNOWN_KEYS))}."
    if "optional" in cell.metadata and (role(cell) != "exercise" or cell.metadata["optional"] is not True):
        yield (
            "it says that it is optional in a way that is not known",
            'A statement\'s metadata may say "optional": true.',
        )
    if IGNORED in tags(cell) and not cell.metadata.get("reason"):
        yield f"it is tagged {IGNORED} without a reason", "Add ':reason: ...', or print something that can be compared."


def role_faults(cell):
    """Yield what is wrong with a tagged cell's role and its exercise id."""
    roles = [tag for tag in tags(cell) if tag in ROLES]
    if len(roles) > 1:
        yield f"it has {len(roles)} roles: {', '.join(roles)}", "Make one cell of each."
    if not roles:
        return
    expected = "markdown" if roles[0] in MARKDOWN_ROLES else "code"
    if cell.cell_type != expected:
        yield f"a cell tagged {roles[0]} must be a {expected} cell", f"Make it a {expected} cell, or change the tag."
    yield from id_faults(roles[0], exercise_id(cell))


def id_faults(cell_role, name):
    """Yield what is wrong with the id of an exercise or a question."""
    if name is None:
        yield f"a cell tagged {cell_role} must say which exercise it belongs to", "Add ':exercise: its_id'."
    elif cell_role in ("predict", "reveal"):
        if not QUESTION.fullmatch(str(name)):
            yield f"the question id {name!r} is not lower case with hyphens", "Write it like 'who-sees-whom'."
    elif not str(name).isidentifier() or len(name) > 50:
        yield f"the exercise id {name!r} is not the name of a function", "Use the name of the function to write."


def marker_faults(cell):
    """Yield what is wrong with the markers of a cell: only answers and predictions have them."""
    advice = "An answer stands between the lines '### BEGIN SOLUTION' and '### END SOLUTION'."
    if role(cell) not in ("answer", "predict"):
        if markers.has_marker(cell.source):
            yield "a solution marker stands in a cell that is not tagged answer or predict", advice
        return
    wrong = markers.fault(cell.source)
    if wrong:
        yield wrong, advice
    elif role(cell) == "answer":
        yield from answer_faults(cell)


def answer_faults(cell):
    """Yield what would make the blanked answer stop the notebook, or hide it from the checker."""
    name = exercise_id(cell)
    if not re.search(rf"^(def|class) {name}\b", cell.source, re.MULTILINE):
        yield f"the answer does not define {name}", f"The exercise id is the name of the function: 'def {name}(...):'."
    if re.search(rf"^{markers.BEGIN}", cell.source, re.MULTILINE):
        advice = f"Put the markers inside 'def {name}(...):', so that only a call raises."
        yield "a marker stands outside the function, so the blank cell would stop the notebook", advice


def statement_faults(cell):
    """Yield what an exercise statement lacks."""
    if not STATEMENT.fullmatch(cell.source.partition("\n")[0].rstrip()):
        yield "the statement does not begin with its heading", "Begin it with '### Exercise: its title'."
    for key in ("minutes", "points", "level"):
        if not isinstance(cell.metadata.get(key), int):
            yield f"the statement does not say its {key}", f'Add "{key}": a whole number to its metadata.'
    if cell.metadata.get("level") not in (1, 2, 3):
        yield "the level is not 1, 2 or 3", "1 is a warm-up, 2 takes thought, 3 is for those who want more."


def group_faults(notebook, roles, optional=None):
    """Return (cell, wrong, advice) for each exercise that lacks a cell, has one twice, or has them out of order."""
    groups = {}
    for cell in notebook.cells:
        if role(cell) in (*roles, optional) and exercise_id(cell):
            groups.setdefault(exercise_id(cell), []).append(cell)
    advice = f"It needs one cell each, in this order: {', '.join(roles)}."
    faults = []
    for name, group in groups.items():
        present = [role(cell) for cell in group]
        faults += [(group[0], f"{name} has no {wanted} cell", advice) for wanted in roles if wanted not in present]
        faults += [(cell, f"{name} has this cell twice", advice) for cell in repeated(group)]
        if present != sorted(present, key=[*roles, optional].index):
            faults.append((group[0], f"the cells of {name} are out of order: {', '.join(present)}", advice))
    return faults


def repeated(group):
    """Return the cells of one exercise whose role an earlier cell has already."""
    seen = [role(cell) for cell in group]
    return [cell for index, cell in enumerate(group) if seen[index] in seen[:index]]

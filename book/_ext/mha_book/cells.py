"""What becomes of each cell: a statement gets a box, an answer and its discussion get toggles, markers go."""

import re

EXERCISE_HEADING = re.compile(r"### Exercise (?P<chapter>\d+)\.(?P<order>\d+): .+")
MARKER = re.compile(r"^[ \t]*### (BEGIN|END) SOLUTION[ \t]*\n?", re.MULTILINE)
ANSWER_PROMPTS = {"code_prompt_show": "Show solution", "code_prompt_hide": "Hide solution"}


def page_cell(cell):
    """Return a copy of a chapter's cell as the page shows it."""
    tags = cell["metadata"].get("tags", [])
    source = "".join(cell["source"])
    if cell["cell_type"] == "markdown":
        return {**cell, "source": page_markdown(source, tags)}
    cell = {**cell, "source": MARKER.sub("", source)}
    return with_toggle(cell) if "answer" in tags else cell


def page_markdown(source, tags):
    """Return the text of a Markdown cell: links to the book's pages corrected, boxed or folded if its tag says so."""
    source = source.replace("](../book/", "](../")
    if "exercise" in tags:
        return exercise_box(source)
    return solution_toggle(source) if "solution" in tags else source


def exercise_box(source):
    """Return a statement as a heading, which keeps its place in the page's contents, and a box below it.

    The anchor is ex-3-2 for exercise 3.2; the heading's own works too.
    Raises ValueError if the statement does not begin with its numbered heading.
    """
    heading, _, statement = source.partition("\n")
    found = EXERCISE_HEADING.fullmatch(heading.rstrip())
    if not found:
        raise ValueError(f"an exercise begins with '### Exercise 3.2: Title', got {heading!r}")
    anchor = f"(ex-{found['chapter']}-{found['order']})="
    return f"{anchor}\n{heading}\n\n::::::{{container}} exercise\n{statement.strip()}\n::::::\n"


def solution_toggle(source):
    """Return the discussion of an answer as a closed toggle that works without a script."""
    return f'<details class="solution">\n<summary>About the solution</summary>\n\n{source.strip()}\n\n</details>\n'


def with_toggle(cell):
    """Return a copy of an answer cell whose code is hidden until it is asked for."""
    metadata = cell["metadata"]
    prompts = {**metadata.get("mystnb", {}), **ANSWER_PROMPTS}
    return {**cell, "metadata": {**metadata, "tags": [*metadata["tags"], "hide-input"], "mystnb": prompts}}


def add_notebook_link(title_cell, name):
    """Put a link to the student's notebook below the chapter's title (the cell is changed in place)."""
    title, _, rest = title_cell["source"].partition("\n")
    link = f"{{download}}`Download this chapter as a notebook <../../notebooks/{name}>`"
    title_cell["source"] = f"{title}\n\n::::::{{container}} chapter-notebook\n{link}\n::::::\n\n{rest.strip()}\n"

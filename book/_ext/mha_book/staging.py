"""Copy `solutions/*.ipynb` to the git-ignored `book/notebooks/`, each cell made ready for the page.

The folder is called `notebooks` so that the theme's launch buttons, which are made from a page's path, open
`notebooks/NN_word.ipynb` of the repository: the student's file, not the solutions.
"""

import json

from mha_book.cells import add_notebook_link, page_cell


def stage(book):
    """Write a page for each solution beside `book`, and delete the pages of chapters that are gone.

    A file is written only if it changes, so that Sphinx reads again only what is new.
    """
    pages = book / "notebooks"
    pages.mkdir(exist_ok=True)
    wanted = {pages / solution.name for solution in sorted((book.parent / "solutions").glob("*.ipynb"))}
    for page in sorted(wanted):
        text = page_text((book.parent / "solutions" / page.name).read_text("utf-8"), page.name)
        if not page.exists() or page.read_text("utf-8") != text:
            page.write_text(text, "utf-8")
    for page in set(pages.glob("*.ipynb")) - wanted:
        page.unlink()
        (book / "_build" / "html" / "notebooks" / f"{page.stem}.html").unlink(missing_ok=True)


def referring(app, env, added, changed, removed):
    """Return the pages to read again because others are gone: the list of references links back to whoever cites."""
    return ["references"] if removed else []


def page_text(solution, name):
    """Return the page's notebook as JSON; `solution` is the JSON of an executed chapter, `name` its file name."""
    notebook = json.loads(solution)
    notebook["cells"] = [page_cell(cell) for cell in notebook["cells"] if "colab" not in tags(cell)]
    add_notebook_link(notebook["cells"][0], name)
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def tags(cell):
    """Return the tags of a cell."""
    return cell["metadata"].get("tags", [])

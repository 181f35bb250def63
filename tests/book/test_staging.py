"""From an executed chapter to its page: what the Sphinx extension changes in the cells."""

import json
from types import SimpleNamespace

import pytest

from tests.book import book_site  # noqa: F401 - it makes the extension importable

from mha_book import cells, clean, page_fixes, staging  # isort: skip

STATEMENT = "### Exercise 3.2: The weights\n\n*Level 2 of 3 · about 10 minutes · 2 points*\n\nWrite it.\n"


def markdown(source, *tags):
    """Return a Markdown cell."""
    return {"cell_type": "markdown", "metadata": {"tags": list(tags)}, "source": source}


def code(source, *tags):
    """Return a code cell."""
    return {"cell_type": "code", "metadata": {"tags": list(tags)}, "source": source, "outputs": []}


def project(folder, *chapter):
    """Return the book folder of a project with one solved chapter made of these cells."""
    (folder / "book").mkdir()
    (folder / "solutions").mkdir()
    notebook = {"cells": list(chapter), "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (folder / "solutions" / "03_attention.ipynb").write_text(json.dumps(notebook), "utf-8")
    (folder / "constraints.txt").write_text("numpy==2.4.6\n")
    return folder / "book"


def test_a_statement_becomes_a_heading_with_an_anchor_and_a_box():
    source = cells.page_cell(markdown(STATEMENT, "exercise"))["source"]
    before, inside = source.split("::::::{container} exercise\n")
    assert before == "(ex-3-2)=\n### Exercise 3.2: The weights\n\n"
    assert inside == "*Level 2 of 3 · about 10 minutes · 2 points*\n\nWrite it.\n::::::\n"


def test_a_statement_without_its_number_is_refused():
    with pytest.raises(ValueError, match=r"begins with '### Exercise 3.2: Title', got '### The weights'"):
        cells.exercise_box("### The weights\n\nWrite it.")


def test_an_answer_is_hidden_behind_a_prompt_and_loses_its_markers():
    source = "def f(x):\n    ### BEGIN SOLUTION\n    return x\n    ### END SOLUTION\n"
    cell = cells.page_cell(code(source, "answer"))
    assert cell["source"] == "def f(x):\n    return x\n"
    assert cell["metadata"]["tags"] == ["answer", "hide-input"]
    assert cell["metadata"]["mystnb"] == {"code_prompt_show": "Show solution", "code_prompt_hide": "Hide solution"}


def test_a_prediction_stays_in_sight_without_its_markers():
    cell = cells.page_cell(code("### BEGIN SOLUTION\nprediction = 5\n### END SOLUTION\nprint(prediction)", "predict"))
    assert cell["source"] == "prediction = 5\nprint(prediction)"
    assert cell["metadata"]["tags"] == ["predict"]


def test_the_discussion_of_an_answer_is_closed():
    source = cells.page_cell(markdown("Because $x$.", "solution"))["source"]
    assert source == '<details class="solution">\n<summary>About the solution</summary>\n\nBecause $x$.\n\n</details>\n'


def test_links_to_pages_of_the_book_are_corrected():
    assert cells.page_cell(markdown("See [it](../book/notation.md)."))["source"] == "See [it](../notation.md)."


def test_links_in_code_stay():
    assert cells.page_cell(code("'[it](../book/notation.md)'"))["source"] == "'[it](../book/notation.md)'"


def test_a_page_is_not_changed_in_place():
    cell = code("### BEGIN SOLUTION\n1\n### END SOLUTION", "answer")
    before = json.dumps(cell)
    cells.page_cell(cell)
    assert json.dumps(cell) == before


def test_a_source_in_lines_is_read_like_one_in_a_piece():
    assert cells.page_cell(markdown(STATEMENT.splitlines(keepends=True), "exercise")) == cells.page_cell(
        markdown(STATEMENT, "exercise")
    )


def test_the_title_is_followed_by_a_link_to_the_students_notebook(tmp_path):
    book = project(tmp_path, markdown("# 3. Attention\n\nText."), code("import sys", "colab"))
    staging.stage(book)
    (cell,) = json.loads((book / "notebooks" / "03_attention.ipynb").read_text("utf-8"))["cells"]
    assert cell["source"].startswith("# 3. Attention\n\n::::::{container} chapter-notebook\n{download}`")
    assert "<../../notebooks/03_attention.ipynb>`" in cell["source"]


def test_an_unchanged_chapter_is_not_written_again(tmp_path):
    book = project(tmp_path, markdown("# 3. Attention"))
    staging.stage(book)
    page = book / "notebooks" / "03_attention.ipynb"
    page.touch()
    before = page.stat().st_mtime_ns
    staging.stage(book)
    assert page.stat().st_mtime_ns == before


def test_the_page_of_a_chapter_that_is_gone_goes_too(tmp_path):
    book = project(tmp_path, markdown("# 3. Attention"))
    staging.stage(book)
    made = book / "_build" / "html" / "notebooks" / "03_attention.html"
    made.parent.mkdir(parents=True)
    made.touch()
    (tmp_path / "solutions" / "03_attention.ipynb").unlink()
    staging.stage(book)
    assert [*(book / "notebooks").iterdir(), *made.parent.iterdir()] == []


def test_scripts_lose_thebe_and_repeats_but_keep_their_order():
    def script(name, body=None):
        return SimpleNamespace(filename=name, attributes={"body": body})

    scripts = [script("a.js"), script(None, "let x = 1"), script(None, "const THEBE_JS_URL = 2"), script("b.js")]
    kept = page_fixes.without_repeats([*scripts, script(None, "let x = 1")])
    assert kept == [scripts[0], scripts[1], scripts[3]]


def finished(book, warnings):
    """Return what Sphinx passes to a handler at the end of a build with this many warnings."""
    builder = SimpleNamespace(name="html")
    return SimpleNamespace(srcdir=book, doctreedir=book / "_build", builder=builder, _warncount=warnings)


def built(folder):
    """Return the book folder of a project whose site has been built."""
    book = project(folder, markdown("# 3. Attention"))
    (book / "_build" / "html").mkdir(parents=True)
    (book / "_build" / "html" / "index.html").touch()
    (book / "_build" / "environment.pickle").touch()
    (book / "index.md").write_text("# Old", "utf-8")
    return book


def test_a_clean_build_is_fresh_until_a_source_changes(tmp_path):
    book = built(tmp_path)
    assert not clean.is_fresh(book)
    clean.record(finished(book, warnings=0), None, clean.source_hash(book))
    assert clean.is_fresh(book)
    (book / "index.md").write_text("# New", "utf-8")
    assert not clean.is_fresh(book)


def test_a_build_with_a_warning_is_not_fresh_and_the_next_one_reads_everything_again(tmp_path):
    book = built(tmp_path)
    clean.record(finished(book, warnings=0), None, clean.source_hash(book))
    clean.record(finished(book, warnings=1), None, clean.source_hash(book))
    assert not clean.is_fresh(book)
    assert not (book / "_build" / "environment.pickle").exists()


def test_what_is_generated_does_not_make_a_site_stale(tmp_path):
    book = built(tmp_path)
    clean.record(finished(book, warnings=0), None, clean.source_hash(book))
    staging.stage(book)
    assert clean.is_fresh(book)


def test_the_list_of_references_is_read_again_when_a_chapter_is_gone():
    assert staging.referring(None, None, set(), {"index"}, {"notebooks/08_old"}) == ["references"]
    assert staging.referring(None, None, {"notebooks/08_new"}, {"index"}, set()) == []

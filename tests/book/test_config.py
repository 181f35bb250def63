"""The book's configuration agrees with the rest of the project."""

import re
import tomllib

import yaml

from tests.book.book_site import BOOK, ROOT

CONFIG = yaml.safe_load((BOOK / "_config.yml").read_text("utf-8"))
TOC = yaml.safe_load((BOOK / "_toc.yml").read_text("utf-8"))
LISTED = [chapter["file"] for part in TOC["parts"] for chapter in part["chapters"]]


def test_the_repository_is_the_one_of_the_package():
    package = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert CONFIG["repository"]["url"] == package["project"]["urls"]["Repository"]


def test_the_contents_list_every_chapter_in_order():
    chapters = sorted(path.stem for path in BOOK.glob("[0-9][0-9]_*.md"))
    assert [file.removeprefix("notebooks/") for file in LISTED if file.startswith("notebooks/")] == chapters


def test_the_contents_list_every_other_page():
    others = {path.stem for path in BOOK.glob("*.md") if not re.match(r"\d\d_", path.name)}
    assert {TOC["root"], *LISTED} - {file for file in LISTED if "/" in file} == others


def test_tables_in_markdown_output_are_rendered():
    assert CONFIG["sphinx"]["config"]["nb_render_markdown_format"] == "myst"


def test_nothing_is_run_while_the_pages_are_made():
    assert CONFIG["execute"]["execute_notebooks"] == "off"

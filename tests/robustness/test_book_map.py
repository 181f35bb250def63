"""The map says what is true of the book and of the library's own imports."""

import ast
import itertools
import re
from pathlib import Path

import mha_lib
from course import project
from mha_lib import plots
from mha_lib.robustness import book_map

HERE = Path(mha_lib.__file__).parent
SOURCES = {
    ".".join(path.relative_to(HERE).with_suffix("").parts): path.read_text("utf-8")
    for path in HERE.rglob("*.py")
    if path.relative_to(HERE).parts[0] not in ("checks", "diagnosis", "live", "plots")
}
BORROWERS = ("Parallel", "Vision")  # they use small tools of translation, which a reader need not know first


def chapter_of(name):
    """Return the number of the chapter that a module's docstring names first, or None."""
    found = re.match(r"Chapters? (\d+)", ast.get_docstring(ast.parse(SOURCES.get(name, ""))) or "")
    return int(found[1]) if found else None


def imported(source):
    """Return the chapters whose modules a source imports, the chapter of the source itself among them."""
    nodes = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom) and node.module]
    names = {node.module.removeprefix("mha_lib.") for node in nodes if node.module.startswith("mha_lib.")}
    return {chapter_of(name) for name in names} - {None}


def test_a_chapter_builds_on_earlier_ones_alone():
    assert all(one < number for number, chapter in book_map.CHAPTERS.items() for one in chapter.needs)


def test_no_chapter_names_what_follows_from_the_rest():
    for number, chapter in book_map.CHAPTERS.items():
        far = {one for near in chapter.needs for one in book_map.foundations(near)}
        assert not far & set(chapter.needs), number


def test_every_import_of_the_library_is_on_the_map():
    for name, source in SOURCES.items():
        number = chapter_of(name)
        if number and book_map.CHAPTERS[number].title not in BORROWERS:
            needs = {other for other in imported(source) if other < number}
            assert needs <= set(book_map.foundations(number)), (name, needs - set(book_map.foundations(number)))


def test_the_titles_are_those_of_the_chapters():
    for chapter in project.chapters(project.ROOT):
        title = chapter.source.read_text("utf-8").split("\n# ", 1)[1].splitlines()[0]
        assert title.partition(":")[0] == f"{chapter.number}. {book_map.CHAPTERS[chapter.number].title}"


def test_the_map_has_a_box_a_chapter_a_name_a_part_and_an_arrow_a_need():
    ax = plots.show_book_map()
    texts = [text.get_text() for text in ax.texts]
    arrows = sum(len(chapter.needs) for chapter in book_map.CHAPTERS.values())
    assert len(ax.patches) == len(book_map.CHAPTERS)
    assert texts.count("") == arrows
    for number, chapter in book_map.CHAPTERS.items():
        assert f"{number} {chapter.title}" in texts
        assert chapter.builds in texts
    assert sum(text.endswith(tuple(book_map.PARTS)) for text in texts) == 5


def test_every_box_lies_within_the_figure_however_long_a_part_is():
    for part in range(len(book_map.PARTS)):
        more = {100 + i: book_map.Chapter(f"More {i}", part, "more") for i in range(3)}
        ax = plots.show_book_map(book_map.CHAPTERS | more)
        (left, right), boxes = ax.get_xlim(), [box.get_window_extent() for box in ax.patches]
        assert all(left <= box.get_x() and box.get_x() + box.get_width() <= right for box in ax.patches)
        assert not any(one.overlaps(other) for one, other in itertools.combinations(boxes, 2))

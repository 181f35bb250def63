"""A chapter's text becomes a notebook: ids that stay, numbered exercises, captions where the book looks for them."""

import pytest

from course.build.chapter import alt_text, parse, prepare
from course.errors import CourseError
from tests.conftest import COURSE_CHAPTER

NEGATE = '+++ {"tags": ["exercise"], "exercise": "negate"'
ASIDE = "## In five lines\n\n1. One.\n\n+++\n\n## Aside: the other way\n\n"


def prepared(chapter):
    notebook = parse(chapter)
    prepare(notebook, chapter.number, "https://example.org/book")
    return notebook


def cell(notebook, cell_id):
    return next(cell for cell in notebook.cells if cell.id == cell_id)


def test_tagged_cells_are_named_by_role_and_exercise(course_unbuilt):
    ids = [cell.id for cell in parse(course_unbuilt).cells]
    assert {"exercise-double", "answer-double", "check-double", "solution-double", "predict-which-sign"} < set(ids)


def test_ids_stay_when_a_cell_is_put_in_front_of_them(course_unbuilt):
    before = [cell.id for cell in parse(course_unbuilt).cells]
    new = "A chapter for tests.\n\n+++\n\nOne more cell."
    course_unbuilt.source.write_text(COURSE_CHAPTER.replace("A chapter for tests.", new), "utf-8")
    after = [cell.id for cell in parse(course_unbuilt).cells]
    assert len(after) == len(before) + 1
    assert set(before) < set(after)


def test_cells_with_the_same_text_get_different_ids(course_unbuilt):
    course_unbuilt.source.write_text(COURSE_CHAPTER + "\n+++\n\nTwice.\n\n+++\n\nTwice.\n", "utf-8")
    first, second = (cell.id for cell in parse(course_unbuilt).cells[-2:])
    assert second == f"{first}-2"


def test_exercises_are_numbered_in_order_and_say_what_they_take(course_unbuilt):
    notebook = prepared(course_unbuilt)
    first, second = cell(notebook, "exercise-double").source, cell(notebook, "exercise-negate").source
    expected = "### Exercise 1.1: twice as much\n\n*Level 1 of 3 · about 1 minute · 2 points*\n\nWrite `double`."
    assert first == expected
    assert second.startswith("### Exercise 1.2: the other way\n\n*Level 2 of 3 · about 10 minutes · 1 point*\n")


def test_an_optional_exercise_says_so_and_those_of_an_aside_are_optional(course_unbuilt):
    text = COURSE_CHAPTER.replace('"minutes": 1, ', '"minutes": 1, "optional": true, ')
    course_unbuilt.source.write_text(text.replace(NEGATE, f"{ASIDE}{NEGATE}"), "utf-8")
    notebook = prepared(course_unbuilt)
    assert "\n\n*★ optional · Level 1 of 3 · about 1 minute · 2 points*\n" in cell(notebook, "exercise-double").source
    assert "\n\n*★ optional · Level 2 of 3 · about 10 minutes · 1 point*\n" in cell(notebook, "exercise-negate").source
    assert cell(notebook, "exercise-negate").metadata["optional"] is True


def test_the_first_cell_ends_with_the_minutes(course_unbuilt):
    text = COURSE_CHAPTER.replace("A chapter for tests.", f"A chapter for tests. {'word ' * 300}\n\n{'word ' * 450}")
    course_unbuilt.source.write_text(text, "utf-8")
    assert prepared(course_unbuilt).cells[0].source.endswith("word\n\n*About 5 minutes to read · 11 for 2 exercises*")
    course_unbuilt.source.write_text(text.replace('"minutes": 10, ', '"minutes": 10, "optional": true, '), "utf-8")
    assert prepared(course_unbuilt).cells[0].source.endswith(" · 1 for 1 exercise · optional: 10*")
    course_unbuilt.source.write_text(text.replace(NEGATE, f"{ASIDE}{'word ' * 600}\n\n{NEGATE}"), "utf-8")
    told = prepared(course_unbuilt).cells[0].source
    assert told.endswith("word\n\n*About 5 minutes to read · 1 for 1 exercise · optional: 14*")


def test_alt_and_caption_go_where_myst_nb_looks(course_unbuilt):
    figure = next(cell for cell in prepared(course_unbuilt).cells if alt_text(cell))
    assert figure.metadata == {"mystnb": {"image": {"alt": "A line that rises."}, "figure": {"caption": "Rising."}}}


def test_the_setup_cell_follows_the_title_and_installs_from_the_repository(course_unbuilt):
    setup = prepared(course_unbuilt).cells[1]
    assert setup.metadata["tags"] == ["colab"]
    assert 'if "google.colab" in sys.modules:\n    %pip install' in setup.source
    assert setup.source.endswith('git+https://example.org/book"')


def test_the_setup_cell_does_nothing_here(course_built):
    solution = course_built.solution.read_text("utf-8")
    assert solution.index('"colab-setup"') < solution.index('"outputs": []') < solution.index("google.colab")


@pytest.mark.parametrize("alt", ["A map: rows", '"cat" looks at "mouse"'])
def test_an_option_that_is_not_yaml_is_told_with_its_line(course_unbuilt, alt):
    course_unbuilt.source.write_text(COURSE_CHAPTER.replace(":alt: A line that rises.", f":alt: {alt}"), "utf-8")
    with pytest.raises(CourseError, match=r"(?s)01_tiny.md cannot be read. Code cell 3 at line 27 .*put a text"):
        parse(course_unbuilt)

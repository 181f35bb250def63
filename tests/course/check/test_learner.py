"""Whatever an editor did to a learner's notebook, its answers are found; what cannot be read is told in words."""

import json

import pytest

from course.check.learner import answer_for, read_learner
from course.errors import CourseError

ANSWER = {"cell_type": "code", "id": "answer-double", "metadata": {"tags": ["answer"], "exercise": "double"}}
CODE = "def double(x):\n    return x + x"


def saved(folder, *cells, **keys):
    path = folder / "mine.ipynb"
    path.write_text(json.dumps({"nbformat": 4, "metadata": {}, "cells": list(cells), **keys}), "utf-8")
    return path


def without(key, **cell):
    return {name: value for name, value in {**ANSWER, "source": CODE, **cell}.items() if name != key}


@pytest.mark.parametrize(
    "cell",
    [
        {**ANSWER, "source": CODE},
        {**ANSWER, "source": CODE.splitlines(keepends=True)},
        without("id"),
        without("metadata"),
        without("id", metadata={}),
        without("id", metadata={"tags": "answer", "exercise": ["double"]}),
    ],
)
def test_an_answer_is_found_by_id_or_metadata_or_function_name(tmp_path, cell):
    prose = {"cell_type": "markdown", "metadata": {}, "source": CODE}
    check = {"cell_type": "code", "metadata": {"tags": ["check"], "exercise": "double"}, "source": "check(double)"}
    found = answer_for(read_learner(saved(tmp_path, prose, cell, check)), "answer", "double")
    assert (found.number, found.source) == (2, CODE)


def test_a_draft_elsewhere_does_not_count_beside_the_answer_cell(tmp_path):
    draft = {"cell_type": "code", "id": "x", "metadata": {}, "source": "def double(x): ..."}
    assert answer_for(read_learner(saved(tmp_path, draft, without(""))), "answer", "double").number == 2


@pytest.mark.parametrize("second", [without(""), without("id"), without("metadata")])
def test_two_answers_are_refused_and_both_named(tmp_path, second):
    with pytest.raises(CourseError, match="There are 2 answer cells for double: cells 1, 2 from the top"):
        answer_for(read_learner(saved(tmp_path, without(""), second)), "answer", "double")


def test_two_functions_of_the_name_are_refused_where_nothing_else_tells(tmp_path):
    bare = {"cell_type": "code", "source": CODE}
    with pytest.raises(CourseError, match="cells 1, 2 from the top"):
        answer_for(read_learner(saved(tmp_path, bare, bare)), "answer", "double")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "cannot be read as JSON"),
        (b"\xff\xfe", "cannot be read as JSON"),
        (b"print('hello')", "cannot be read as JSON"),
        (b"[1]", "has no list of cells"),
        (b'{"nbformat": 4, "cells": 3}', "has no list of cells"),
        (b'{"nbformat": 3, "worksheets": []}', r"not a notebook of format 4 \(nbformat is 3\)"),
        (b'{"cells": []}', r"not a notebook of format 4 \(nbformat is missing\)"),
    ],
)
def test_a_file_that_is_no_notebook_is_told_in_words(tmp_path, content, message):
    (tmp_path / "mine.ipynb").write_bytes(content)
    with pytest.raises(CourseError, match=f"mine.ipynb is not .*{message}|mine.ipynb is {message}"):
        read_learner(tmp_path / "mine.ipynb")


def test_a_file_that_does_not_exist_is_told_in_words(tmp_path):
    with pytest.raises(CourseError, match=r"There is no file .*mine\.ipynb"):
        read_learner(tmp_path / "mine.ipynb")

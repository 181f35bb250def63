"""`checks.yours` gives the reader's function where it is right, the book's where it is not, and says which."""

import json

import numpy as np
import pytest

from course.build.environment import AS_THE_BOOK
from mha_lib import checks
from mha_lib.diagnosis import whose
from mha_lib.softmax import softmax as book_softmax
from tests.support.sessions import in_a_readers_session


@pytest.fixture
def session(monkeypatch):
    """Be a reader's session in which nothing was asked yet."""
    in_a_readers_session(monkeypatch)


def softmax(scores):
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return exponentials / exponentials[..., ::-1].sum(axis=-1, keepdims=True)  # in another order


def unwritten(scores):
    raise NotImplementedError


def wrong(scores):
    return np.exp(scores)


@pytest.mark.usefixtures("session")
def test_a_right_function_is_given_back_without_a_word(capsys):
    assert checks.yours(softmax) is softmax
    assert capsys.readouterr().out == ""


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize(
    ("function", "why"), [(wrong, "is not right"), (unwritten, "has not been written"), (3, "is not right")]
)
def test_instead_of_any_other_the_books_stands_in_and_it_is_said(capsys, function, why):
    assert checks.yours("softmax", function) is book_softmax
    assert capsys.readouterr().out == f"softmax is the book's here: yours {why} yet.\n"


@pytest.mark.usefixtures("session")
def test_an_exercise_that_the_library_lacks_has_its_own_reference():
    assert checks.yours("log_softmax", wrong) is checks.reference("log_softmax")


@pytest.mark.usefixtures("session")
def test_after_a_check_the_function_is_not_called_again(capsys):
    calls = []

    def counted(scores):
        calls.append(scores)
        return softmax(scores)

    checks.check("softmax", counted)
    before = len(calls)
    assert checks.yours("softmax", counted) is counted
    assert len(calls) == before > 0


@pytest.mark.usefixtures("session")
def test_a_function_written_anew_is_judged_anew(capsys):
    assert checks.yours("softmax", wrong) is book_softmax
    assert checks.yours("softmax", softmax) is softmax


@pytest.mark.usefixtures("session")
def test_the_books_function_is_not_praised_as_the_readers(capsys):
    given = checks.yours("softmax", wrong)
    capsys.readouterr()
    checks.check("softmax", given)
    assert capsys.readouterr().out.startswith("This is the book's softmax. Run the cell with your answer again")
    assert checks.yours("softmax", given) is book_softmax
    assert "the book's here: for yours, run the cell" in capsys.readouterr().out


@pytest.mark.parametrize("function", [softmax, wrong, unwritten])
def test_where_the_book_is_run_it_is_the_books_without_a_word(capsys, function):
    assert whose.BOOK_RUN in AS_THE_BOOK
    assert checks.yours("softmax", function) is book_softmax
    assert checks.yours("softmax") is book_softmax
    assert capsys.readouterr().out == ""


def notebook(folder, source):
    cell = {"cell_type": "code", "id": "answer-softmax", "metadata": {}, "source": source}
    (folder / "02_softmax.ipynb").write_text(json.dumps({"nbformat": 4, "cells": [cell]}), "utf-8")


RIGHT = "def softmax(scores):\n    e = np.exp(scores - scores.max(axis=-1, keepdims=True))\n"
RIGHT += "    return e / e.sum(axis=-1, keepdims=True)"


@pytest.mark.usefixtures("session")
def test_a_name_alone_finds_the_answer_in_an_earlier_chapters_notebook(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    notebook(tmp_path, RIGHT)
    found = checks.yours("softmax")
    assert found is not book_softmax
    np.testing.assert_allclose(found(np.array([0.0, 0.0])), [0.5, 0.5])
    assert capsys.readouterr().out == "softmax is yours, from 02_softmax.ipynb.\n"


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("def softmax(scores):\n    return np.exp(scores)", "yours in 02_softmax.ipynb is not right yet"),
        ("", "yours in 02_softmax.ipynb has not been written yet"),
        ("def softmax(scores): return help_me(scores)", "yours in 02_softmax.ipynb cannot be used: it needs help_me"),
        ("def softmax(scores) return", "yours in 02_softmax.ipynb cannot be used: its cell is not Python"),
        ("class softmax(len): pass", "yours in 02_softmax.ipynb stops with TypeError"),
    ],
)
def test_a_name_alone_whose_answer_cannot_be_used_gives_the_books_and_says_why(
    tmp_path, monkeypatch, capsys, source, said
):
    monkeypatch.chdir(tmp_path)
    notebook(tmp_path, source)
    assert checks.yours("softmax") is book_softmax
    assert capsys.readouterr().out.startswith(f"softmax is the book's here: {said}")


@pytest.mark.usefixtures("session")
def test_without_a_checkout_the_book_stands_in_and_progress_says_where_it_is_told(monkeypatch, capsys):
    monkeypatch.setattr("mha_lib.diagnosis.workplace.checkout", lambda: None)
    assert checks.yours("softmax") is book_softmax
    checks.progress()
    assert capsys.readouterr().out == (
        "softmax is the book's here: your notebooks are not at hand.\n"
        "Your progress is told where the whole book lies: your notebooks are not at hand.\n"
    )


@pytest.mark.usefixtures("session")
def test_progress_tells_of_the_notebooks_beside_this_one(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    notebook(tmp_path, RIGHT)
    checks.progress()
    told = capsys.readouterr().out
    assert "\n 2 softmax      ■□□□□□□ " in told
    assert "In all, 1 of " in told
    assert not (tmp_path / "mine").exists()
    assert "Your library" not in told

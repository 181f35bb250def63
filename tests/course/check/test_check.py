"""`python -m course.check` tells a learner what is right, and only what nbval confirms counts."""

import copy

import numpy as np
import pytest
from nbformat.v4 import new_code_cell

import mha_lib as mha
from course.check import __main__ as check
from course.notebook.files import read, write
from tests.support.sessions import in_a_readers_session

RIGHT = "def double(x):\n    return 2 * x"
NEGATE = "def negate(x):\n    return 0 - x"
WRONG = "def double(x):\n    return x + 2"


class Mine:
    """A learner's notebook in the making: the shipped one, whose cells can be filled."""

    def __init__(self, chapter, path):
        self.chapter, self.path = chapter, path
        self.notebook = read(chapter.notebook)

    def cell(self, cell_id):
        """Return a cell."""
        return next(cell for cell in self.notebook.cells if cell.id == cell_id)

    def fill(self, cell_id, source):
        """Write into a cell."""
        self.cell(cell_id).source = source
        return self

    def add(self, source):
        """Put a cell of the learner's own at the end."""
        self.notebook.cells.append(new_code_cell(source, id="mine"))
        return self

    def check(self, *options):
        """Return the exit code of checking this notebook."""
        write(self.notebook, self.path)
        return check.main(["01", str(self.path), *options], self.chapter.root)


@pytest.fixture
def course_mine(course_built, tmp_path):
    """Return a learner's notebook of the tiny chapter."""
    return Mine(course_built, tmp_path / "mine.ipynb")


def test_right_answers_pass_whatever_was_predicted_and_the_file_stays_as_it_was(course_mine, capsys):
    course_mine.fill("answer-double", RIGHT).fill("answer-negate", NEGATE)
    course_mine.fill("predict-which-sign", 'prediction = "plus"\nprint(prediction)')
    write(course_mine.notebook, course_mine.path)
    before = course_mine.path.read_bytes(), course_mine.path.stat().st_mtime_ns
    assert check.main(["1", str(course_mine.path)], course_mine.chapter.root) == 0
    assert (course_mine.path.read_bytes(), course_mine.path.stat().st_mtime_ns) == before
    told = capsys.readouterr().out
    assert "right          Exercise 1.1: twice as much\n" in told
    assert told.endswith("\n01 tiny: 2 of 2 exercises right.\n")


def test_the_shipped_notebook_is_not_attempted_and_nothing_else_is_wrong_with_it(course_built, capsys):
    assert check.main(["01"], course_built.root) == 1
    expected = (
        "not attempted  Exercise 1.1: twice as much\n"
        "not attempted  Exercise 1.2: the other way\n"
        "01 tiny: 0 of 2 exercises right.\n"
    )
    assert capsys.readouterr().out == expected


def test_a_wrong_answer_that_was_run_and_saved_fails_in_the_checkers_words(course_mine, capsys):
    course_mine.fill("answer-double", WRONG).fill("answer-negate", NEGATE)
    course_mine.cell("check-double").outputs[0].text = "Not yet: double(3) gave 5.\n"
    assert course_mine.check() == 1
    told = capsys.readouterr().out
    assert "not yet right  Exercise 1.1: twice as much\n    Not yet: double(3) gave 5.\n" in told
    assert told.endswith("\n01 tiny: 1 of 2 exercises right.\n")


def test_changed_and_removed_checks_and_cells_that_outwit_them_play_no_part(course_mine, capsys):
    course_mine.fill("answer-double", WRONG).fill("answer-negate", "def negate(x):\n    return x")
    course_mine.fill("check-double", 'print("Right: double.")').add('check = lambda f: print("Right.")')
    course_mine.notebook.cells.remove(course_mine.cell("check-negate"))
    assert course_mine.check() == 1
    told = capsys.readouterr().out
    assert "01 tiny: 0 of 2 exercises right.\n" in told
    assert "The check cell of double was changed or removed" in told
    assert "The check cell of negate was changed or removed" in told
    assert "Cells of your own were not run (cell 15 from the top)" in told


def test_an_answer_that_cannot_run_and_a_prediction_that_cannot_are_told_apart(course_mine, capsys):
    course_mine.fill("answer-double", "def double(x)\n    return 2 * x").fill("answer-negate", NEGATE)
    course_mine.fill("predict-which-sign", "prediction = sine\nprint(prediction)")
    assert course_mine.check() == 1
    told = capsys.readouterr().out
    assert "not yet right  Exercise 1.1: twice as much\n    SyntaxError: expected ':'" in told
    assert "right          Exercise 1.2: the other way\n" in told
    assert "The predict cell of which-sign: NameError: name 'sine' is not defined\n" in told
    assert told.endswith("1 of 2 exercises right, and 2 other cells went wrong.\n")


def test_right_answers_that_change_what_another_cell_prints_are_noticed(course_mine, capsys):
    course_mine.fill("answer-double", f'{RIGHT}\nword = "three"').fill("answer-negate", NEGATE)
    assert course_mine.check() == 1
    told = capsys.readouterr().out
    assert "The cell that begins 'print(\"one\", flush=True)': Cell outputs differ." in told
    assert told.endswith("01 tiny: 2 of 2 exercises right, and 1 other cell went wrong.\n")


def test_an_answer_that_never_ends_is_named_and_the_rest_is_not_run(course_mine, capsys):
    course_mine.fill("answer-double", "def double(x):\n    while True:\n        pass").fill("answer-negate", NEGATE)
    assert course_mine.check("--time-limit", "4") == 1
    told = capsys.readouterr().out
    assert "not yet right  Exercise 1.1: twice as much\n    It was still running after 4 seconds" in told
    assert "not run        Exercise 1.2: the other way\n    An earlier cell did not end.\n" in told


LATER = "The cell that begins 'print(softmax(np"


WARM = "def softmax_with_temperature(scores, temperature):\n    return softmax(scores / temperature)"
OTHER_ORDER = "def softmax(scores):\n    e = np.exp(scores - scores.max(axis=-1, keepdims=True))\n    total = 0.0\n"
OTHER_ORDER += (
    "    for each in np.moveaxis(e, -1, 0)[::-1]:\n        total = total + each\n    return e / total[..., None]"
)


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (OTHER_ORDER, "right "),
        ("def softmax(scores):\n    return np.exp(scores)", "not yet right "),
        ("", "not yet right "),
        ("def softmax(scores) return", "not yet right "),
    ],
    ids=["another order", "wrong", "empty", "not python"],
)
def test_whatever_the_answer_a_later_cell_that_builds_on_it_prints_the_same(
    course_with_yours, tmp_path, capsys, answer, verdict
):
    mine = Mine(course_with_yours, tmp_path / "mine.ipynb").fill("answer-double", RIGHT).fill("answer-negate", NEGATE)
    mine.fill("answer-softmax_with_temperature", WARM)
    assert mine.fill("answer-softmax", answer).check() == (0 if verdict == "right " else 1)
    told = capsys.readouterr().out
    assert f"{verdict:<15}Exercise 1.3: softmax" in told
    assert "right          Exercise 1.4: bolder" in told
    assert LATER not in told
    assert told.endswith(f"01 tiny: {4 if verdict == 'right ' else 3} of 4 exercises right.\n")


def test_the_other_order_would_have_printed_other_digits():
    names = {"np": np}
    exec(OTHER_ORDER, names)
    scores = np.arange(5) / 3
    assert np.any(names["softmax"](scores) != mha.softmax(scores))


@pytest.mark.parametrize("answer", [None, "def softmax(scores):\n    return np.exp(scores)"], ids=["blank", "wrong"])
def test_in_a_readers_session_cells_that_build_on_an_answer_run_on_the_books(
    course_with_yours, monkeypatch, capsys, answer
):
    in_a_readers_session(monkeypatch)
    notebook, shown = read(course_with_yours.notebook), read(course_with_yours.solution)
    names = {"__name__": "__main__"}
    for cell in notebook.cells:
        if "softmax" in cell.source and cell.cell_type == "code":
            source = answer if answer and cell.id == "answer-softmax" else cell.source
            exec(f"import numpy as np\nfrom mha_lib import checks\n{source}", names)
    told = capsys.readouterr().out
    assert f"softmax is the book's here: yours {'is not right' if answer else 'has not been written'} yet." in told
    (last,) = (cell for cell in shown.cells if cell.source.startswith("print(softmax("))
    assert last.outputs[0].text in told


def remove(mine):
    mine.notebook.cells.remove(mine.cell("answer-negate"))


def double(mine):
    mine.notebook.cells.append(copy.deepcopy(mine.cell("answer-negate")))


@pytest.mark.parametrize(
    ("change", "message"),
    [(remove, "The answer cell for negate is missing."), (double, "There are 2 answer cells for negate: cells 11, 16")],
)
def test_a_notebook_that_cannot_be_checked_is_refused_in_words(course_mine, capsys, change, message):
    change(course_mine)
    assert course_mine.check() == 2
    assert message in capsys.readouterr().err


def test_what_is_not_there_is_told_in_words(course_copy, capsys):
    for arguments, message in [
        (["99"], "There is no chapter 99. Give the number of one of these: 01 tiny."),
        (["1", "nowhere.ipynb"], "There is no file nowhere.ipynb."),
        (["1", str(course_copy.source)], "is not a notebook: it cannot be read as JSON"),
    ]:
        assert check.main(arguments, course_copy.root) == 2
        assert message in capsys.readouterr().err
    course_copy.solution.unlink()
    assert check.main(["1"], course_copy.root) == 2
    assert "has not been built. Run: python -m course.build 01" in capsys.readouterr().err

"""`python -m course.check` tells a learner what is right, and only what nbval confirms counts."""

import copy
import shutil

import numpy as np
import pytest
from nbformat.v4 import new_code_cell

import mha_lib as mha
from course.build import __main__ as build
from course.check import __main__ as check
from course.notebook.files import read, write
from course.project import Chapter

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


YOURS = """\

+++ {"tags": ["exercise"], "exercise": "softmax", "minutes": 5, "points": 1, "level": 1}

### Exercise: softmax

Write `softmax`.

```{code-cell} ipython3
:tags: [answer]
:exercise: softmax
def softmax(scores):
    ### BEGIN SOLUTION
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)
    ### END SOLUTION
```

```{code-cell} ipython3
:tags: [check]
:exercise: softmax
checks.check(softmax)
```

```{code-cell} ipython3
softmax = checks.yours(softmax)
```

```{code-cell} ipython3
print(softmax(np.arange(5) / 3).tolist())
```
"""
LATER = "The cell that begins 'print(softmax(np"


@pytest.fixture(scope="module")
def course_with_yours(course_built, tmp_path_factory):
    """Return the tiny chapter in which a later cell builds on an answer, and prints every digit."""
    root = tmp_path_factory.mktemp("yours") / "project"
    shutil.copytree(course_built.root, root)
    chapter = Chapter(root, "01_tiny")
    text = chapter.source.read_text("utf-8").replace('word = "two"', 'word = "two"\nimport numpy as np\n' + IMPORT)
    chapter.source.write_text(text + YOURS, "utf-8")
    assert build.main([], root) == 0
    return chapter


IMPORT = "from mha_lib import checks"
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
    assert mine.fill("answer-softmax", answer).check() == (0 if verdict == "right " else 1)
    told = capsys.readouterr().out
    assert f"{verdict:<15}Exercise 1.3: softmax" in told
    assert LATER not in told
    assert told.endswith(f"01 tiny: {3 if verdict == 'right ' else 2} of 3 exercises right.\n")


def test_the_other_order_would_have_printed_other_digits():
    names = {"np": np}
    exec(OTHER_ORDER, names)
    scores = np.arange(5) / 3
    assert np.any(names["softmax"](scores) != mha.softmax(scores))


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

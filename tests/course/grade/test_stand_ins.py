"""An answer that calls earlier exercises gets the book's: one wrong part never costs twice, and no answer is lent."""

import ast

import pytest

from course.grade import catalog, library
from course.grade.grading import marks_for
from course.grade.inside import answers
from course.grade.inside.stand_ins import taken
from course.grade.marking import job_for
from course.grade.places import Bubblewrap
from course.grade.session import Job, Session
from course.grade.submission import cells_of
from mha_lib import checks
from mha_lib.diagnosis.exposure import Exposure
from mha_lib.softmax import softmax
from tests.attacks.notebooks import notebook
from tests.course.grade.grading import needs_sandbox

PARTS = {"softmax": "mha_lib.softmax:softmax", "entropy": "mha_lib.softmax:entropy"}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("softmax = checks.yours(softmax)", [("softmax", "softmax")]),
        ('softmax = checks.yours("softmax")', [("softmax", "softmax")]),
        ('mine = yours("softmax", my_softmax)', [("mine", "softmax")]),
        ('a, b = checks.yours("x"), checks.yours(y)', [("a", "x"), ("b", "y")]),
        ("softmax = checks.yours(make())", []),
        ("softmax = checks.yours()", []),
        ("softmax = checks.yours(3)", []),
        ("softmax = checks.mine(softmax)", []),
        ("names[0] = checks.yours(softmax)", []),
        ("a = b = checks.yours(softmax)", []),
        ("checks.yours(softmax)", []),
    ],
)
def test_what_a_notebook_takes_is_read_off_its_statements(source, expected):
    assert taken(ast.parse(source).body[0]) == expected


def found(*sources, name="g", **options):
    """Return the answer and whether it left a part of the notebook's own."""
    return answers.find_answer(list(enumerate(sources, 1)), name, False, PARTS, **options)


USES = "def g():\n    return softmax"
OWN = "def softmax(x):\n    return helper(x)"


@pytest.mark.parametrize(
    ("cells", "left_own"),
    [
        ([USES], False),
        ([USES, 'softmax = checks.yours("softmax")'], False),
        ([OWN, "softmax = checks.yours(softmax)", USES], True),
        ([OWN, USES], True),
        (["def softmax(x):\n    raise NotImplementedError", USES], False),
        (["import softmax", USES], True),
        (["from nowhere import other as softmax", USES], True),
        (['s = checks.yours("softmax")', "def g():\n    return s"], False),
        (["# exercise: softmax\ndef mine(x):\n    return x", "def g():\n    return mine"], True),
        ([USES.replace("g", "h"), "def g():\n    return h()"], False),
        ([OWN, "def g(default=softmax):\n    return default"], True),
    ],
)
def test_an_earlier_exercise_by_any_of_its_names_is_the_books(cells, left_own):
    function, told = found(*cells)
    assert function() is softmax
    assert told is left_own


def test_of_what_the_notebook_defines_it_is_its_own_when_that_is_asked_for():
    uses = "def g():\n    return softmax(entropy)"
    function, told = found("def softmax(x):\n    return 5", uses, keeps_own=True)
    assert (function(), told) == (5, False)
    function, _ = found("def softmax(x):\n    return x", uses, keeps_own=True)
    assert function() is checks.reference("entropy")


def test_the_answer_itself_is_never_the_books():
    assert found("softmax = checks.yours(softmax)", name="softmax") == (None, False)
    function, _ = found("# exercise: g\ndef softmax():\n    return 5", name="g")
    assert function() == 5


def test_a_part_that_the_notebook_defines_but_does_not_use_is_not_told():
    assert found(OWN, "def g():\n    return 1")[1] is False


@pytest.mark.parametrize("exercise", checks.exercises())
def test_no_part_comes_later_or_holds_the_answer(exercise):
    known = checks.exercises()
    for name, place in library.parts(exercise).items():
        assert known.index(name) < known.index(exercise)
        assert not library.places(exercise) & library.closure(place)
        assert not isinstance(checks.exercise(name), Exposure)


def test_an_earlier_exercise_that_calls_a_later_one_is_not_lent_for_that():
    assert checks.exercises().index("self_attention") < checks.exercises().index("cross_attention")
    assert library.home("cross_attention") in library.closure(library.home("self_attention"))
    assert "self_attention" not in library.parts("cross_attention")
    assert "self_attention" in library.parts(checks.of_room("heads")[0])


LASTS = [checks.of_room(room)[-1] for room in checks.rooms()]


@needs_sandbox
@pytest.mark.parametrize("exercise", LASTS[2::7] + LASTS[-1:])
def test_every_part_runs_where_answers_run(exercise):
    parts = job_for(catalog.items([exercise])[0], [], 0).parts
    listing = ", ".join(f"'{name}': {name}" for name in parts)
    cell = f"def ask():\n    return [name for name, part in {{{listing}}}.items() if not callable(part)]"
    with Session(Bubblewrap(), True) as session:
        answer = session.ask(Job("ask", [[1, cell]], library.lent(exercise), "plain", (), [((), {})], parts=parts))
    assert answer.outcomes == [{"value": [], "changed": False}]


def statuses(*sources, ids):
    """Return what exercises get, by id, of a notebook with these cells."""
    marks = marks_for(Bubblewrap(), catalog.items(ids), 20261, cells_of(notebook(*sources)))
    return {mark.id: mark.status for mark in marks}


NUMPY = "import numpy as np\nimport mha_lib as mha\nfrom mha_lib import checks"
WRONG = "def softmax(scores):\n    return np.exp(scores)"
WARM = "def softmax_with_temperature(scores, temperature):\n    return softmax(scores / temperature)"
STUB = 'def softmax(scores):\n    raise NotImplementedError("softmax: write your answer here, then delete this line")'


@needs_sandbox
@pytest.mark.parametrize(
    ("first", "expected"), [(WRONG, "wrong"), (STUB, "not attempted"), ("def softmax(x) return", "not attempted")]
)
@pytest.mark.parametrize("take", ["softmax = checks.yours(softmax)", ""])
def test_one_wrong_part_costs_once(first, expected, take):
    ids = ["softmax", "softmax_with_temperature"]
    told = statuses(NUMPY, first, take, WARM, ids=ids)
    assert told == {"softmax": expected, "softmax_with_temperature": "right"}


@needs_sandbox
def test_an_answer_on_parts_of_an_earlier_chapters_notebook_is_graded():
    scores = 'attention_scores = checks.yours("attention_scores")\nsoftmax = checks.yours("softmax")'
    weights = "def attention_weights(q, k):\n    return softmax(attention_scores(q, k))"
    assert statuses(NUMPY, scores, weights, ids=["attention_weights"]) == {"attention_weights": "right"}


@needs_sandbox
def test_a_helper_that_only_shares_a_name_costs_nothing():
    helper = "def softmax(scores, temperature):\n    scores = scores - scores.max(-1, keepdims=True)\n"
    helper += "    powers = np.exp(scores / temperature)\n    return powers / powers.sum(-1, keepdims=True)"
    warm = "def softmax_with_temperature(scores, temperature):\n    return softmax(scores, temperature)"
    assert statuses(NUMPY, helper, warm, ids=["softmax_with_temperature"]) == {"softmax_with_temperature": "right"}


@needs_sandbox
@pytest.mark.parametrize("asked", ["softmax", "softmax_with_temperature", "logsumexp", "attention"])
def test_yours_lends_neither_the_answer_nor_a_later_one(asked):
    cells = [f'book = checks.yours("{asked}")', "def softmax(scores):\n    return book(scores)"]
    assert statuses(NUMPY, *cells, ids=["softmax"]) == {"softmax": "error"}

"""The parts of the grader: bytes that nobody vouches for, names, answers in cells, and the sandbox's command line."""

import sys

import numpy as np
import pytest

from course.grade import sandbox
from course.grade.inside import answers, wire
from course.grade.places import Container
from course.grade.questions import is_small, reply
from course.grade.results import harmless, table
from course.grade.submission import Submission, distinct, safe, submission

VALUES = [
    None,
    True,
    -3,
    10**40,
    1.5,
    2j,
    "naïve\n",
    [1, (2.0, {"a": None})],
    np.arange(6.0).reshape(2, 3),
    np.array([True, False]),
    np.float32(2),
    np.zeros((0, 3)),
    np.array(5),
]


@pytest.mark.parametrize("value", VALUES, ids=str)
def test_a_value_comes_back_as_it_went(value):
    back = wire.loads(wire.dumps(value))
    assert type(back) is type(value)
    np.testing.assert_equal(back, value)


@pytest.mark.parametrize(
    "value", [object(), {1: 2}, np.array([None]), np.ma.array([1]), {1}, b"x"], ids=lambda value: type(value).__name__
)
def test_anything_else_comes_back_as_the_name_of_its_type(value):
    assert type(wire.loads(wire.dumps([value]))[0]).__name__ == type(value).__name__


def test_no_bytes_break_the_reader():
    rng = np.random.default_rng(0)
    whole = wire.dumps([VALUES])
    for _ in range(3000):
        data = bytearray(whole[: rng.integers(1, len(whole) + 1)])
        for place in rng.integers(0, len(data), 3):
            data[place] = rng.integers(256)
        try:
            wire.loads(bytes(data))
        except wire.WireError:
            continue


def test_an_array_cannot_claim_more_than_its_bytes():
    head = b"a" + (2 + 8 + 8).to_bytes(4, "little") + bytes([wire.DTYPES.index("<f8"), 1])
    for shape in (10**15, 2, 0):
        with pytest.raises(wire.WireError):
            wire.loads(head + shape.to_bytes(8, "little") + bytes(8))


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([[1, "def f():\n    return 1"], [2, "def f():\n    return 2"]], 2),
        ([[1, "def f():\n    return 1"], [2, "def f():\n    raise NotImplementedError"]], 1),
        ([[1, "# exercise: f\ndef g():\n    return 3"]], 3),
        ([[1, "oops ("], [2, "def f():\n    return K\nK = 4"]], 4),
        ([[1, "def f():\n    return 6\nf = max(2, 3)"]], 6),
        ([[1, "f = lambda: 5\nopen('/never', 'w')"]], 5),
    ],
)
def test_the_last_definition_that_is_no_stub_is_the_answer(cells, expected):
    assert answers.find_answer(cells, "f", False)[0]() == expected


def test_an_import_is_no_answer_and_no_other_statement_is_run():
    assert answers.find_answer([[1, "from math import sqrt as f"]], "f", False) == (None, False)
    other = "import os\ndef bad(g=os.abort()):\n    pass\n@bad\ndef h():\n    pass"
    assert answers.find_answer([[1, other], [2, "def f():\n    return 1"]], "f", False)[0]() == 1


@pytest.fixture
def packages(tmp_path, monkeypatch):
    """Return the names of packages that can be imported for the time of a test, each with a part."""
    names = {"idle", "used", "starred", "folder", "other"}
    for name in names:
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("value = 1")
        (tmp_path / name / "part.py").write_text("value = 2")
    monkeypatch.syspath_prepend(tmp_path)
    yield names
    for name in {name for name in sys.modules if name.partition(".")[0] in names}:
        del sys.modules[name]


def test_only_imports_that_the_answer_may_use_are_run(packages):
    cells = ["import idle, idle.part as more", "import idle.part", "from idle import value as v", "import used as u"]
    cells += ["from starred import *", "import folder, folder.part", "import other as o, other.part"]
    cells += ["def g():\n    return u.value", "def f():\n    return g() + folder.part.value + o.part.value"]
    assert answers.find_answer(list(enumerate(cells)), "f", False)[0]() == 5
    loaded = {name for name in sys.modules if name.partition(".")[0] in packages}
    assert loaded == {"used", "starred", "folder", "folder.part", "other", "other.part"}


@pytest.mark.parametrize("name", ["anna", "b.c-d_e@2026-10-03T2359", "A1"])
def test_a_plain_name_stays(name):
    assert safe(name) == name


@pytest.mark.parametrize("name", ["../x", "=1", "a b", "", ".", "é", "x" * 99, "a/b"])
def test_another_name_becomes_harmless_and_stays_apart(name):
    assert safe(safe(name)) == safe(name) != name
    assert safe(name) != safe(name + "x")


def test_names_that_differ_in_case_alone_get_ids_of_their_own():
    found = distinct([submission(f"/x/{name}.ipynb", f"{name}.ipynb") for name in ("Anna", "ANNA", "anna")])
    assert found[2].id == "anna"
    assert len({each.id.lower() for each in found}) == 3


def test_a_name_says_whose_a_file_is_and_when_it_was_handed_in():
    each = submission("p", "anna@2026-10-03T2359.ipynb")
    assert (each.user, each.stamp) == ("anna", "2026-10-03T2359")
    assert each.late("2026-10-03T2358")
    assert not each.late("2026-10-03T2359")
    assert not Submission("p", "x", "x", "").late("2026-10-03T2359")
    assert submission("p", "anna/x.ipynb").user == "anna"


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\tx", "|x"])
def test_no_cell_of_a_table_begins_a_formula(cell):
    assert harmless(cell) == f"'{cell}"
    assert table([[cell, -1.5]]).endswith(",-1.5\n")


@pytest.mark.parametrize(
    "value",
    [np.ones(1001), np.ones((100, 100)), np.zeros((0, 10**9)), 10**9, np.array([10**9]), "x", [[1] * 21], object()],
)
def test_a_strangers_value_is_bounded_before_it_is_used(value):
    assert not is_small(value)
    assert "error" in reply([np.sum], {"function": 0, "arguments": [value]})


@pytest.mark.parametrize(
    "question", [None, {"function": 1, "arguments": [1.0]}, {"function": -1, "arguments": [1.0]}, {"function": 0}]
)
def test_a_question_to_no_function_gets_no_answer(question):
    assert "error" in reply([np.sum], question)


def test_the_sandbox_has_no_network_no_rights_and_sees_one_folder_of_the_repository(monkeypatch):
    monkeypatch.setattr(sandbox, "no_more_namespaces", list)
    monkeypatch.setattr(sandbox, "is_root", lambda: False)
    line = sandbox.command()
    assert line[0] == "bwrap"
    assert {"--unshare-all", "--clearenv", "--cap-drop", "--die-with-parent", "--new-session"} < set(line)
    bound = [line[i + 1] for i, part in enumerate(line) if part.startswith("--ro-bind")]
    assert [path for path in bound if path.startswith(str(sandbox.ROOT)) and "site-packages" not in path] == [
        str(sandbox.INSIDE)
    ]
    assert "--bind" not in line
    monkeypatch.setattr(sandbox, "is_root", lambda: True)
    assert "setpriv" in sandbox.command()
    assert sandbox.command().index("setpriv") < sandbox.command().index("--unshare-all")


def test_the_container_has_the_same_child_and_no_more_rights():
    line = Container("course-image", "podman --remote").command()
    assert line[:3] == ["podman", "--remote", "run"]
    assert {"--network=none", "--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges"} < set(line)
    assert f"--user={sandbox.NOBODY}:{sandbox.NOBODY}" in line
    assert [part for part in line if part.startswith(("--mount", "--volume", "-v"))] == [
        f"--mount=type=bind,source={sandbox.INSIDE},target={sandbox.SEEN_AS},readonly"
    ]
    assert line[-1].endswith("from inside.child import main; main()")

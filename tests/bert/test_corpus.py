"""bert.corpus on a small package that the test writes, and on what is installed."""

import subprocess
import sys
import textwrap

import pytest

from mha_lib.bert import corpus
from mha_lib.bert.corpus import Docstring

FILES = {
    "__init__.py": '"""The first package of all."""\n',
    "late.py": """
        \"\"\"Gives docstrings to compiled code.\"\"\"
        from tools import add_newdoc, add_docstr, other
        add_newdoc("pkg", "name", ("part", \"\"\"Documents one part, afterwards.\"\"\"))
        add_docstr(compiled, r"Adds {this} to that, long after.".format(this=1))
        other("A string that documents nothing at all.")
        text = "Another string that is only a value."
    """,
    "deep/inner.py": """
        \"\"\"Tells what the inner module does.\"\"\"

        class Thing:
            \"\"\"Holds a few things together.

            The same words stand here twice.
            \"\"\"

            async def later(self):
                \"\"\"Does it later, not now.

                The same   words stand
                here twice.
                \"\"\"

        def short():
            \"\"\"Too short.\"\"\"

        def last():
            \"\"\"Comes last of all here.\"\"\"
    """,
    "broken.py": '"""Never parsed because of this: ( """\ndef (:\n',
    "tests/test_thing.py": '"""A test that should not be read."""\n',
    "test_other.py": '"""A test that should not be read."""\n',
    "conftest.py": '"""A fixture that should not be read."""\n',
    "_vendor/them.py": '"""The work of other people, vendored."""\n',
}


@pytest.fixture
def package(tmp_path, monkeypatch):
    for name, source in FILES.items():
        path = tmp_path / "tinypkg" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(source), "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    return "tinypkg"


def made(sizes):
    """Return docstrings of given lengths: {package: {module: length}}."""
    return [Docstring(p, m, "x" * n) for p, modules in sizes.items() for m, n in modules.items()]


def test_docstrings_of_all_kinds_are_found_in_order(package):
    found = corpus.docstrings([package])
    assert [(d.module, d.text.splitlines()[0]) for d in found] == [
        ("tinypkg", "The first package of all."),
        ("tinypkg.deep.inner", "Tells what the inner module does."),
        ("tinypkg.deep.inner", "Holds a few things together."),
        ("tinypkg.deep.inner", "Does it later, not now."),
        ("tinypkg.deep.inner", "Comes last of all here."),
        ("tinypkg.late", "Gives docstrings to compiled code."),
        ("tinypkg.late", "Documents one part, afterwards."),
        ("tinypkg.late", "Adds {this} to that, long after."),
    ]
    assert {d.package for d in found} == {package}


def test_a_paragraph_that_comes_again_is_dropped_whatever_its_spaces(package):
    texts = [d.text for d in corpus.docstrings([package])]
    assert "Holds a few things together.\n\nThe same words stand here twice." in texts
    assert "Does it later, not now." in texts


def test_nothing_is_imported(package):
    code = f"""
        import sys
        sys.path.insert(0, {sys.path[0]!r})
        from mha_lib.bert import corpus
        corpus.docstrings(["{package}"])
        print("{package}" in sys.modules, "torch" in sys.modules)
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["False", "False"]


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("See :class:`~torch.nn.Linear`.", "See torch.nn.Linear."),
        ("See :py:meth:`this one <a.b.c>`.", "See this one."),
        ("Keep `this` and ``that``.", "Keep `this` and ``that``."),
        ("Returns\n-------\nout : int", "Returns\nout : int"),
        ("Before\n\n.. versionadded:: 3.4\n\nAfter", "Before\n\nAfter"),
        ("Like so:\n\n>>> f(1,\n...   2)\n3\n\nAfter", "Like so:\n\nAfter"),
        ("    >>> f(1)\n    3", ""),
        ("a >>> b is a shift", "a >>> b is a shift"),
        ("x - y --- z", "x - y --- z"),
    ],
)
def test_cleaning_takes_away_markup_and_leaves_language(raw, cleaned):
    assert corpus.clean(raw) == cleaned


def test_no_module_is_on_both_sides_and_nothing_is_lost():
    docstrings = made({"p": {f"p.m{i % 40}{i % 3}": 10 + i for i in range(200)}})
    train, held_out = corpus.split(docstrings, 0.2)
    assert not {d.module for d in train} & {d.module for d in held_out}
    assert sorted(train + held_out) == sorted(docstrings)
    assert train == [d for d in docstrings if d in train]


def test_every_package_holds_out_its_share_however_small():
    sizes = {"big": {f"big.{i}": 900 for i in range(100)}, "small": {f"small.{i}": 9 for i in range(100)}}
    _, held_out = corpus.split(made(sizes), 0.1)
    assert {p: t["characters"] for p, t in corpus.tally(held_out).items()} == {"big": 9000, "small": 90}


def test_a_module_that_is_larger_than_the_share_is_never_held_out():
    sizes = {"p": {"p.huge": 1000} | {f"p.{i}": 10 for i in range(30)}}
    _, held_out = corpus.split(made(sizes), 0.1)
    assert "p.huge" not in {d.module for d in held_out}
    assert sum(len(d.text) for d in held_out) == 130


def test_the_split_depends_on_names_alone():
    sizes = {"p": {f"p.{i}": 10 for i in range(50)}}
    forwards, backwards = made(sizes), made(sizes)[::-1]
    assert sorted(corpus.split(forwards)[1]) == sorted(corpus.split(backwards)[1])
    assert {d.module for d in corpus.split(forwards)[1]} == {"p.18", "p.44"}  # as SHA-256 has it, on any machine


@pytest.mark.parametrize("name", ["no_such_package", "this"])
def test_what_is_no_package_is_refused_by_name(name):
    with pytest.raises(ValueError, match=f"no package '{name}'"):
        corpus.docstrings([name])


def test_numpy_has_the_documentation_of_its_compiled_functions():
    found = corpus.docstrings(["numpy"])
    assert any("Flat iterator object to iterate over arrays." in d.text for d in found)
    assert not any("tests" in d.module.split(".") for d in found)
    texts = [d.text for d in found]
    assert len(set(texts)) == len(texts) > 1500
    assert 1e6 < corpus.tally(found)["numpy"]["characters"] < 2e6


def test_the_language_reference_is_read_from_its_dictionary():
    path = dict(corpus.modules(corpus.STANDARD_LIBRARY))[corpus.TOPICS]
    texts = corpus.documented(corpus.TOPICS, path)
    assert len(texts) > 50
    assert any("Assert statements are a convenient way" in text for text in texts)
    assert len(corpus.documented("another.module", path)) < 5

"""`python -m course.mine` gathers right answers as plain Python, loses nothing, and says where the reader stands."""

import json
import os
import subprocess
import sys
import time

import pytest

from course.mine import __main__ as mine
from course.mine.package import STAMP
from course.project import ROOT, Chapter

CHAPTERS = ("01_similarity", "02_softmax", "03_attention")


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Return a project of three chapters; tests must change only notebooks of their own."""
    root = tmp_path_factory.mktemp("project")
    for folder in ("book", "solutions", "notebooks"):
        (root / folder).mkdir()
    for name in CHAPTERS:
        here, there = Chapter(root, name), Chapter(ROOT, name)
        here.source.write_bytes(there.source.read_bytes())
        here.solution.write_bytes(there.solution.read_bytes())
    return root


class Reader:
    """A reader of three chapters: writes answers into notebooks and asks what there is."""

    def __init__(self, root, folder):
        self.root, self.folder = root, folder
        self.notebooks = folder / "notebooks"
        self.notebooks.mkdir()
        for name in ("book", "solutions"):
            (folder / name).symlink_to(root / name)

    def write(self, name, **answers):
        """Write a notebook with the chapter's imports and some answers, or put more answers into it."""
        path = self.notebooks / f"{name}.ipynb"
        cells = json.loads(path.read_text("utf-8"))["cells"] if path.exists() else []
        for exercise, source in answers.items():
            cells = [cell for cell in cells if cell["id"] != f"answer-{exercise}"]
            cells.append({"cell_type": "code", "id": f"answer-{exercise}", "metadata": {}, "source": source})
        path.write_text(json.dumps({"nbformat": 4, "cells": cells}), "utf-8")
        return self

    def add(self, name, source):
        """Put a cell of the reader's own into a notebook."""
        path = self.notebooks / f"{name}.ipynb"
        notebook = json.loads(path.read_text("utf-8"))
        notebook["cells"].append({"cell_type": "code", "id": "x", "metadata": {}, "source": source})
        path.write_text(json.dumps(notebook), "utf-8")
        return self

    def gather(self, *options):
        """Run the command."""
        assert mine.main(list(options), self.folder) == 0

    def file(self, room):
        """Return a file of the package."""
        return self.folder / "mine" / f"{room}.py"


@pytest.fixture
def reader(project, tmp_path):
    """Return a reader who has written nothing yet."""
    return Reader(project, tmp_path)


SOFTMAX = """\
# shifted first
def softmax(scores):
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))  # «so»
    return exponentials / exponentials.sum(axis=-1, keepdims=True)

print(softmax(np.ones(2)))
softmax = checks.yours(softmax)
"""
TEMPERATURE = "def softmax_with_temperature(scores, temperature):\n    return mha.softmax(scores / temperature)"
DOT = "def dot(a, b):\n    return float(a @ b)"
ALONE = "import numpy as np; from mine.softmax import softmax_with_temperature as f; print(f(np.ones(4), 2.0)[0])"


def python(folder, code):
    """Return what some code prints in a fresh Python that knows only a folder."""
    hidden = "import sys; sys.meta_path = [f for f in sys.meta_path if 'editable' not in str(f)]; "
    command = [sys.executable, "-c", hidden + code]
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True).stdout


def test_what_is_gathered_runs_where_there_is_no_library(reader, tmp_path_factory):
    reader.write("02_softmax", softmax=SOFTMAX, softmax_with_temperature=TEMPERATURE).gather()
    away = tmp_path_factory.mktemp("away")
    (reader.folder / "mine").rename(away / "mine")
    assert python(away, f"{ALONE}; print('mha_lib' in sys.modules)") == "0.25\nFalse\n"


def test_the_readers_words_are_kept_and_its_own_functions_called(reader):
    reader.write("02_softmax", softmax=SOFTMAX, softmax_with_temperature=TEMPERATURE).gather()
    text = reader.file("softmax").read_text("utf-8")
    assert SOFTMAX.partition("\n\n")[0] in text
    assert "return softmax(scores / temperature)" in text
    assert "mha" not in text.partition(STAMP)[0].replace("mha_", "")
    assert "print" not in text
    assert "checks" not in text


def test_an_answer_of_another_chapter_is_imported_from_its_file(reader):
    source = "def attention_weights(q, k):\n    return softmax(q @ k.swapaxes(-1, -2) / mha.norm(np.ones(q.shape[-1])))"
    reader.write("02_softmax", softmax=SOFTMAX).write("03_attention", attention_weights=source).gather()
    text = reader.file("attention").read_text("utf-8")
    assert "\nfrom mine.softmax import softmax\n" in text
    assert "\nimport mha_lib as mha\n" in text
    assert "mha.norm(" in text


def test_where_the_readers_is_wrong_the_books_is_called(reader):
    reader.write("02_softmax", softmax="def softmax(x): return x", softmax_with_temperature=TEMPERATURE).gather()
    assert "return mha.softmax(scores / temperature)" in reader.file("softmax").read_text("utf-8")


def test_a_right_function_that_does_not_fit_leaves_the_books_in_its_place(reader):
    narrow = "def cosine(a, b):\n    return float(a @ b / max(np.sqrt((a @ a) * (b @ b)), 1e-300))"
    nearest = (
        "def nearest(query, vectors, count):\n    return np.argsort(-mha.cosine(query, vectors), kind='stable')[:count]"
    )
    reader.write("01_similarity", cosine=narrow, nearest=nearest).gather()
    text = reader.file("similarity").read_text("utf-8")
    assert "def cosine" in text
    assert "mha.cosine(query, vectors)" in text


BARE = TEMPERATURE.replace("mha.softmax", "softmax")


@pytest.mark.parametrize("take", ["softmax = checks.yours(softmax)", 'softmax = checks.yours("softmax")', ""])
def test_a_bare_name_is_the_readers_function_of_that_exercise(reader, take):
    reader.write("02_softmax", softmax=SOFTMAX).add("02_softmax", take)
    reader.write("02_softmax", softmax_with_temperature=BARE).gather()
    text = reader.file("softmax").read_text("utf-8")
    assert "return softmax(scores / temperature)" in text
    assert "mha" not in text.partition(STAMP)[0]


def test_a_bare_name_is_the_books_where_the_readers_is_wrong(reader, capsys):
    reader.write("02_softmax", softmax="def softmax(x): return x", softmax_with_temperature=BARE)
    reader.add("02_softmax", "softmax = checks.yours(softmax)").gather()
    assert "\nfrom mha_lib.softmax import softmax\n" in reader.file("softmax").read_text("utf-8")
    assert capsys.readouterr().out.startswith("Your library: 1 of your functions")


@pytest.mark.parametrize("right", [True, False])
def test_another_name_that_yours_gives_is_the_readers_function_too(reader, tmp_path_factory, right):
    reader.write("02_softmax", softmax=SOFTMAX if right else "def softmax(x): return x")
    reader.add("02_softmax", "soft = checks.yours(softmax)")
    reader.write("02_softmax", softmax_with_temperature=BARE.replace("softmax(scores /", "soft(scores /")).gather()
    text = reader.file("softmax").read_text("utf-8")
    assert ("\nsoft = softmax\n" in text, "\nfrom mha_lib.softmax import softmax as soft\n" in text) == (
        right,
        not right,
    )
    away = tmp_path_factory.mktemp("away")
    (reader.folder / "mine").rename(away / "mine")
    assert not right or python(away, ALONE) == "0.25\n"


def test_an_answer_takes_what_yours_brings_from_an_earlier_chapter(reader):
    weights = "def attention_weights(q, k):\n    return soft(scores(q, k))"
    reader.write("02_softmax", softmax=SOFTMAX).write("03_attention", attention_weights=weights)
    reader.add("03_attention", 'soft, scores = checks.yours("softmax"), checks.yours("attention_scores")').gather()
    text = reader.file("attention").read_text("utf-8")
    assert "\nfrom mine.softmax import softmax as soft\n" in text
    assert "\nfrom mha_lib.checks.attention.attention_scores import attention_scores as scores\n" in text


def test_yours_of_no_exercise_is_told_of_the_answer_that_needs_it(reader, capsys):
    reader.write("01_similarity", dot="def dot(a, b):\n    return helped(a, b)")
    reader.add("01_similarity", 'helped = checks.yours("no_exercise")').gather()
    assert "01_similarity.ipynb, dot: its cell stops with ImportError: cannot import name 'no_exercise'" in (
        capsys.readouterr().out
    )


def test_a_name_that_is_the_readers_own_variable_is_left_alone(reader):
    source = TEMPERATURE.replace("return mha.softmax", "softmax = mha.softmax\n    return softmax")
    reader.write("02_softmax", softmax=SOFTMAX, softmax_with_temperature=source).gather()
    assert "    softmax = mha.softmax\n" in reader.file("softmax").read_text("utf-8")


def test_the_table_tells_chapters_mistakes_and_what_is_next(reader, capsys):
    reader.write("01_similarity", dot=DOT, cosine="def cosine(a, b):\n    return a @ b").gather()
    told = capsys.readouterr().out
    assert told.startswith("Your library: 1 of your functions and classes, in mine/, a file a chapter.\n\n")
    assert " 1 similarity   ■□□□□□       " in told
    assert 'cosine: "no division"' in told
    assert "2 more chapters not begun." in told
    assert "Next: cosine in 01_similarity.ipynb (" in told


def test_optional_minutes_are_told_apart_and_the_next_exercise_is_a_needed_one(reader, capsys):
    solution = json.loads((ROOT / "solutions" / "01_similarity.ipynb").read_text("utf-8"))
    asked = {cell["metadata"]["exercise"]: cell["metadata"] for cell in solution["cells"] if is_statement(cell)}
    for name, facts in asked.items():
        facts["optional"] = name in ("dot", "cosine")
    (reader.folder / "solutions").unlink()
    (reader.folder / "solutions").mkdir()
    (reader.folder / "solutions" / "01_similarity.ipynb").write_text(json.dumps(solution), "utf-8")
    needed = sum(facts["minutes"] for facts in asked.values()) - asked["dot"]["minutes"] - asked["cosine"]["minutes"]
    reader.gather("--look")
    told = capsys.readouterr().out
    assert f"{needed} min + {asked['dot']['minutes'] + asked['cosine']['minutes']} min optional, " in told
    assert f"Next: {next(name for name in asked if name not in ('dot', 'cosine'))} in " in told
    assert " optional)" not in told


def is_statement(cell):
    """Return whether a cell states an exercise."""
    return "exercise" in cell["metadata"].get("tags", [])


FAULTS = {
    "another cell": (
        "def dot(a, b): return helped(a, b)",
        "it needs helped, which stands in cell 2 from the top: put it into",
    ),
    "nowhere": ("def dot(a, b): return nowhere(a, b)", "it needs nowhere, which neither its cell nor an import"),
    "not python": ("def dot(a, b) return", "its cell is not Python: expected ':'"),
    "no such name": ("def dott(a, b): return 1", "its cell defines no dot"),
    "the book's own": ("def dot(a, b): return mha.dot(a, b)", "it calls the book's dot: write it out, and it is yours"),
    "stops": (
        "import no_such_module\ndef dot(a, b): return no_such_module.x",
        "its cell stops with ModuleNotFoundError",
    ),
    "ends python": ("import os\ndef dot(a, b): os._exit(0)", "it ends the Python that it runs in"),
    "endless": ("def end(): \n    while True: pass\ndot = end()", "it did not come to an end within 2 seconds."),
    "raises": ("def dot(a, b): return a.nothing", "your function stops with AttributeError"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_an_answer_that_cannot_be_used_gets_a_sentence_and_loses_no_other(reader, capsys, fault):
    source, said = FAULTS[fault]
    shadow = "def shadow(a, b):\n    return np.zeros_like(b) if not np.any(b) else (a @ b) / (b @ b) * b"
    reader.write("01_similarity", dot=source, shadow=shadow).add("01_similarity", "").add("01_similarity", "")
    cells = json.loads((reader.notebooks / "01_similarity.ipynb").read_text("utf-8"))
    cells["cells"].insert(1, {"cell_type": "code", "metadata": {}, "source": "def helped(a, b): return a @ b"})
    (reader.notebooks / "01_similarity.ipynb").write_text(json.dumps(cells), "utf-8")
    reader.gather("--time-limit", "2")
    told = capsys.readouterr().out
    assert f"01_similarity.ipynb, dot: {said}" in told
    assert " 1 similarity   □□□□■□ " in told


def test_an_answer_that_never_ends_is_ended_in_time(reader):
    reader.write("01_similarity", dot=FAULTS["endless"][0])
    begun = time.monotonic()
    reader.gather("--time-limit", "1")
    assert time.monotonic() - begun < 20


def test_an_answer_that_stands_twice_is_named_with_both_places(reader, capsys):
    reader.write("01_similarity", dot=DOT)
    path = reader.notebooks / "01_similarity.ipynb"
    notebook = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**notebook, "cells": notebook["cells"] * 2}), "utf-8")
    reader.gather()
    assert (
        "01_similarity.ipynb, dot: There are 2 answer cells for dot: cells 1, 2 from the top."
        in capsys.readouterr().out
    )


def test_a_file_that_is_no_notebook_is_named_and_the_others_are_gathered(reader, capsys):
    reader.write("02_softmax", softmax=SOFTMAX)
    (reader.notebooks / "01_similarity.ipynb").write_text("{half", "utf-8")
    reader.gather()
    told = capsys.readouterr().out
    assert "01_similarity.ipynb is not a notebook: it cannot be read as JSON" in told
    assert " 2 softmax      ■□□□□□□ " in told


def test_two_helpers_of_one_name_are_not_mixed_up(reader, capsys):
    one = "def helper(x): return x\ndef dot(a, b): return float(helper(a) @ b)"
    other = "def helper(x): return 1.0 * x\ndef shadow(a, b): return helper(b) * ((a @ b) / max(b @ b, 1e-300))"
    reader.write("01_similarity", dot=one, shadow=other).gather()
    assert "shadow: helper means something else in another answer of its chapter." in capsys.readouterr().out
    assert "def shadow" not in reader.file("similarity").read_text("utf-8")


def test_a_changed_file_is_kept_beside_the_new_one_and_it_is_said(reader, capsys):
    reader.write("01_similarity", dot=DOT).gather()
    changed = reader.file("similarity").read_text("utf-8").replace("float(a @ b)", "float(b @ a)")
    reader.file("similarity").write_text(changed, "utf-8")
    reader.gather()
    assert (
        "You had changed mine/similarity.py: your version is kept as mine/similarity.yours-1.py."
        in capsys.readouterr().out
    )
    assert (reader.folder / "mine" / "similarity.yours-1.py").read_text("utf-8") == changed
    assert "float(a @ b)" in reader.file("similarity").read_text("utf-8")
    reader.gather()
    assert "You had changed" not in capsys.readouterr().out


def test_a_file_of_the_readers_making_is_left_alone_or_kept(reader):
    (reader.folder / "mine").mkdir()
    reader.file("notes").write_text("mine = 1\n", "utf-8")
    reader.file("similarity").write_text("mine = 2\n", "utf-8")
    reader.write("01_similarity", dot=DOT).gather()
    assert reader.file("notes").read_text("utf-8") == "mine = 1\n"
    assert (reader.folder / "mine" / "similarity.yours-1.py").read_text("utf-8") == "mine = 2\n"


def test_a_chapter_without_a_right_answer_any_more_leaves_the_package(reader):
    reader.write("01_similarity", dot=DOT).write("02_softmax", softmax=SOFTMAX).gather()
    reader.write("01_similarity", dot="def dot(a, b): return 1").gather()
    assert sorted(path.name for path in (reader.folder / "mine").iterdir()) == [
        "__init__.py",
        "index.html",
        "softmax.py",
    ]


def test_looking_writes_nothing(reader, capsys):
    reader.write("01_similarity", dot=DOT).gather("--look")
    assert not (reader.folder / "mine").exists()
    assert capsys.readouterr().out.startswith(" 1 similarity   ■□□□□□ ")


def test_notebooks_elsewhere_are_read_and_stay_as_they_are(reader, capsys):
    reader.write("01_similarity", dot=DOT)
    reader.notebooks.rename(reader.folder / "elsewhere")
    path = reader.folder / "elsewhere" / "01_similarity.ipynb"
    before = path.read_bytes(), path.stat().st_mtime_ns
    assert mine.main([], reader.folder) == 2
    assert "--notebooks DIR" in capsys.readouterr().err
    reader.gather("--notebooks", str(reader.folder / "elsewhere"))
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert reader.file("similarity").exists()

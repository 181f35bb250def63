"""The reader's parts beside PyTorch's, on their page, and in a report on a checker."""

import re
import time
from pathlib import Path

import pytest

from course.mine import page, parity
from course.mine.package import MADE, write_page
from course.mine.sketch import SENTENCE, Sketch
from mha_lib import checks

KINDS = "from mha_lib.nn import *\nfrom mha_lib import multi_head_attention, masked_attention"
WEIGHTS = """
import numpy as np
def attention_weights(q, k):
    scores = np.exp(q @ np.swapaxes(k, -1, -2) / q.shape[-1] ** 0.5)
    return scores / scores.sum(-1, keepdims=True)
"""
TOLD = ["<script>alert(1)</script> & all"]


def package(tmp_path, text, *names):
    """Return the folder and rooms of a package of one file."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "__init__.py").write_text("")
    (tmp_path / "mine" / "all.py").write_text(text)
    return str(tmp_path), dict.fromkeys(names, "all")


def test_right_parts_differ_from_pytorchs_in_last_digits_alone(tmp_path):
    folder, rooms = package(tmp_path, KINDS, *(name for name in parity.KINDS if name != "attention"))
    first, second = parity.lines(parity.Grid(folder, rooms))
    differences = [float(found) for found in re.findall(r" (\d\S*e-\d+)", first)]
    assert len(differences) == 4
    assert max(differences) < 1e-10
    assert 0.5 < float(re.search(r"takes (\S+) times", second)[1]) < 3


@pytest.mark.parametrize(
    ("body", "said"),
    [("return 2 * v", "attention [1-9]e"), ("raise KeyError('x')", "attention stops with KeyError: 'x'")],
)
def test_a_part_that_differs_or_stops_is_told(tmp_path, body, said):
    folder, rooms = package(tmp_path, f"def attention(q, k, v):\n    {body}", "attention")
    (line,) = parity.lines(parity.Grid(folder, rooms))
    assert re.search(said, line)
    assert not re.search(r"attention \d*e-", line)


def test_a_part_that_never_ends_gets_a_sentence_beside_pytorch(tmp_path):
    folder, rooms = package(tmp_path, "def attention(q, k, v):\n    while True: pass", "attention")
    begun = time.monotonic()
    assert parity.lines(parity.Grid(folder, rooms), 6) == [
        "Beside PyTorch: it did not come to an end within 6 seconds. Which loop never ends?"
    ]
    assert time.monotonic() - begun < 30
    assert parity.lines(parity.Grid(folder, {"dot": "all"})) == []


def test_the_page_shows_the_readers_weights_on_the_sentence(tmp_path):
    folder, rooms = package(tmp_path, WEIGHTS, "attention_weights")
    text = page.html(Sketch("<b>the mouse</b> & a cat", folder, rooms), TOLD)
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; all" in text
    assert "<b>" not in text
    cells = [float(found) for found in re.findall(r'<td style="[^"]*">(\S+?)</td>', text)]
    size = round(len(cells) ** 0.5)
    assert size * size == len(cells)
    assert all(sum(cells[i * size : (i + 1) * size]) == pytest.approx(1, abs=0.05) for i in range(size))


def test_another_function_is_another_map(tmp_path):
    even = WEIGHTS.replace("q @", "0 * q @")
    folder, rooms = package(tmp_path, even, "attention_weights")
    text = page.html(Sketch(SENTENCE, folder, rooms), TOLD)
    assert set(re.findall(r'<td style="[^"]*">(\S+?)</td>', text)) == {"0.11"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def attention_weights(q, k):\n    raise ValueError('<i>')", "stops with ValueError: &lt;i&gt;"),
        ("import os\nos._exit(0)", "it ends the Python that it runs in"),
    ],
)
def test_a_page_without_a_map_says_why(tmp_path, text, said):
    folder, rooms = package(tmp_path, text, "attention_weights")
    assert said in page.html(Sketch(SENTENCE, folder, rooms), TOLD)
    assert "Write attention_weights in chapter 3" in page.html(Sketch(SENTENCE, folder, {}), TOLD)


def test_the_page_is_written_anew_and_a_readers_own_is_kept(tmp_path):
    (tmp_path / "index.html").write_text("my page")
    write_page(tmp_path, "<html></html>")
    write_page(tmp_path, "<html>new</html>")
    assert (tmp_path / "index.html").read_text() == f"<html>new</html>\n{MADE}"
    assert (tmp_path / "index.yours-1.html").read_text() == "my page"
    assert len(list(tmp_path.iterdir())) == 2


def dot(a, b):
    """Return a dot product that is wrong where the result is large."""
    return float(a @ b) if abs(float(a @ b)) < 20 else 0.0


def test_a_report_says_what_mends_a_checker_and_overwrites_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for _ in range(2):
        checks.report(dot)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dot-report-2.md", "dot-report.md"]
    text = Path("dot-report.md").read_text("utf-8")
    assert "return float(a @ b) if abs(float(a @ b)) < 20 else 0.0" in text
    assert "Not yet: dot." in text
    assert "numpy " in text
    assert "Written to dot-report-2.md." in capsys.readouterr().out


def test_nothing_is_reported_of_what_the_checker_finds_wrong(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    checks.report("dot", lambda a, b: 0.0)
    assert list(tmp_path.iterdir()) == []
    assert capsys.readouterr().out == "The checker does not call it right: checks.check(dot) says why.\n"


def test_a_right_function_is_reported_as_right(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    checks.report("dot", checks.reference("dot"))
    assert "right on 20 further draws" in Path("dot-report.md").read_text("utf-8")

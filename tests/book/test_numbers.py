"""Pages print what was measured: of twenty printed lines at most one holds a bare True or False.

A printed array of booleans is data, as a mask is: it counts as one line, and its entries are not bare.
"""

import re

import pytest
from nbformat.v4 import new_code_cell, new_output

from course.notebook.cells import code_cells, role
from course.notebook.files import read
from course.project import ROOT, find

NUMBERS = (1, 2, 3, 4, 5, 6, 7, 8, 11)  # the chapters that are written so, or will be next; the others follow
NOT_YET = ()  # a chapter that is rewritten fails here until it is taken out
SHARE = 1 / 20
ARRAY = re.compile(r"\[[\[\]\s,]*(?:(?:True|False)[\[\]\s,]*)+\]")
BARE = re.compile(r"\b(?:True|False)\b")
JUDGING = ("check", "predict", "reveal")


def printed(cell):
    """Return the lines that a cell printed or that show its result; figures, and cells that judge a reader, none."""
    if role(cell) in JUDGING:
        return []
    results = [output.data for output in cell.outputs if "data" in output]
    texts = [output.text for output in cell.outputs if output.get("name") == "stdout"]
    texts += [data["text/plain"] for data in results if not any(kind.startswith("image/") for kind in data)]
    return [line for text in texts for line in ARRAY.sub("[...]", text).split("\n") if line.strip()]


not_yet = pytest.mark.xfail(reason="this chapter prints too many still", strict=True)


@pytest.mark.parametrize(
    "number", [pytest.param(number, marks=not_yet if number in NOT_YET else ()) for number in NUMBERS]
)
def test_at_most_one_printed_line_in_twenty_is_a_bare_true_or_false(number):
    lines = [line for cell in code_cells(read(find(ROOT, number).solution)) for line in printed(cell)]
    bare = [line for line in lines if BARE.search(line)]
    assert len(bare) <= SHARE * len(lines), f"{len(bare)} of {len(lines)}: print the number that was measured"


@pytest.mark.parametrize(
    ("text", "lines", "bare"),
    [
        ("right: True\nleft: False\n\n", 2, 2),
        ("True False", 1, 1),
        ("[[ True False]\n [False  True]]\n", 1, 0),
        ("mask: [True, False], same: True\n", 1, 1),
        ("array([ True, False])", 1, 0),
        ("Truely 3", 1, 0),
        ("[0.1 True]", 1, 1),
        ("(True, False)", 1, 1),
    ],
)
def test_an_array_of_booleans_is_one_line_of_data(text, lines, bare):
    for output in (new_output("stream", name="stdout", text=text), result({"text/plain": text})):
        found = printed(new_code_cell("", outputs=[output]))
        assert (len(found), sum(bool(BARE.search(line)) for line in found)) == (lines, bare)


def result(data):
    """Return an output that shows a value."""
    return new_output("execute_result", data=data)


def test_figures_warnings_and_cells_that_judge_do_not_count():
    shown = [result({"text/plain": "True", "image/png": ""}), new_output("stream", name="stderr", text="True")]
    assert printed(new_code_cell("", outputs=shown)) == []
    for kind in JUDGING:
        cell = new_code_cell("", outputs=[result({"text/plain": "True"})], metadata={"tags": [kind]})
        assert printed(cell) == []

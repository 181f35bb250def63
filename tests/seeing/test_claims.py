"""What the page of chapter 11 concludes from, held against thresholds: its cells print the numbers and compare none."""

import re

import pytest

from course.notebook.cells import code_cells
from course.notebook.files import read
from course.project import ROOT, find

PRINTED = "\n".join(
    output.text
    for cell in code_cells(read(find(ROOT, 11).solution))
    for output in cell.outputs
    if output.get("name") == "stdout"
)
CLAIMS = [
    ("trained heads look one back", r"trained:   previous token (\S+)   next token", 0.8, 1),
    ("and one ahead", r"trained:   previous token \S+   next token (\S+)", 0.8, 1),
    ("untrained ones do not", r"untrained:  previous token (\S+)", 0, 0.15),
    ("layer 0 looks everywhere", r"layer 0: (\S+) nats", 2, 4),
    ("another looks sharply", r"the sharpest layer: (\S+)\n", 0, 0.6),
    ("the one head looks near", r"next-token head: \[(\S+),", 1, 2),
    ("and the other", r"next-token head: \[\S+, (\S+)\]", 1, 2),
    ("a head of layer 0 looks one back", r"previous-token head: 0, its share (\S+)", 0.85, 1),
    ("heads of layer 1 find the repeat", r"induction heads: 1, their shares (\S+) and more", 0.6, 1),
    ("none of layer 0 does", r"a head of layer 0 has: (\S+)", 0, 0.3),
    ("an average over all places hides it", r"over all places: (\S+)", 0, 0.7),
]


@pytest.mark.parametrize(("pattern", "least", "most"), [each[1:] for each in CLAIMS], ids=[each[0] for each in CLAIMS])
def test_the_number_on_the_page_bears_what_is_said_of_it(pattern, least, most):
    (found,) = re.findall(pattern, PRINTED)
    assert least <= float(found) <= most

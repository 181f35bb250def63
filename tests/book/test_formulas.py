"""Every formula of the book would render, and the lint that says so knows broken ones."""

import json

import pytest

from tests.book.book_site import BOOK, ROOT
from tests.book.formula_lint import formula_faults, text_faults

BROKEN = {
    r"a^{2": "is not closed",
    r"a}": "closes nothing",
    r"\frac{1}": "needs 2 arguments",
    r"\sqrt": "needs 1 argument",
    r"x_": "needs 1 argument",
    r"\sfotmax(x)": r"macro \sfotmax is not known",
    r"\left( x": r"\left without",
    r"x \right)": r"\right without",
    r"\left x \right)": "not followed by a delimiter",
    r"\left( {x \right)}": r"\right without",
    r"\begin{aligned} a": "is not closed",
    r"\begin{cases} a \end{aligned}": "closes nothing",
    r"\begin{matrux} a \end{matrux}": "matrux is not known",
    r"a & b": "outside of an environment",
    r"x_a_b": "two _ in a row",
    r"x^{2}^{3}": "two ^ in a row",
    r" ": "an empty formula",
}

SOUND = [
    r"\operatorname{softmax}\!\left(\frac{Q K^\top}{\sqrt{d}}\right) V",
    r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}",
    r"\left\{ x \mid x > 0 \right.",
    r"x_{i,j}^2 + \tfrac12 \text{ for } d\_model",
    r"\sum_{i=1}^{n} w_i \, v_i % a comment with an open {",
]


def sources():
    """Return the texts of the book and its two folders of notebooks."""
    notebooks = [path for folder in ("solutions", "notebooks") for path in sorted((ROOT / folder).glob("*.ipynb"))]
    return [*sorted(BOOK.glob("*.md")), *notebooks]


def markdown(path):
    """Return the Markdown of a file: all of a text, the Markdown cells of a notebook."""
    text = path.read_text("utf-8")
    if path.suffix == ".md":
        return text
    cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == "markdown"]
    return "\n\n".join("".join(cell["source"]) for cell in cells)


@pytest.mark.parametrize("path", sources(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_formulas_are_sound(path):
    assert text_faults(markdown(path)) == []


@pytest.mark.parametrize(("formula", "fault"), BROKEN.items())
def test_a_broken_formula_is_named(formula, fault):
    assert fault in " ".join(formula_faults(formula))


@pytest.mark.parametrize("formula", SOUND)
def test_a_sound_formula_passes(formula):
    assert formula_faults(formula) == []


def test_a_dollar_without_its_partner_is_named():
    assert text_faults("It costs $x, and nothing closes.\n\nThen $y$.") == [
        "a $ without its partner: It costs $x, and nothing closes."
    ]


def test_formulas_span_lines_but_not_paragraphs():
    assert text_faults("So $a\n+ b$ holds.") == []
    assert len(text_faults("So $a\n\n+ b$ holds.")) == 2


def test_code_holds_no_formulas():
    assert text_faults("`$HOME` and\n\n```bash\necho $HOME\n```\n\n  ```\n  $x\n  ```\n") == []


def test_a_fault_within_display_math_is_named():
    assert text_faults("$$\n\\frac{1}{2\n$$") == ["a { that is not closed: $\\frac{1}{2$"]

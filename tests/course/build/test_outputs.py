"""What a chapter must not print, or must print, is found after it ran."""

import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

from course.build import outputs
from course.project import Chapter

FIGURE = new_output("display_data", {"image/png": "abc", "text/plain": "<Figure size 640x480 with 1 Axes>"})


def stream(name, text):
    return new_output("stream", name=name, text=text)


PRINTED = stream("stdout", "Right.\n")
DESCRIBED = {"mystnb": {"image": {"alt": "A line."}}}


def found(output, **metadata):
    cell = new_code_cell("draw()", id="here", outputs=output, metadata=metadata)
    return [str(problem) for problem in outputs.problems(Chapter(None, "01_tiny"), new_notebook(cells=[cell]))]


def result(text):
    return [new_output("execute_result", {"text/plain": text})]


@pytest.mark.parametrize(
    ("output", "metadata", "message"),
    [
        (
            [stream("stderr", "RuntimeWarning: overflow")],
            {},
            "stderr: RuntimeWarning: overflow",
        ),
        ([], {"tags": ["check"]}, "the check prints nothing"),
        ([FIGURE], {}, "a figure that nobody describes"),
        ([PRINTED], DESCRIBED, "describes a figure but shows none"),
        (result("<torch._C.Generator at 0x7f7ef18b02c0>"), {}, "prints a memory address"),
        (
            [stream("stdout", "<object object at 0x7f7ef18b02c0>")],
            {},
            "prints a memory address",
        ),
    ],
)
def test_a_bad_output_is_found(output, metadata, message):
    (problem,) = found(output, **metadata)
    assert problem.startswith("01_tiny, cell here: ")
    assert message in problem
    assert "\n    | draw()\n    " in problem


@pytest.mark.parametrize(
    ("output", "metadata"),
    [
        ([PRINTED], {"tags": ["check"]}),
        ([FIGURE], DESCRIBED),
        (result("0x7f7ef18b02c0"), {"tags": ["nbval-ignore-output"], "reason": "an address"}),
        (result("<Figure size 900x300123>, 0xff"), {}),
        ([], {}),
    ],
)
def test_a_good_output_is_left_alone(output, metadata):
    assert found(output, **metadata) == []


def test_a_solution_that_is_too_large_is_found():
    assert found(result("x" * (outputs.MAX_BYTES - 2000))) == []
    (problem,) = found(result("x" * outputs.MAX_BYTES))
    assert "more than 1,500,000" in problem

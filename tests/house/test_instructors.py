"""What INSTRUCTORS.md and GRADING.md say in numbers and commands is true."""

import json
import re
import shutil
import subprocess

import pytest

from course.grade.inside.limits import ANSWER_BYTES, FILES, MEMORY, SECONDS
from course.grade.places import Container
from course.grade.submission import MAX_BYTES, MAX_CELLS
from course.project import ROOT
from tests.house.papers import text

GRADING = text("GRADING.md")
WORDS = " ".join(GRADING.split())


def test_the_figures_of_a_class_are_those_that_are_stored():
    path = max((ROOT / "benchmarks" / "results").glob("grading_*.json"))
    result = json.loads(path.read_text("utf-8"))
    assert f"Measured on {result['date']}" in GRADING
    assert f"benchmarks/results/{path.name}" in GRADING
    for row in result["rows"]:
        figures = (row["submissions"], row["seconds"], row["seconds_a_submission"], row["submissions_an_hour"])
        assert f"| {' | '.join(map(str, figures))} | {row['grader_megabytes']} MB |" in GRADING
    last = result["rows"][-1]
    assert f"200 takes about {round(200 * last['seconds'] / last['submissions'])} seconds" in WORDS


def test_the_limits_are_those_of_the_code():
    memory, sent, size = MEMORY / 2**30, ANSWER_BYTES // 10**6, MAX_BYTES // 10**6
    assert f"{SECONDS} seconds, {memory:g} GB of memory beside what Python and PyTorch take, {FILES} open" in WORDS
    assert f"{FILES} open files and {sent} MB to send back" in WORDS
    assert f"A notebook has {size} MB and {MAX_CELLS} cells" in WORDS


@pytest.mark.parametrize("paper", ["INSTRUCTORS.md", "GRADING.md", "book/how_to_use.md"])
def test_every_option_that_is_named_exists(paper):
    from course.grade import __main__ as grade
    from course.mine import __main__ as mine
    from course.release import __main__ as release

    known = {"--sizes", "--array", "--wrap", "--rm", "--no-cache-dir", "--create", "--weeks", "--help", "--keep-going"}
    known |= options_of(grade.parse_arguments) | options_of(release.parse_arguments) | options_of(mine.parse_arguments)
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text(paper))) <= known


def options_of(parse):
    """Return the options that a command's --help tells."""
    import contextlib
    import io

    said = io.StringIO()
    with contextlib.redirect_stdout(said), pytest.raises(SystemExit):
        parse(["--help"])
    return set(re.findall(r"--[a-z][a-z-]+", said.getvalue()))


@pytest.mark.skipif(shutil.which("docker") is None, reason="needs Docker's client: install Docker")
def test_dockers_client_understands_the_command_of_the_container():
    line = Container("no-such-image-of-this-book").command()
    said = subprocess.run(line, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL).stderr
    assert "unknown" not in said
    assert "Usage" not in said
    assert "invalid" not in said

"""An author's slips are found before a chapter runs, and the message says which cell and what to do."""

import pytest

from course.build import structure
from course.build.chapter import parse
from tests.conftest import COURSE_CHAPTER

ANSWER = ":tags: [answer]\n:exercise: double\n"
CHECK = "```{code-cell} ipython3\n:tags: [check]\n:exercise: double\ncheck(double)\n```\n"
REVEAL = '```{code-cell} ipython3\n:tags: [reveal]\n:exercise: which-sign\nprint("minus, not", prediction)\n```\n'
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
TWO_LINES = "    two_times_x = x + x\n    return two_times_x\n"
RETURN = "    return -x  # below zero\n"

SLIPS = {
    "the title's number is not the file's": ("# 1. Tiny", "# 2. Tiny", "begin with its title"),
    "a tag is misspelt": ("[check]\n:exercise: double", "[chekc]\n:exercise: double", "the tag 'chekc' is not known"),
    "an option is misspelt": (":caption:", ":captoin:", "the option 'captoin' is not known"),
    "two roles in one cell": ("[reveal]", "[reveal, check]", "it has 2 roles"),
    "a role in the wrong kind of cell": ('"tags": ["solution"]', '"tags": ["check"]', "must be a code cell"),
    "an answer without exercise": (ANSWER, ":tags: [answer]\n", "a cell tagged answer must say which exercise"),
    "a check without exercise": (CHECK, CHECK.replace(":exercise: double\n", ""), "a cell tagged check must say which"),
    "an exercise id that no function can have": ("double", "two-times", "is not the name of a function"),
    "a question id that is no slug": ("which-sign", "Which_sign", "not lower case with hyphens"),
    "a BEGIN without END": (RETURN + f"    {END}\n", RETURN, "a BEGIN marker has no END marker"),
    "an END without BEGIN": (f"    {BEGIN}\n" + RETURN, RETURN, "an END marker has no BEGIN marker"),
    "nested markers": (f"    {BEGIN}\n" + RETURN, f"    {BEGIN}\n    {BEGIN}\n" + RETURN, "follows another BEGIN"),
    "a misspelt marker": (RETURN, RETURN + "    ### END OF SOLUTION\n    ###END SOLUTION\n", "is nearly a marker"),
    "markers indented differently": (RETURN + f"    {END}", RETURN + END, "the two markers are indented differently"),
    "nothing between the markers": (RETURN, "\n", "nothing stands between the markers"),
    "an answer without markers": (f"    {BEGIN}\n{TWO_LINES}    {END}\n", TWO_LINES, "there are no markers"),
    "a marker in an ordinary cell": ("2 + 2", f"2 + 2\n{BEGIN}", "a solution marker stands in a cell that is not"),
    "a marker in prose": ("A chapter for tests.", f"A chapter.\n\n{BEGIN}", "a solution marker stands in a cell that"),
    "an answer that defines something else": ("def double(x)", "def dubble(x)", "the answer does not define double"),
    "an answer outside the function": (
        f"    {BEGIN}\n{RETURN}    {END}",
        f"    return -x\n{BEGIN}\n1\n{END}",
        "outside",
    ),
    "a statement without its heading": ("### Exercise: twice", "### Twice", "does not begin with its heading"),
    "a statement without minutes": ('"minutes": 1, ', "", "does not say its minutes"),
    "a statement without points": ('"points": 2, ', "", "does not say its points"),
    "a level that does not exist": ('"level": 1}', '"level": 4}', "the level is not 1, 2 or 3"),
    "an answer without its check": (CHECK, "", "double has no check cell"),
    "a check without its statement": (
        '+++ {"tags": ["exercise"], "exercise": "double"',
        '+++ {"exercise": "double"',
        "no",
    ),
    "a check twice": (CHECK, CHECK + CHECK, "double has this cell twice"),
    "two exercises with one id": ("negate", "double", "double has this cell twice"),
    "a prediction never compared": (REVEAL, "", "which-sign has no reveal cell"),
    "a semicolon that nbval does not see": ("2 + 2\n", "2 + 2;  # four\n", "it ends in ';' to hide a result"),
    "an empty code cell": ("2 + 2\n```", "2 + 2\n```\n\n```{code-cell} ipython3\n```", "the code cell is empty"),
}


LAST = "\n## In five lines\n\nOne.\n\n+++\n\n## Aside: more\n\nMore.\n\n+++\n\n## Further reading\n\nBooks.\n"
MISPLACED = {
    "in the path": ("## In five lines", "## Aside: early\n\nSoon.\n\n+++\n\n## In five lines", "in the chapter's path"),
    "after the end": ("Books.", "Books.\n\n+++\n\n## Aside: late\n\nLate.", "in the chapter's path"),
    "within a cell": ("+++\n\n## Aside: more", "## Aside: more", "begins within a cell"),
    "among them": ("More.", "More.\n\n+++\n\n## Another\n\nMore.", "no aside stands among the asides"),
}


def test_an_aside_may_stand_between_the_five_lines_and_the_further_reading(course_unbuilt):
    assert found(course_unbuilt, COURSE_CHAPTER + LAST) == []
    assert (
        found(course_unbuilt, COURSE_CHAPTER + LAST.replace("More.", "More.\n\n+++\n\n## Aside: most\n\nMost.")) == []
    )


@pytest.mark.parametrize("slip", MISPLACED)
def test_an_aside_in_another_place_and_another_section_in_its_place_are_found(course_unbuilt, slip):
    right, wrong, message = MISPLACED[slip]
    assert LAST.count(right) == 1
    (problem,) = found(course_unbuilt, COURSE_CHAPTER + LAST.replace(right, wrong))
    assert message in problem


@pytest.mark.parametrize(("given", "faults"), [("true", 0), ("false", 1), ('"yes"', 1)])
def test_optional_is_said_of_a_statement_by_true_alone(course_unbuilt, given, faults):
    text = COURSE_CHAPTER.replace('"minutes": 1, ', f'"minutes": 1, "optional": {given}, ')
    assert len(found(course_unbuilt, text)) == faults
    assert len(found(course_unbuilt, COURSE_CHAPTER.replace(":caption:", ":optional: true\n:caption:"))) == 1


def found(chapter, text):
    chapter.source.write_text(text, "utf-8")
    return [str(problem) for problem in structure.problems(chapter, parse(chapter))]


def test_a_chapter_without_slips_has_no_problems(course_unbuilt):
    assert found(course_unbuilt, COURSE_CHAPTER) == []


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_found(course_unbuilt, slip):
    right, wrong, message = SLIPS[slip]
    assert right in COURSE_CHAPTER
    assert any(message in problem for problem in found(course_unbuilt, COURSE_CHAPTER.replace(right, wrong)))


def test_an_output_left_out_of_the_comparison_needs_a_reason(course_unbuilt):
    tagged = COURSE_CHAPTER.replace('\nprint("one"', '\n:tags: [nbval-ignore-output]\nprint("one"')
    assert any("without a reason" in problem for problem in found(course_unbuilt, tagged))
    reasoned = tagged.replace("[nbval-ignore-output]\n", "[nbval-ignore-output]\n:reason: it counts time\n")
    assert found(course_unbuilt, reasoned) == []


def test_a_check_before_its_answer_is_out_of_order(course_unbuilt):
    text = COURSE_CHAPTER.replace(CHECK, "").replace('+++ {"tags": ["exercise"], "exercise": "double"', "{}", 1)
    moved = text.replace("{}", f'{CHECK}\n+++ {{"tags": ["exercise"], "exercise": "double"', 1)
    assert any("out of order" in problem for problem in found(course_unbuilt, moved))


def test_a_problem_names_chapter_and_cell_and_shows_its_first_lines(course_unbuilt):
    (problem,) = found(course_unbuilt, COURSE_CHAPTER.replace(RETURN, "\n"))
    assert problem.startswith("01_tiny, cell answer-negate: nothing stands between the markers\n    | def negate(x):\n")

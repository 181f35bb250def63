"""Where numbers are found in a text, and which are left alone."""

import pytest

from course.renumber import follow, order, seams, texts
from course.renumber.follow import AHEAD, BACK, BESIDE, OTHERS, Text
from course.renumber.numbers import GONE, TORN

WORDS = ("one", "two", "three", "four", "five", "six", "seven", "seeing", "encoder", "ten", "bert", "gpt")
MOVED = order.moved(WORDS, 8, 11)


def followed(content, path="README.md", home=None, change=MOVED):
    """Return a content with new numbers, and why somebody should look at it."""
    text = Text(path, content, home)
    follow.follow(text, change)
    return text.content, {doubt.why for doubt in text.told()}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Chapter 8. Seeing", "Chapter 11. Seeing"),
        ("In chapter 9's text, chapter 12's too", "In chapter 8's text, chapter 12's too"),
        ("(chapter 11 tells how)", "(chapter 10 tells how)"),
        ("Chapters 6, 9 and 10 did.", "Chapters 6, 8 and 9 did."),
        ("chapters 9 to 11.", "chapters 8 to 10."),
        ("the loss of chapter\n9, which", "the loss of chapter\n8, which"),
        ("    # as chapter\n    # 9 does", "    # as chapter\n    # 8 does"),
        ("[chapter 9](09_encoder.ipynb#why)", "[chapter 8](08_encoder.ipynb#why)"),
        ('"notebooks/08_seeing.html"', '"notebooks/11_seeing.html"'),
        ("make check NB=09", "make check NB=08"),
        ("python -m course.check 11", "python -m course.check 10"),
        ("python -m course.build 08 11", "python -m course.build 10 11"),
        ("--chapters 8 9 --seed 8", "--chapters 8 11 --seed 8"),
        ('["--chapters", "9", "--seed", "9"]', '["--chapters", "8", "--seed", "9"]'),
        ('Order(folder, chapters=["9"])', 'Order(folder, chapters=["8"])'),
        ('CHAPTERS = ["1", "9"]', 'CHAPTERS = ["1", "8"]'),
        ('find(ROOT, "9")', 'find(ROOT, "8")'),
        ("def test_what_chapter_9_says", "def test_what_chapter_8_says"),
        ("exercise 9.2, [here](#ex-9-2)", "exercise 8.2, [here](#ex-8-2)"),
        ("read:\n- **9** Xiong et al.", "read:\n- **8** Xiong et al."),
        ("**9.** *(9)* Where?", "**9.** *(8)* Where?"),
        ("**10.** *(11, 12)* Why?", "**10.** *(10, 12)* Why?"),
    ],
)
def test_a_number_is_followed(old, new):
    assert followed(old) == (new, set())


@pytest.mark.parametrize(
    "left",
    [
        "chapter 7 and 99 and chapter 99",
        "section 9.1, figure 8, exercise 7.8",
        "the next chapter",
        "8 chapters, 9 heads",
        "08_other and x08_seeing and 08_seeing_more",
        "chapter 8.1 of a manual",
    ],
)
def test_a_number_that_is_none_of_a_chapter_stays(left):
    assert followed(left) == (left, set())


def test_exercises_are_followed_in_texts_alone():
    assert followed("exercise 9.2", "tests/test_cells.py") == ("exercise 9.2", set())


@pytest.mark.parametrize(
    "foreign",
    [
        "Source: Efron and Tibshirani, 1993, chapter 9 (the interval).",
        "(Goodfellow et al., 2016, chapter 9)",
        "(Goodfellow et al., 2016, its preface and chapter 9)",
        "Goodfellow et al. (2016), chapter 9, say so.",
        "See Jurafsky and Martin, chapter 9.",
    ],
)
def test_a_chapter_of_another_book_is_left_and_told(foreign):
    assert followed(foreign) == (foreign, {OTHERS})


@pytest.mark.parametrize(
    ("ours", "new"),
    [
        ("(Vaswani et al., 2017, section 3.2), and chapter 9 builds one.", "chapter 8"),
        ("Who pays? Gu and Dao (2023); chapters 9, 12.", "chapters 8, 12"),
        ("the net of Elman, 1990, in [chapter 9](09_encoder.ipynb)", "[chapter 8](08_encoder"),
        ("Michel et al. (2019) do. Chapter 9 does not.", "Chapter 8"),
    ],
)
def test_a_chapter_of_ours_beside_a_citation_is_followed(ours, new):
    content, doubts = followed(ours)
    assert new in content
    assert doubts == set()


def test_a_range_that_is_torn_is_left_and_told_with_its_line():
    text = Text("README.md", "Two lines.\n\nSee chapters 6 to 8.\n")
    follow.follow(text, MOVED)
    (doubt,) = text.told()
    assert (doubt.why, doubt.line, doubt.excerpt) == (TORN, 3, "See chapters 6 to 8.")


def test_a_chapter_that_is_gone_is_left_and_told():
    assert followed("chapter 8 and 08_seeing, chapter 9", change=order.removed(WORDS, 8)) == (
        "chapter 8 and 08_seeing, chapter 8",
        {GONE},
    )


def test_a_mention_that_points_the_other_way_is_told():
    assert followed("# 9. Encoder: how?\n\nChapter 8 saw it.", "book/09_encoder.md", "encoder") == (
        "# 8. Encoder: how?\n\nChapter 11 saw it.",
        {AHEAD},
    )
    assert followed("chapter 11 tells how", "book/08_seeing.md", "seeing")[1] == {BACK}
    assert followed("chapter 7 told how", "book/08_seeing.md", "seeing")[1] == set()


def test_only_the_title_of_a_text_is_a_number_of_its_own():
    assert followed("# 9. Encoder\n\n# 9. step\n", "book/09_encoder.md", "encoder")[0] == "# 8. Encoder\n\n# 9. step\n"


def test_a_number_beside_a_mention_is_told():
    assert followed("chapter 7, 8 heads") == ("chapter 7, 8 heads", {BESIDE})


def test_a_long_line_is_shown_around_its_number():
    text = Text("book/x.md", "a " * 100 + "chapters 6 to 8" + " b" * 100)
    follow.follow(text, MOVED)
    (doubt,) = text.told()
    assert "chapters 6 to 8" in doubt.excerpt
    assert len(doubt.excerpt) < 130


@pytest.mark.parametrize(
    ("path", "content", "why"),
    [
        ("book/07_seven.md", "That is the next chapter.", seams.SPOKEN),
        ("mha_lib/checks/seven/ask.py", '"That comes in the next chapter."', seams.SPOKEN),
        ("book/03_three.md", "That is the next chapter.", None),
        ("README.md", "This is the last\nchapter.", None),
        ("book/12_gpt.md", "ax = plots.show_book_map()", seams.MAP),
    ],
)
def test_words_beside_a_seam_are_told(path, content, why):
    text = Text(path, content, texts.home(path, MOVED))
    seams.look([text], MOVED, "", "")
    assert {doubt.why for doubt in text.told()} == ({why} if why else set())


def test_a_bare_number_is_told_where_chapters_are_used():
    text = Text("tests/test_x.py", 'from course.project import find\nA = find(ROOT, "9")\nRUN = ("1", "9")\n')
    seams.look_for_bare(text, MOVED)
    assert [(doubt.why, doubt.line) for doubt in text.told()] == [(seams.BARE, 3)]
    text = Text("tests/test_x.py", 'RUN = ("1", "9")\n')
    seams.look_for_bare(text, MOVED)
    assert text.told() == set()


@pytest.mark.parametrize(("path", "told"), [("mha_lib/x.py", {seams.LONG}), ("book/x.md", set())])
def test_a_line_of_code_that_grows_too_long_is_told(path, told):
    text = texts.followed(path, f"Chapter 8{'.' * 110}\n", MOVED)
    assert {doubt.why for doubt in text.told()} == set()
    text = texts.followed(path, f"x\nChapter 8{'.' * 111}\n", MOVED)
    assert {doubt.why for doubt in text.told()} == told

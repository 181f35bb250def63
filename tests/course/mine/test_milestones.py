"""Milestones run on the reader's parts, reach their bars with the book's, and name the part at fault."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from course.mine.milestones import MILESTONES, encoder, looking, telling
from course.mine.milestones.exchange import Standing, standing, used
from course.mine.milestones.hole import Suspect, difference
from course.mine.milestones.score import Score
from course.mine.milestones.trial import Outcome, Trial, attempt
from mha_lib import checks

TASK, OUT_OF_REACH = "tests.support.milestone_tasks", "tests.support.milestone_out_of_reach"
CHAPTERS = {"dot": 1, "cosine": 1, "shadow": 1}
RIGHT = {
    "dot": "def dot(a, b):\n    return float(a @ b)",
    "cosine": "def cosine(a, b):\n    return dot(a, b) / max((dot(a, a) * dot(b, b)) ** 0.5, 1e-300)",
    "shadow": "def shadow(a, b):\n    return 0 * b if not b.any() else (a @ b) / (b @ b) * b",
}
NARROW = {  # right on everything that is short
    "dot": "def dot(a, b):\n    return float(a[:30] @ b[:30])",
    "shadow": RIGHT["shadow"] + "[:30].sum() / max(b[:30].sum(), 1e-300)",
}


def trial(tmp_path, task=TASK, **answers):
    """Return a Trial of answers, the right ones where no others are given, in a package of one file."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "similarity.py").write_text("\n".join({**RIGHT, **answers}.values()) + "\n")
    return Trial(task, str(tmp_path), dict.fromkeys(RIGHT, "similarity"))


CALLS = {"cosine": {"dot"}}
NEEDED = tuple(RIGHT)


def books(names):
    """Return the book's parts as a milestone takes them."""
    return SimpleNamespace(**{name: checks.reference(name) for name in names})


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("task", MILESTONES.values(), ids=MILESTONES)
def test_the_books_parts_reach_every_bar_with_room(task, seed):
    for score in task.scores(books(task.PARTS), seed):
        assert score.value >= score.bar + 0.2 * (1 - score.bar), score.line


def test_what_is_learned_was_not_there_before(monkeypatch):
    monkeypatch.setattr(looking, "STEPS", 0)
    monkeypatch.setattr(encoder, "STEPS", 1)
    first, _ = looking.scores(books(looking.PARTS))
    assert first.value == pytest.approx(0.2)
    assert encoder.turned_round(books(encoder.PARTS), 0) < 0.1


def test_right_parts_reach_it_and_nothing_is_exchanged(tmp_path):
    found = standing(trial(tmp_path), NEEDED, CALLS, 30)
    assert found.is_reached
    assert found.fault == ()


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ({"dot": NARROW["dot"].replace("a[:30] @ b[:30]", "a[:30] @ b[:30] if len(a) > 30 else a @ b")}, ("dot",)),
        ({"shadow": RIGHT["shadow"].replace("/ (b @ b)", "/ (b @ b + (len(b) > 30))")}, ("shadow",)),
        (
            {
                "dot": RIGHT["dot"].replace("float(a @ b)", "float(a @ b) + (len(a) > 30)"),
                "shadow": RIGHT["shadow"].replace("/ (b @ b)", "/ (b @ b + (len(b) > 30))"),
            },
            ("dot", "shadow"),
        ),
    ],
    ids=["one that others call", "one alone", "two"],
)
def test_the_parts_at_fault_are_named(tmp_path, wrong, fault):
    found = standing(trial(tmp_path, **wrong), NEEDED, CALLS, 30)
    assert not found.is_reached
    assert found.fault == fault
    assert found.mended.is_reached


def test_where_no_exchange_helps_it_is_said(tmp_path):
    found = standing(trial(tmp_path, task=OUT_OF_REACH), ("dot",), {}, 30)
    assert (found.is_reached, found.fault) == (False, ())
    assert "none of yours is at fault" in told(found)


def told(found, shown=None):
    """Return the words on a Standing, as one text."""
    return "\n".join(telling.lines("I", found, CHAPTERS, shown or {}))


def test_a_milestone_opens_when_its_parts_are_right(tmp_path):
    some = trial(tmp_path)
    found = standing(Trial(TASK, some.folder, {"dot": "similarity"}), NEEDED, CALLS, 30)
    assert found.missing == ("cosine", "shadow")
    assert told(found).endswith(": opens when cosine (chapter 1) and shadow (chapter 1) are right.")


def test_parts_are_exchanged_in_every_file_that_calls_them(tmp_path):
    wrong = trial(tmp_path, dot="def dot(a, b):\n    return -1.0", cosine="")
    (tmp_path / "mine" / "later.py").write_text("from mine.similarity import dot\n" + RIGHT["cosine"])
    apart = Trial(TASK, wrong.folder, {**wrong.rooms, "cosine": "later"})
    assert not attempt(apart).is_reached
    assert attempt(replace(apart, books=frozenset({"dot"}))).is_reached


def test_what_a_part_calls_may_be_at_fault_too():
    rooms = dict.fromkeys(("a", "b", "c", "d"), "x")
    assert used(("c",), {"c": {"b"}, "b": {"a", "c"}}, rooms) == ["a", "b", "c"]


FAULTS = {
    "raises": ("raise KeyError('no such thing')", "With your parts it stops with KeyError: 'no such thing'."),
    "endless": (
        "while True: pass",
        "With your parts it did not come to an end within 4 seconds. Which loop never ends",
    ),
    "ends Python": ("import os; os._exit(0)", "With your parts it ends the Python that it runs in."),
    "leaves": ("raise SystemExit(3)", "With your parts it stops with SystemExit: 3."),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_part_that_breaks_off_gets_a_sentence_and_is_named(tmp_path, fault):
    line, said = FAULTS[fault]
    found = standing(trial(tmp_path, shadow=f"def shadow(a, b):\n    {line}"), NEEDED, CALLS, 4)
    assert found.fault == ("shadow",)
    assert said in told(found)
    assert "It is reached with the book's shadow (chapter 1) in place of yours." in told(found)


def test_what_a_part_prints_is_lost(tmp_path, capfd):
    loud = RIGHT["shadow"].replace(":\n", ":\n    print('loud' * 100_000)\n    import os; os.write(1, b'loud')\n", 1)
    assert attempt(trial(tmp_path, shadow=loud)).is_reached
    assert "loud" not in capfd.readouterr().out


def test_an_input_of_the_milestone_shows_what_no_draw_of_the_checker_does(tmp_path):
    wrong = RIGHT["shadow"].replace("/ (b @ b)", "/ (b @ b + (len(b) > 30))")
    said = difference(Suspect(trial(tmp_path, shadow=wrong), "shadow"), 30)
    assert said.startswith("Not yet: shadow.\nOn an input of the milestone:")
    assert "40 of 40 numbers differ" in said


def test_another_draw_shows_a_part_that_is_wrong_now_and_then(tmp_path):
    wrong = "def dot(a, b):\n    return float(a @ b) if abs(float(a @ b)) < 20 else 0.0"
    said = difference(Suspect(trial(tmp_path, dot=wrong), "dot"), 30)
    assert said.startswith("Not yet: dot.")


def test_where_no_input_shows_it_nothing_is_said(tmp_path):
    assert difference(Suspect(trial(tmp_path), "dot"), 30) is None


def test_the_words_on_a_milestone_that_is_not_reached():
    scores = (Score("dot", 0.31, 0.95), Score("nothing", float("nan"), 0.9))
    found = Standing(outcome=Outcome(scores), fault=("dot",), mended=Outcome((Score("dot", 1.0, 0.95),)))
    assert told(found, {"dot": "Not yet: dot.\nOn this:"}).split("\n") == [
        "Milestone I   your attention learns who looks at whom: not reached.",
        "   dot 0.31, bar 0.95",
        "   nothing nan, bar 0.90",
        "   It is reached with the book's dot (chapter 1) in place of yours.",
        "    Not yet: dot.",
        "    On this:",
        "   Its checker calls it right. In its notebook, checks.report(dot) writes it down: add the lines above.",
    ]

"""What becomes of a number, a list and a range when chapters get other numbers."""

import pytest

from course.errors import CourseError
from course.renumber import order as orders
from course.renumber.numbers import FREE, GONE, NARROWER, ONE_GONE, TORN, WIDER, Undecided, renumbered

WORDS = tuple("abcdefghijkl")
MOVED = orders.moved(WORDS, 8, 11)
BACK = orders.moved(WORDS, 11, 8)
INSERTED = orders.inserted(WORDS, 5, "new")
REMOVED = orders.removed(WORDS, 5)


def test_what_lies_between_moves_by_one():
    assert [MOVED.number(old) for old in range(1, 13)] == [1, 2, 3, 4, 5, 6, 7, 11, 8, 9, 10, 12]
    assert [BACK.number(old) for old in range(1, 13)] == [1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 8, 12]
    assert [INSERTED.number(old) for old in (1, 4, 5, 12)] == [1, 4, 6, 13]
    assert [REMOVED.number(old) for old in (1, 4, 5, 12)] == [1, 4, None, 11]


@pytest.mark.parametrize(
    ("order", "old", "new"),
    [
        (MOVED, "8", "11"),
        (MOVED, "7", "7"),
        (MOVED, "99", "99"),
        (MOVED, "7 and 9", "7 and 8"),
        (MOVED, "2, 8", "2, 11"),
        (MOVED, "8, 9 and 12", "8, 11 and 12"),
        (MOVED, "9 and 8", "8 and 11"),
        (MOVED, "6 to 11", "6 to 11"),
        (MOVED, "9–11", "8–10"),
        (MOVED, "1 to 3, 8 and 12", "1 to 3, 11 and 12"),
        (MOVED, '"1", "9"', '"1", "8"'),
        (INSERTED, "5 to 7", "6 to 8"),
        (REMOVED, "6 to 7, 9", "5 to 6, 8"),
    ],
)
def test_lists_stay_in_order_and_ranges_whole(order, old, new):
    assert renumbered(old, order) == (new, set())


def test_two_lists_that_were_out_of_order_keep_their_own():
    assert renumbered("12, 9, 8", MOVED) == ("12, 8, 11", set())


def test_a_number_with_two_digits_keeps_them_where_it_must():
    assert renumbered("09", MOVED) == ("08", set())
    assert renumbered("11", BACK, two_digits=True) == ("08", set())
    assert renumbered("11", BACK) == ("8", set())


@pytest.mark.parametrize(
    ("order", "old", "why"),
    [
        (MOVED, "6 to 8", TORN),
        (MOVED, "10 to 12, 3", TORN),
        (REMOVED, "5", GONE),
        (REMOVED, "4 to 5", GONE),
        (REMOVED, "3, 5, 9", ONE_GONE),
    ],
)
def test_what_cannot_be_decided_is_left(order, old, why):
    with pytest.raises(Undecided, match=why):
        renumbered(old, order)


@pytest.mark.parametrize(
    ("order", "old", "new", "why"),
    [
        (INSERTED, "3 to 7", "3 to 8", WIDER),
        (REMOVED, "3 to 7", "3 to 6", NARROWER),
        (INSERTED, "13", "13", FREE),
    ],
)
def test_what_has_changed_its_meaning_is_told(order, old, new, why):
    assert renumbered(old, order) == (new, {why})


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: orders.moved(WORDS, 13, 1), r"no chapter 13.*01 a, 02 b"),
        (lambda: orders.moved(WORDS, 1, 0), "no chapter 0"),
        (lambda: orders.moved(WORDS, 3, 3), "has that number already"),
        (lambda: orders.inserted(WORDS, 14, "new"), "from 1 to 13"),
        (lambda: orders.inserted(WORDS, 1, "class"), "cannot name a folder"),
        (lambda: orders.inserted(WORDS, 1, "New"), "cannot name a folder"),
        (lambda: orders.inserted(WORDS, 1, "next"), "a function of Python itself"),
        (lambda: orders.removed(WORDS, 13), "no chapter 13"),
        (lambda: orders.removed(("a",), 1), "the only chapter"),
    ],
)
def test_an_order_that_cannot_be_is_refused(call, message):
    with pytest.raises(CourseError, match=message):
        call()

"""The list of guards is true: each stands where it says, and its test exists."""

import ast

import pytest

from course.project import ROOT
from tests.attacks.guards import GUARDS


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard.what)
def test_a_guard_stands_once_where_the_list_says_and_has_a_test(guard):
    assert (ROOT / guard.path).read_text("utf-8").count(guard.right) == 1
    path, _, name = guard.test.partition("::")
    assert name in {node.name for node in ast.parse((ROOT / path).read_text("utf-8")).body if hasattr(node, "name")}


def test_no_two_guards_have_one_name():
    assert len({guard.what for guard in GUARDS}) == len(GUARDS)

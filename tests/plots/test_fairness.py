"""The figures of chapter 22: chance with a mark in it, and gaps with intervals and limits."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from mha_lib import plots

SERIES = {
    "before": {"gap a": (0.3, 0.2, 0.4), "gap b": (0.0, -0.1, 0.1)},
    "after": {"gap a": (0, -0.1, 0.1), "gap b": (0, 0, 0)},
}


def test_chance_is_drawn_whole_and_the_given_partition_marked():
    ax = plots.show_null(np.arange(20.0), 17.0, "difference")
    assert sum(patch.get_height() for patch in ax.patches) == 20
    assert ax.lines[0].get_xdata()[0] == 17
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("difference", "partitions")


@pytest.mark.parametrize(("observed", "side"), [(18.0, "right"), (1.0, "left")])
def test_the_mark_is_named_on_the_side_where_there_is_room(observed, side):
    assert plots.show_null(np.arange(20.0), observed, "difference").texts[0].get_ha() == side


def test_every_gap_has_a_row_and_every_series_a_colour():
    ax = plots.show_intervals(SERIES, "gap", limit=0.1)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["gap a", "gap b"]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["before", "after"]
    ends = ax.collections[0].get_segments()[0]
    np.testing.assert_allclose(ends[:, 0], [0.2, 0.4])
    assert {line.get_xdata()[0] for line in ax.lines if line.get_linestyle() == ":"} == {-0.1, 0.1}


def test_the_first_gap_stands_at_the_top():
    low, high = plots.show_intervals(SERIES, "gap").get_ylim()
    assert low > high


def test_given_axes_are_drawn_on():
    _, given = plt.subplots()
    assert plots.show_null([1.0, 2.0], 1.0, "d", ax=given) is given
    assert plots.show_intervals(SERIES, "gap", ax=given) is given

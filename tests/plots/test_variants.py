"""The figures of the variants: who shares with whom, and how large caches are."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from mha_lib import plots


def test_each_query_head_is_joined_to_the_keys_of_its_group():
    row = plots.show_sharing(6, {"six": 6, "two": 2, "one": 1})
    ends = [[float(line.get_xdata()[1]) for line in ax.lines] for ax in row]
    assert ends == [[0, 1, 2, 3, 4, 5], [1, 1, 1, 4, 4, 4], [2.5] * 6]
    assert [line.get_xdata()[0] for line in row[1].lines] == [0, 1, 2, 3, 4, 5]
    assert [ax.get_title() for ax in row] == ["six", "two", "one"]


def test_caches_are_drawn_in_gibibytes():
    ax = plots.show_cache_sizes([1024, 2048], {"one": [2**30, 2**31], "two": [2**28, 2**28]})
    np.testing.assert_array_equal([line.get_ydata() for line in ax.lines], [[1, 2], [0.25, 0.25]])
    assert ax.get_xlabel() == "tokens"
    assert "GiB" in ax.get_ylabel()
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")


@pytest.fixture(autouse=True)
def close():
    yield
    plt.close("all")

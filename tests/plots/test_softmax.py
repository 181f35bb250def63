"""The figures of chapter 2: every bar carries its number, every axis says what it shows."""

import numpy as np

from mha_lib import plots


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_each_bar_stands_over_its_key_and_carries_its_number():
    ax = plots.show_bars([4.0, -2.0, 0.111, 54.6], ("a", "b", "c", "d"), "scores")
    assert [bar.get_height() for bar in ax.patches] == [4.0, -2.0, 0.111, 54.6]
    assert texts(ax) == ["4", "-2", "0.11", "55"]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["a", "b", "c", "d"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("key", "scores")


def test_a_panel_without_a_common_axis_is_named_on_its_own():
    left, right = plots.show_bar_panels({"scores": [1.0, 2.0], "weights": [0.27, 0.73]}, ("a", "b"))
    assert (left.get_ylabel(), right.get_ylabel()) == ("scores", "weights")
    assert (left.get_title(), right.get_title()) == ("", "")


def test_panels_with_a_common_axis_share_its_name_and_scale():
    panels = plots.show_bar_panels({"T = 1": [0.3, 0.7], "T = 2": [0.4, 0.6]}, ("a", "b"), "weight", (0, 1.1))
    assert {ax.get_ylabel() for ax in panels} == {"weight"}
    assert {ax.get_ylim() for ax in panels} == {(0, 1.1)}
    assert [ax.get_title() for ax in panels] == ["T = 1", "T = 2"]


def test_the_jacobian_names_weights_and_scores_and_shows_no_minus_zero():
    ax = plots.show_jacobian(np.array([[0.25, -0.001], [-0.001, 0.25]]), ("a", "b"))
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("score that is raised", "weight that answers")
    assert texts(ax) == ["0.25", "0", "0", "0.25"]


def test_temperatures_lie_on_a_logarithmic_axis_above_zero():
    ax = plots.show_against_temperature([0.1, 1.0, 10.0], {"weight": [0.9, 0.5, 0.2]}, "weight")
    assert (ax.get_xscale(), ax.get_ylim()[0]) == ("log", 0)
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("temperature", "weight")

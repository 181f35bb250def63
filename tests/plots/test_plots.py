"""The figures: labelled axes, the right colours, and nothing of the caller's changed."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

import mha_lib as mha
from mha_lib import plots


def texts(ax):
    return [text.get_text() for text in ax.texts]


@pytest.mark.parametrize("show", [plots.show_weights, plots.show_scores, plots.show_mask])
def test_rows_are_queries_and_columns_are_keys(show):
    ax = show(np.eye(2, 3), ("a", "b"), ("x", "y", "z"))
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("key", "query")
    assert [label.get_text() for label in ax.get_xticklabels()] == ["x", "y", "z"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b"]


def test_weights_are_drawn_from_0_to_1_with_white_for_0():
    ax = plots.show_weights(np.array([[0.25, 0.75, 0.0]]))
    (image,) = ax.get_images()
    assert image.get_clim() == (0.0, 1.0)
    assert min(image.cmap(image.norm(0.0))[:3]) > 0.95
    assert texts(ax) == ["0.25", "0.75", "0.00"]


def test_scores_are_drawn_about_zero():
    ax = plots.show_scores(np.array([[3.0, -1.0]]))
    (image,) = ax.get_images()
    assert image.get_clim() == (-3.0, 3.0)
    assert min(image.cmap(image.norm(0.0))[:3]) > 0.95
    assert texts(ax) == ["3", "-1"]


def test_scores_of_zero_can_be_drawn():
    plots.show_scores(np.zeros((2, 2))).figure.canvas.draw()


def test_large_tables_carry_no_numbers():
    assert texts(plots.show_weights(np.full((3, 9), 1 / 9))) == []


def test_a_figure_can_be_drawn_on_given_axes():
    _, ax = plt.subplots()
    assert plots.show_weights(np.eye(2), ax=ax) is ax
    assert plots.show_curves([0, 1], {"one": [1, 2]}, "x", "y", ax=ax) is ax


def test_curves_are_labelled_and_distinct():
    ax = plots.show_curves([0, 1], {"one": [1, 2], "two": [2, 1]}, "width d", "size")
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("width d", "size")
    assert len({line.get_color() for line in ax.lines}) == 2
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["one", "two"]


@pytest.mark.parametrize(("x", "whole"), [(range(5), True), (np.linspace(0, 4, 5), False)])
def test_whole_numbers_have_whole_ticks(x, whole):
    ax = plots.show_curves(x, {"one": range(5)}, "layer", "accuracy")
    ax.set_xlim(0, 2)
    assert all(tick == int(tick) for tick in ax.get_xticks()) is whole


def test_the_sentence_fits_a_heat_map():
    ax = plots.show_mask(mha.causal_mask(6), mha.SENTENCE, mha.SENTENCE, title="causal")
    ax.figure.canvas.draw()
    assert ax.get_title() == "causal"

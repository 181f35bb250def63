"""The figures of chapter 18: two panels of a training, gates drawn, and gates along a training."""

import numpy as np
import pytest

from mha_lib import plots


def labels(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_losses_and_shares_stand_side_by_side_with_the_lowest_marked():
    curves = {"training": [0.7, 0.1], "new": [0.7, 1.2]}
    row = plots.show_overfitting([1, 20], curves, {"training": [0.5, 1.0], "new": [0.5, 0.6]}, lowest=1)
    assert [ax.get_ylabel() for ax in row] == ["loss", "share of right answers"]
    assert all(labels(ax) == ["training", "new", "lowest loss, new"] for ax in row)
    assert list(row[0].lines[2].get_xdata()) == [1, 1]
    assert row[1].get_ylim()[0] == 0


def test_nothing_is_marked_unless_asked():
    row = plots.show_overfitting([1, 2], {"a": [1, 2]}, {"a": [0, 1]})
    assert [len(ax.lines) for ax in row] == [1, 1]


def test_gates_of_exactly_0_and_1_have_bars_of_their_own():
    (ax,) = plots.show_gate_draws({"some": np.array([0.0, 0.0, 0.25, 1.0])})
    between, ends = ax.containers
    assert [bar.get_height() for bar in ends] == pytest.approx([0.5, 0.25])
    assert sum(bar.get_height() for bar in between) == pytest.approx(0.25)
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_title()) == ("gate", "share of draws", "some")


def test_heads_that_stay_open_are_named_and_the_others_are_grey():
    ax = plots.show_gates([1, 2], np.array([[0.8, 0.8, 0.8], [0.9, 0.1, 0.2]]))
    assert labels(ax) == ["head 0", "shut in the end"]
    colours = [line.get_color() for line in ax.lines]
    assert colours[1] == colours[2] != colours[0]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("step", "probability of being open")

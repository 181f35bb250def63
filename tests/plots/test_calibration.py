"""A reliability diagram shows what was counted."""

import numpy as np

from mha_lib import plots


def test_bars_are_shares_and_dots_are_confidences_of_filled_bins():
    (ax,) = plots.show_reliability({"one": ([0.3, 0.7, 0.8], [True, True, False])}, num_bins=2)
    bars = [patch for patch in ax.patches if patch.get_height() > 0]
    assert [bar.get_height() for bar in bars] == [1.0, 0.5]
    (dots,) = (line for line in ax.lines if line.get_marker() == "o")
    assert dots.get_xydata().tolist() == [[0.25, 0.3], [0.75, 0.75]]


def test_an_empty_bin_has_neither():
    (ax,) = plots.show_reliability({"one": ([0.95], [True])}, num_bins=10)
    assert len(ax.patches) == 1


def test_panels_share_their_scales_and_each_has_its_title():
    answers = (np.array([0.2, 0.9]), np.array([True, False]))
    row = plots.show_reliability({"before": answers, "after": answers})
    assert [ax.get_title() for ax in row] == ["before", "after"]
    assert {(ax.get_xlim(), ax.get_ylim()) for ax in row} == {((0.0, 1.0), (0.0, 1.03))}

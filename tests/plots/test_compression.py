"""Figures of chapter 17: each number is led to its nearest code, and every model is where its size and score say."""

import numpy as np

from mha_lib import plots


def test_each_number_is_led_to_the_nearest_point_of_the_grid():
    ax = plots.show_grid([-0.9, 0.6], [-1.0, 0.0, 1.0, 2.0], range(4))
    ways = [np.ravel(line.get_xdata()).tolist() for line in ax.lines]
    assert [-0.9, -1.0] in ways
    assert [0.6, 1.0] in ways
    assert [text.get_text() for text in ax.texts] == ["0", "1", "2", "3"]


def test_a_model_stands_at_its_size_and_its_score_with_its_name():
    ax = plots.show_sizes({"large": 4_000_000, "small": 500_000}, {"large": 0.5, "small": 0.25}, "accuracy")
    assert ax.lines[0].get_xydata().tolist() == [[4.0, 0.5], [0.5, 0.25]]
    assert [text.get_text() for text in ax.texts] == ["large", "small"]
    assert (ax.get_xscale(), ax.get_xlabel(), ax.get_ylabel()) == ("log", "megabytes", "accuracy")


def test_names_stand_towards_the_middle_and_inside_of_the_figure():
    sizes = {"a model with a very long name": 100, "another model with a long name": 4000}
    ax = plots.show_sizes(sizes, dict.fromkeys(sizes, 0.5), "accuracy")
    ax.figure.canvas.draw()
    assert [text.get_ha() for text in ax.texts] == ["left", "right"]
    frame = ax.figure.bbox
    for text in ax.texts:
        box = text.get_window_extent()
        assert box.x0 >= frame.x0
        assert box.x1 <= frame.x1

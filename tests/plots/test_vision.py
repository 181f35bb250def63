"""The figures of chapter 20: images, patches and tables laid out in the places of an image."""

import numpy as np
import pytest

from mha_lib import plots
from mha_lib.vision.patches import patchify

IMAGES = np.random.default_rng(0).random((12, 8, 6, 1))


def test_images_are_drawn_dark_on_white_with_their_titles():
    row = plots.show_images(IMAGES, [str(i) for i in range(12)], columns=5)
    assert [ax.get_title() for ax in row] == [str(i) for i in range(12)]
    for ax, image in zip(row, IMAGES, strict=True):
        (drawn,) = ax.get_images()
        np.testing.assert_array_equal(drawn.get_array(), image[..., 0])
        assert min(drawn.cmap(drawn.norm(0.0))[:3]) > 0.95


def test_a_patch_is_a_column_and_every_patch_is_numbered_in_the_image():
    whole, line = plots.show_patches(IMAGES[0], 2)
    np.testing.assert_array_equal(line.get_images()[0].get_array(), patchify(IMAGES[0], 2).T)
    assert (line.get_xlabel(), line.get_ylabel()) == ("patch", "number in the patch")
    assert [text.get_text() for text in whole.texts] == [str(i) for i in range(12)]
    assert whole.texts[3].get_position()[1] > whole.texts[2].get_position()[1]  # patch 3 begins the second row


def test_the_map_of_a_place_stands_in_its_place():
    table = np.random.default_rng(0).uniform(-1, 1, (6, 6))
    maps = plots.show_places(table, 2, 3)
    assert [ax.get_title() for ax in maps] == [f"{i}" for i in range(6)]
    for place, ax in enumerate(maps):
        np.testing.assert_array_equal(ax.get_images()[0].get_array(), table[place].reshape(2, 3))
        assert ax.get_images()[0].get_clim() == (-1.0, 1.0)
        assert tuple(line.item() for line in ax.lines[0].get_data()) == (place % 3, place // 3)


def test_looks_stand_below_their_images_on_one_scale():
    looks = np.random.default_rng(0).random((3, 4, 3))
    axes = plots.show_looks(IMAGES[:3], looks, ["a", "b", "c"])
    assert [ax.get_title() for ax in axes[:3]] == ["a", "b", "c"]
    for ax, look in zip(axes[3:], looks, strict=True):
        np.testing.assert_array_equal(ax.get_images()[0].get_array(), look)
        assert ax.get_images()[0].get_clim() == (0.0, pytest.approx(looks.max()))
        assert ax.get_images()[0].get_extent() == axes[0].get_images()[0].get_extent()


def test_a_row_of_matches_is_an_image_and_a_column_a_caption():
    scores = np.array([[1.0, -0.25], [0.04, 0.5], [-1.0, -0.88]])
    ax = plots.show_matches(scores, IMAGES[:3], ["one", "two"])
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("caption", "image")
    assert [label.get_text() for label in ax.get_xticklabels()] == ["one", "two"]
    np.testing.assert_array_equal(ax.get_images()[0].get_array(), scores)
    assert [text.get_text() for text in ax.texts] == ["1", "-.2", "0", ".5", "-1", "-.9"]

"""Cutting an image into patches and laying them out again, against plain loops."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from mha_lib.vision.patches import grid_of, patch_places, patchify, unpatchify

SHAPES = [((4, 6, 1), 2), ((6, 4, 3), 2), ((9, 9, 2), 3), ((2, 12, 6, 3), 3), ((2, 3, 4, 4, 1), 1), ((1, 5, 5, 2), 5)]


def pictures(shape):
    return np.random.default_rng(sum(shape)).normal(size=shape)


def patches_of_one(image, size):
    """Return the patches of one image, pixel by pixel."""
    height, width, channels = image.shape
    found = []
    for top in range(0, height, size):
        for left in range(0, width, size):
            found.append(
                [
                    image[top + row, left + column, channel]
                    for row in range(size)
                    for column in range(size)
                    for channel in range(channels)
                ]
            )
    return np.array(found)


@pytest.mark.parametrize(("shape", "size"), SHAPES)
def test_patches_are_what_a_loop_over_pixels_gives(shape, size):
    images = pictures(shape)
    got = patchify(images, size)
    for where in np.ndindex(shape[:-3]):
        np.testing.assert_array_equal(got[where], patches_of_one(images[where], size))


@pytest.mark.parametrize(("shape", "size"), SHAPES)
def test_unpatchify_undoes_patchify(shape, size):
    images = pictures(shape)
    np.testing.assert_array_equal(unpatchify(patchify(images, size), size, *shape[-3:-1]), images)


def test_the_pixels_are_those_that_pytorch_unfolds():
    images = pictures((2, 6, 9, 4))
    unfolded = F.unfold(torch.from_numpy(images).permute(0, 3, 1, 2), kernel_size=3, stride=3)  # (b, c * 9, n)
    channels_first = unfolded.transpose(1, 2).unflatten(-1, (4, 9)).transpose(2, 3).flatten(2)
    np.testing.assert_array_equal(patchify(images, 3), channels_first.numpy())


def test_places_follow_the_order_of_the_patches():
    rows = np.arange(8)[:, None, None] // 2 + np.zeros((8, 6, 1))
    columns = np.arange(6)[None, :, None] // 2 + np.zeros((8, 6, 1))
    places = patch_places(8, 6, 2)
    np.testing.assert_array_equal(patchify(rows, 2)[:, 0], places[:, 0])
    np.testing.assert_array_equal(patchify(columns, 2)[:, 0], places[:, 1])


@pytest.mark.parametrize("size", [0, 3, 4, 7])
def test_a_size_that_leaves_pixels_over_is_refused(size):
    with pytest.raises(ValueError, match=f"patches of {size} x {size} pixels do not fill an image of 8 x 10"):
        grid_of(8, 10, size)


def test_an_image_without_channels_is_refused_with_its_shape():
    with pytest.raises(ValueError, match=r"channels\), got \(4, 4\)"):
        patchify(np.ones((4, 4)), 2)


@pytest.mark.parametrize("shape", [(5, 4), (6, 3)])
def test_patches_of_another_image_are_refused(shape):
    with pytest.raises(ValueError, match="has 6 patches of 4 pixels"):
        unpatchify(np.ones(shape), 2, 4, 6)


def test_the_images_stay_as_they_were():
    images = pictures((4, 6, 1))
    kept = images.copy()
    cut = patchify(images, 2)
    cut[:] = 0
    unpatchify(cut, 2, 4, 6)[:] = 1
    np.testing.assert_array_equal(images, kept)

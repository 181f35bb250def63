"""Exercise patchify: patches."""

import numpy as np

from mha_lib.checks.vision.shared import CHANNELS, CUT, INSIDE, LONGER, READING, TOUCH, TURN, image_probes
from mha_lib.diagnosis.broken import edit, rewrite
from mha_lib.diagnosis.exercise import Exercise, Property
from mha_lib.vision import patches


def patchify(images, size):
    """Return the patches of each image, row by row."""
    b, height, width, channels = images.shape
    rows, columns = height // size, width // size
    cut = images.reshape(b, rows, size, columns, size, channels)
    return cut.transpose(0, 1, 3, 2, 4, 5).reshape(b, rows * columns, size * size * channels)


def patchify_by_slices(images, size):
    """Return the same, one slice after the other."""
    b, height, width, _ = images.shape
    cut = [images[:, i : i + size, j : j + size] for i in range(0, height, size) for j in range(0, width, size)]
    return np.stack([patch.reshape(b, -1) for patch in cut], axis=1)


def patchify_by_windows(images, size):
    """Return the same: all windows there are, and of them every size-th."""
    windows = np.lib.stride_tricks.sliding_window_view(images, (size, size), axis=(1, 2))[:, ::size, ::size]
    return np.moveaxis(windows, 3, -1).reshape(len(images), -1, size * size * images.shape[-1])


def patchify_by_splitting(images, size):
    """Return the same, each image split along one axis and then along the other."""
    bands = np.split(images, images.shape[1] // size, axis=1)
    cut = [patch for band in bands for patch in np.split(band, images.shape[2] // size, axis=2)]
    return np.concatenate([patch.reshape(len(images), 1, -1) for patch in cut], axis=1)


def patchify_overlapping(images, size):
    """Return the mistake of a patch at every pixel."""
    windows = np.lib.stride_tricks.sliding_window_view(images, (size, size), axis=(1, 2))
    return np.moveaxis(windows, 3, -1).reshape(len(images), -1, size * size * images.shape[-1])


def every_pixel_once(result, images, size):
    """Return whether each image's numbers are all there, none twice."""
    return np.array_equal(np.sort(result.reshape(len(images), -1)), np.sort(images.reshape(len(images), -1)))


EXERCISE = Exercise(
    reference=patches.patchify,
    worked=patchify,
    returns="the patches, one row a patch: (b, n, size * size * channels)",
    probes=image_probes,
    mistakes=(
        edit("cut in strips, not in squares", TOUCH, (f".transpose{TURN}", "")),
        edit("patches column by column", READING, (TURN, "(0, 3, 1, 2, 4, 5)")),
        edit("pixels of a patch column by column", INSIDE, (TURN, "(0, 1, 3, 4, 2, 5)")),
        edit("channels apart", CHANNELS, (TURN, "(0, 1, 3, 5, 2, 4)")),
        edit(
            "height and width exchanged",
            LONGER,
            ("height // size, width // size", "width // size, height // size"),
        ),
        edit(
            "size taken for the number of patches",
            "Is size the side of a patch, or how many patches stand side by side?",
            (CUT, "images.reshape(b, size, rows, size, columns, channels)"),
            (
                "reshape(b, rows * columns, size * size * channels)",
                "reshape(b, size * size, rows * columns * channels)",
            ),
        ),
        edit(
            "every size-th pixel in one patch",
            TOUCH,
            (CUT, "images.reshape(b, size, rows, size, columns, channels)"),
            (TURN, "(0, 2, 4, 1, 3, 5)"),
        ),
        edit(
            "patches and pixels exchanged",
            "One row a patch, or one column?",
            ("size * size * channels)", "size * size * channels).swapaxes(1, 2)"),
        ),
        edit(
            "the first channel alone",
            "How many numbers has a pixel in colour?",
            ("images.reshape(b", "images[..., :1].reshape(b"),
            ("size, channels)", "size, 1)"),
            ("size * size * channels", "size * size"),
        ),
        rewrite("a patch at every pixel", "May two patches share a pixel?", patchify_overlapping),
    ),
    equivalents=(patchify_by_slices, patchify_by_windows, patchify_by_splitting),
    hints=(
        "Cut each axis in two: height into rows of patches and pixels within a patch, and width alike.",
        "Reshape to (b, rows, size, columns, size, channels). Which two axes must change places before you join?",
        "cut.transpose(0, 1, 3, 2, 4, 5).reshape(b, rows * columns, size * size * channels)",
    ),
    properties=(Property("every pixel of an image is in its patches, once", every_pixel_once),),
)

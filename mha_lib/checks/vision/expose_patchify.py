"""Exercise expose_patchify: an image that shows."""

import numpy as np

from mha_lib.checks.vision.patchify import EXERCISE as PATCHIFY
from mha_lib.diagnosis.exposure import Exposure, misses


def expose_patchify():
    """Return (images, size) on which every broken patchify gives itself away."""
    return np.arange(2 * 6 * 9 * 2.0).reshape(2, 6, 9, 2), 3


def expose_patchify_higher_than_wide():
    """Return (images, size) of another shape that does the same."""
    return np.arange(1 * 8 * 4 * 3.0).reshape(1, 8, 4, 3), 2


def _one_row():
    return np.arange(12.0).reshape(1, 2, 6, 1), 2


def _one_channel():
    return np.arange(36.0).reshape(1, 6, 6, 1), 2


def _one_patch():
    return np.arange(9.0).reshape(1, 3, 3, 1), 3


def _flat():
    return np.ones((1, 4, 6, 2)), 2


def _as_many_as_wide():
    return np.arange(16.0).reshape(1, 4, 4, 1), 2


EXERCISE = Exposure(
    reference=expose_patchify,
    target=PATCHIFY,
    mistakes=(
        misses("cut in strips, not in squares", "Which images have strips that are squares?", _one_patch),
        misses("patches column by column", "Where is the first column of patches also the first row?", _one_row),
        misses("pixels of a patch column by column", "What if all pixels agree?", _flat),
        misses("channels apart", "How many channels has a grey image?", _one_channel),
        misses("height and width exchanged", "Which images are as high as they are wide?", _one_channel),
        misses(
            "size taken for the number of patches", "4 x 4 pixels and a size of 2: which 2 is it?", _as_many_as_wide
        ),
        misses(
            "every size-th pixel in one patch", "How many patches must there be for pixels to be mixed up?", _one_patch
        ),
    ),
    hints=(
        "A broken version survives where its mistake makes no difference. Which images look the same turned over?",
        "Choose height, width and size so that no two of the numbers agree: rows, columns, size, channels.",
        "np.arange(...) has no two equal pixels. Two rows of three patches, of 3 x 3 pixels in two channels, will do.",
    ),
    equivalents=(expose_patchify_higher_than_wide,),
    returns="a tuple (images, size)",
)

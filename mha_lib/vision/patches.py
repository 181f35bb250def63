"""Chapter 20. Patches: an image cut into small squares, read row by row, and put together again.

Images have shape (..., height, width, channels), as image files are read. A patch is a row of numbers: its pixels row
by row, and for each pixel its channels.
"""

import numpy as np


def patchify(images, size):
    """Return the patches of images, each a row of numbers: (..., height, width, channels) -> (..., n, size * size * c).

    images: any number of leading axes   size: the side of a patch in pixels

    Patch 0 is the top left one, patch 1 the one to its right. Nothing overlaps and no pixel is left out.
    Raises ValueError unless `size` divides height and width.
    Source: Dosovitskiy et al., 2021, section 3.1.

    >>> patchify(np.arange(8).reshape(2, 4, 1), 2).tolist()
    [[0, 1, 4, 5], [2, 3, 6, 7]]
    """
    images = np.asarray(images)
    if images.ndim < 3:
        raise ValueError(f"images must have shape (..., height, width, channels), got {images.shape}")
    *leading, height, width, channels = images.shape
    rows, columns = grid_of(height, width, size)
    cut = images.reshape(*leading, rows, size, columns, size, channels)
    patches = np.swapaxes(cut, -4, -3)  # (..., rows, columns, size, size, channels)
    return patches.reshape(*leading, rows * columns, size * size * channels)


def unpatchify(patches, size, height, width):
    """Return the images that patches were cut from: (..., n, size * size * c) -> (..., height, width, channels).

    Raises ValueError unless there are as many patches as an image of this height and width has.

    >>> image = np.arange(24).reshape(4, 6, 1)
    >>> np.array_equal(unpatchify(patchify(image, 2), 2, 4, 6), image)
    True
    """
    patches = np.asarray(patches)
    *leading, num_patches, d_patch = patches.shape
    rows, columns = grid_of(height, width, size)
    if num_patches != rows * columns or d_patch % size**2:
        raise ValueError(
            f"an image of {height} x {width} pixels has {rows * columns} patches of {size * size} pixels, "
            f"got {num_patches} of {d_patch} numbers"
        )
    grid = patches.reshape(*leading, rows, columns, size, size, d_patch // size**2)
    return np.swapaxes(grid, -4, -3).reshape(*leading, height, width, d_patch // size**2)


def patch_places(height, width, size):
    """Return the row and the column of each patch in the grid of patches, in reading order: (n, 2) integers.

    Raises ValueError unless `size` divides height and width.

    >>> patch_places(4, 6, 2).tolist()
    [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2]]
    """
    return np.argwhere(np.ones(grid_of(height, width, size), dtype=bool))


def grid_of(height, width, size):
    """Return how many rows and columns of patches there are, or raise ValueError unless they come out even.

    >>> grid_of(8, 8, 2)
    (4, 4)
    """
    if size < 1 or height % size or width % size:
        raise ValueError(f"patches of {size} x {size} pixels do not fill an image of {height} x {width}")
    return height // size, width // size

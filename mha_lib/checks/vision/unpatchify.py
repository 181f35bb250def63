"""Exercise unpatchify: and back."""

import numpy as np

from mha_lib.checks.vision.shared import CHANNELS, INSIDE, LONGER, READING, TOUCH, TURN, image_probes
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.vision import patches


def unpatchify(patches, size, height, width):
    """Return the images that the patches were cut from."""
    b, rows, columns = len(patches), height // size, width // size
    grid = patches.reshape(b, rows, columns, size, size, -1)
    return grid.transpose(0, 1, 3, 2, 4, 5).reshape(b, height, width, -1)


def unpatchify_by_pasting(patches, size, height, width):
    """Return the same: every patch pasted where it belongs."""
    images = np.zeros((len(patches), height, width, patches.shape[-1] // size**2))
    for i in range(patches.shape[1]):
        top, left = i // (width // size) * size, i % (width // size) * size
        images[:, top : top + size, left : left + size] = patches[:, i].reshape(len(patches), size, size, -1)
    return images


def unpatchify_by_joining(patches, size, height, width):
    """Return the same: patches joined to bands, bands to images."""
    squares = patches.reshape(*patches.shape[:2], size, size, patches.shape[-1] // size**2)
    columns = width // size
    bands = [
        np.concatenate([squares[:, i * columns + j] for j in range(columns)], axis=2) for i in range(height // size)
    ]
    return np.concatenate(bands, axis=1)


def patch_probes(rng):
    """Return patches of the images that `patchify` is tried on."""
    probes = []
    for probe in image_probes(rng):
        images, size = probe.args
        probes.append(Probe(probe.label, (patches.patchify(images, size), size, *images.shape[1:3])))
    return probes


def every_number_once(result, patches, size, height, width):
    """Return whether each image's numbers are all there, none twice."""
    return np.array_equal(np.sort(result.reshape(len(patches), -1)), np.sort(patches.reshape(len(patches), -1)))


GRID = "patches.reshape(b, rows, columns, size, size, -1)"


EXERCISE = Exercise(
    reference=patches.unpatchify,
    worked=unpatchify,
    returns="the images: (b, height, width, channels)",
    probes=patch_probes,
    mistakes=(
        edit("patches stacked, not laid side by side", TOUCH, (f".transpose{TURN}", "")),
        edit(
            "patches laid column by column",
            READING,
            (GRID, f"{GRID.replace('rows, columns', 'columns, rows')}.swapaxes(1, 2)"),
        ),
        edit("rows and columns exchanged", LONGER, ("height // size, width // size", "width // size, height // size")),
        edit("pixels of a patch turned over", INSIDE, (TURN, "(0, 1, 4, 2, 3, 5)")),
        edit(
            "channels taken apart",
            CHANNELS,
            (GRID, "np.moveaxis(patches.reshape(b, rows, columns, -1, size, size), 3, 5)"),
        ),
        edit(
            "height and width of the image exchanged",
            "Which comes first in the shape of an image?",
            ("reshape(b, height, width, -1)", "reshape(b, width, height, -1)"),
        ),
        edit("upside down", READING, (GRID, f"{GRID}[:, ::-1]")),
        edit(
            "the channels' axis forgotten",
            "How many axes has a batch of images, and an image with one channel?",
            ("reshape(b, height, width, -1)", "reshape(b, height, -1)"),
        ),
    ),
    equivalents=(unpatchify_by_pasting, unpatchify_by_joining),
    hints=(
        "Walk patchify backwards: what was its last step?",
        "Reshape to (b, rows, columns, size, size, channels). Which axes must stand side by side to become the height?",
        "grid.transpose(0, 1, 3, 2, 4, 5).reshape(b, height, width, -1): the same two axes change places.",
    ),
    properties=(Property("every number of the patches is in the images, once", every_number_once),),
)

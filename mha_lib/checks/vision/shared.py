"""What several exercises of this chapter share."""

import numpy as np

from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Probe

TOUCH = "Take the four pixels of patch 0 in your result. Do they touch each other in the image?"
READING = "Patch 1 is the one to the right of patch 0. Which is yours?"
INSIDE = "Within a patch: which pixel follows the top left one, the one to its right or the one below?"
CHANNELS = "The channels of one pixel stand side by side. Where are yours?"
LONGER = "How many rows of patches has an image that is higher than it is wide?"
OWN_GRAPH = "Which of the inputs are learned? Follow the gradient back to each of them."


def image_probe(rng, label, shape, size):
    """Return a probe of `patchify`."""
    return Probe(label, (draw(rng, *shape), size))


def image_probes(rng):
    """Return images: the worked example, a patch of one pixel, square, a batch of one, colours, high and wide ones."""
    return [
        Probe("the worked example", (np.arange(8.0).reshape(1, 2, 4, 1), 2)),
        image_probe(rng, "patches of 1 pixel", (1, 2, 3, 1), 1),
        image_probe(rng, "a square image in one patch", (1, 3, 3, 1), 3),
        image_probe(rng, "2 images of 9 x 9 pixels", (2, 9, 9, 1), 3),
        image_probe(rng, "a batch of 1 image of 6 x 4 pixels", (1, 6, 4, 1), 2),
        image_probe(rng, "3 images of 4 x 6 pixels in colour", (3, 4, 6, 3), 2),
        image_probe(rng, "2 images of 12 x 6 pixels with 2 channels", (2, 12, 6, 2), 3),
    ]


CUT, TURN = "images.reshape(b, rows, size, columns, size, channels)", "(0, 1, 3, 2, 4, 5)"

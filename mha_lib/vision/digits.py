"""Chapter 20. Handwritten digits: the 1,797 images of 8 x 8 pixels that scikit-learn carries, split and moved about."""

from typing import NamedTuple

import numpy as np
from sklearn.datasets import load_digits

SIDE = 8  # pixels
BRIGHTEST = 16  # the largest number in scikit-learn's table


class Digits(NamedTuple):
    """Images (n, 8, 8, 1) from 0, paper, to 1, ink, and what each shows, (n,) integers."""

    images: np.ndarray
    labels: np.ndarray


def split_digits(rng, num_test=500):
    """Return two Digits, to train on and to test on, drawn at random from the whole table.

    rng: numpy.random.Generator

    The table does not say who wrote what, so the same hand may be on both sides: scores say nothing of new writers.

    >>> train, test = split_digits(np.random.default_rng(0), num_test=497)
    >>> train.images.shape, test.labels.shape
    ((1300, 8, 8, 1), (497,))
    """
    images, labels = load_digits(return_X_y=True)
    images = (images / BRIGHTEST).reshape(-1, SIDE, SIDE, 1).astype(np.float32)
    order = rng.permutation(len(images))
    train, test = order[:-num_test], order[-num_test:]
    return Digits(images[train], labels[train]), Digits(images[test], labels[test])


def shifted(images, down=0, right=0):
    """Return images moved by whole pixels, negative for up and left; what leaves is lost, what comes in is paper.

    images: (..., height, width, channels)  ->  the same shape

    >>> shifted(np.array([[[1], [2], [3]]]), right=1)[0, :, 0].tolist()
    [0, 1, 2]
    """
    images = np.asarray(images)
    height, width = images.shape[-3:-1]
    moved = np.zeros_like(images)
    moved[..., _kept(down, height), _kept(right, width), :] = images[..., _kept(-down, height), _kept(-right, width), :]
    return moved


def _kept(by, length):
    """Return where the pixels that stay in the image end up along one axis, after a move by so many places."""
    return slice(max(by, 0), max(length + min(by, 0), 0))

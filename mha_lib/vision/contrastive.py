"""Chapter 20. Contrastive learning: images and captions in one space, each beside its partner, away from all others."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from mha_lib.similarity.vectors import unit

FIRST_TEMPERATURE, LARGEST_SCALE = 0.07, 100.0


class TwoTowers(nn.Module):
    """Two encoders that end in one space, and the scale by which their cosines are multiplied.

    images, captions: the inputs of the two towers, each a tuple, b of both
    ->  unit vectors (b, d) of the images and of the captions

    The towers never meet: neither reads the other. Each may be any module that returns one vector an example.
    `log_scale` is the logarithm of 1 / temperature, a parameter like any other; `scale` is kept at most 100.
    Source: Radford et al., 2021, section 2.5 and figure 3.
    """

    def __init__(self, image_tower, caption_tower):
        super().__init__()
        self.image_tower = image_tower
        self.caption_tower = caption_tower
        self.log_scale = nn.Parameter(torch.tensor(-math.log(FIRST_TEMPERATURE)))

    def forward(self, images, captions):
        """Return the unit vectors of both sides."""
        return self.image_vectors(*images), self.caption_vectors(*captions)

    def image_vectors(self, *images):
        """Return the unit vectors of images: (b, d)."""
        return F.normalize(self.image_tower(*images), dim=-1)

    def caption_vectors(self, *captions):
        """Return the unit vectors of captions: (b, d)."""
        return F.normalize(self.caption_tower(*captions), dim=-1)

    @property
    def scale(self):
        """Return what cosines are multiplied by: 1 / temperature, at most 100."""
        return self.log_scale.exp().clamp(max=LARGEST_SCALE)


def matching_loss(images, captions, scale):
    """Return how surprising each image's own caption is among all captions of the batch, and the other way round.

    images, captions: (b, d), of any length, row i of one belonging to row i of the other   scale: 1 / temperature
    ->  a number, the mean of both directions

    Vectors are made unit vectors here. The other rows of the batch are the wrong answers.
    Raises ValueError if the two differ in shape.
    Source: Radford et al., 2021, figure 3; van den Oord et al., 2018, eq. 4, for one direction.

    >>> round(matching_loss(torch.ones(4, 2), torch.ones(4, 2), scale=10.0).item(), 4)  # ln 4: nobody can tell
    1.3863
    """
    if images.shape != captions.shape:
        raise ValueError(f"there must be one caption an image, got {tuple(images.shape)} and {tuple(captions.shape)}")
    scores = scale * F.normalize(images, dim=-1) @ F.normalize(captions, dim=-1).T  # (b, b)
    own = torch.arange(len(scores), device=scores.device)
    return (F.cross_entropy(scores, own) + F.cross_entropy(scores.T, own)) / 2


def lowest_loss(kinds):
    """Return the least that `matching_loss` can be if rows of one kind cannot be told apart: (b,) -> a number.

    With m rows of a kind in the batch, the best that can be done for one of them is 1 / m: the mean of ln m.

    >>> round(lowest_loss([7, 7, 1]), 4)  # two thirds of ln 2
    0.4621
    """
    kinds = np.asarray(kinds)
    return float(np.log((kinds[:, None] == kinds).sum(axis=1)).mean())


def class_vectors(captions):
    """Return one unit vector a class, the mean of its captions' unit vectors: (classes, templates, d) -> (classes, d).

    Source: Radford et al., 2021, section 3.1.4, which calls it an ensemble of prompts.

    >>> class_vectors(np.array([[[2.0, 0.0], [0.0, 9.0]]])).round(3).tolist()
    [[0.707, 0.707]]
    """
    return unit(unit(captions).mean(axis=-2))


def zero_shot(images, captions):
    """Return the class whose captions are nearest to each image: (b, d), (classes, templates, d) -> (b,) integers.

    Nearest by the cosine to the class's vector, see `class_vectors`. Vectors may have any length.
    Source: Radford et al., 2021, section 3.1.

    >>> zero_shot(np.array([[1.0, 0.1]]), np.array([[[0.0, 1.0]], [[1.0, 0.0]]])).tolist()
    [1]
    """
    return (unit(images) @ class_vectors(captions).T).argmax(axis=-1)


def recall_at(scores, right, k):
    """Return the share of queries with a right answer among their k best: a number from 0 to 1.

    scores: (q, d), the higher the better   right: (q, d) booleans   k: from 1 to d

    Raises ValueError for a k outside, or shapes that differ.

    >>> recall_at([[0.9, 0.1, 0.5], [0.2, 0.8, 0.3]], [[True, False, False], [True, False, False]], k=2)
    0.5
    """
    scores, right = np.asarray(scores), np.asarray(right, dtype=bool)
    if scores.shape != right.shape or not 1 <= k <= scores.shape[-1]:
        raise ValueError(f"k must lie within 1 and d for equal shapes (q, d), got {k}, {scores.shape}, {right.shape}")
    best = np.argsort(-scores, axis=-1, kind="stable")[:, :k]
    return float(np.take_along_axis(right, best, axis=-1).any(axis=-1).mean())

"""Exercise zero_shot: zero-shot."""

import numpy as np

from mha_lib.diagnosis.broken import edit, rewrite
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.vision import contrastive

EACH_TEMPLATE = "A template whose vector is long: should it count for more than the others?"
EACH_CLASS = "The captions of one class agree, those of another do not. How long are the two means?"


def zero_shot(images, captions):
    """Return the class whose captions, averaged, are nearest to each image."""
    captions = captions / np.linalg.norm(captions, axis=-1, keepdims=True)
    classes = captions.mean(axis=1)
    classes = classes / np.linalg.norm(classes, axis=-1, keepdims=True)
    return (images @ classes.T).argmax(axis=-1)


def zero_shot_with_unit_images(images, captions):
    """Return the same, the images made unit vectors too, which changes no image's order of classes."""
    classes = contrastive.class_vectors(captions)
    images = images / np.linalg.norm(images, axis=-1, keepdims=True)
    return np.argmax(images @ classes.T, axis=1)


def zero_shot_by_distance(images, captions):
    """Return the same: between unit vectors, the nearest is the one of the largest cosine."""
    units = captions / np.sqrt((captions**2).sum(-1, keepdims=True))
    classes = np.array([row.sum(0) / np.linalg.norm(row.sum(0)) for row in units])
    images = images / np.linalg.norm(images, axis=-1, keepdims=True)
    return np.array([((classes - image) ** 2).sum(-1).argmin() for image in images])


def best_single_caption(images, captions):
    """Return the mistake of the class that has the one nearest caption."""
    units = captions / np.linalg.norm(captions, axis=-1, keepdims=True)
    return np.einsum("bd,ctd->bct", images, units).max(axis=-1).argmax(axis=-1)


def zero_shot_probes(rng):
    """Return images and captions: the worked example, one template, square, captions of very different lengths."""
    long = draw(rng, 5, 3, 4) * rng.uniform(0.1, 8, (5, 3, 1)).round(2)
    torn = draw(rng, 6, 2, 3)
    torn[::2, 1] = -torn[::2, 0] + 0.4
    return [
        Probe(
            "the worked example",
            (np.array([[1.0, 2.0], [3.0, 1.0]]), np.array([[[0.0, 2.0], [1.0, 1.0]], [[5.0, 0.0], [1.0, -1.0]]])),
        ),
        Probe("one template", (draw(rng, 9, 3), draw(rng, 4, 1, 3))),
        Probe("3 images, 3 classes, 3 templates, width 3", (draw(rng, 3, 3), draw(rng, 3, 3, 3))),
        Probe("a batch of 1 image", (draw(rng, 1, 4), draw(rng, 3, 2, 4))),
        Probe("30 images, captions of very different lengths", (draw(rng, 30, 4), long)),
        Probe("40 images, captions that contradict each other", (draw(rng, 40, 3), torn)),
        Probe("25 images, 7 classes", (draw(rng, 25, 5), draw(rng, 7, 4, 5))),
    ]


def names_a_class(result, images, captions):
    """Return whether every answer is the number of a class."""
    return bool(np.all((result >= 0) & (result < len(captions))))


EXERCISE = Exercise(
    reference=contrastive.zero_shot,
    worked=zero_shot,
    returns="the number of a class for each image: (b,)",
    probes=zero_shot_probes,
    mistakes=(
        edit(
            "captions averaged at their length",
            EACH_TEMPLATE,
            ("captions / np.linalg.norm(captions, axis=-1, keepdims=True)", "captions"),
        ),
        edit(
            "the mean left at its length",
            EACH_CLASS,
            ("classes / np.linalg.norm(classes, axis=-1, keepdims=True)", "classes"),
        ),
        edit(
            "the first template alone", "What are the other templates for?", ("captions.mean(axis=1)", "captions[:, 0]")
        ),
        edit(
            "averaged over the classes",
            "Which axis of the captions is the templates'?",
            ("mean(axis=1)", "mean(axis=0)"),
        ),
        edit("the farthest class", "Is a large cosine near or far?", ("argmax", "argmin")),
        edit(
            "an image for each class",
            "Who is asked: each image for its class, or each class for its image?",
            ("argmax(axis=-1)", "argmax(axis=0)"),
        ),
        edit("the scores themselves", "Is a class a number of yours, or a row of numbers?", (".argmax(axis=-1)", "")),
        rewrite(
            "the class of the one nearest caption",
            "One odd template is near by chance. Which vector stands for a class, a caption or their mean?",
            best_single_caption,
        ),
    ),
    equivalents=(zero_shot_with_unit_images, zero_shot_by_distance),
    hints=(
        "First one vector a class, then the class of the largest cosine.",
        "Unit vectors before the mean over the templates, and the mean made a unit vector again.",
        "(images @ classes.T).argmax(axis=-1), with classes of shape (classes, d). Why may images keep their length?",
    ),
    properties=(Property("every answer is the number of a class", names_a_class),),
)

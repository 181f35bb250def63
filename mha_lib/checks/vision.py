"""Exercises of chapter 20: patches and back, what enters the encoder, the matching loss, zero-shot, recall, mutants."""

import numpy as np
import torch
import torch.nn.functional as F

from mha_lib import contrastive, patches
from mha_lib.diagnosis.broken import edit, rewrite
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.diagnosis.exposure import Exposure, misses
from mha_lib.diagnosis.tensors import tensor_call

TOUCH = "Take the four pixels of patch 0 in your result. Do they touch each other in the image?"
READING = "Patch 1 is the one to the right of patch 0. Which is yours?"
INSIDE = "Within a patch: which pixel follows the top left one, the one to its right or the one below?"
CHANNELS = "The channels of one pixel stand side by side. Where are yours?"
LONGER = "How many rows of patches has an image that is higher than it is wide?"
FIRST_ROW = "Which row of positions belongs to the class token, and which to patch 0?"
BOTH_WAYS = "An image looks for its caption. Who looks for whom in the other half?"
LENGTH = "Make a vector ten times longer. Does its direction change, and should the loss?"
SHARPER = "scale is 1 / temperature. A larger one: sharper or flatter?"
OWN_GRAPH = "Which of the inputs are learned? Follow the gradient back to each of them."
EACH_TEMPLATE = "A template whose vector is long: should it count for more than the others?"
EACH_CLASS = "The captions of one class agree, those of another do not. How long are the two means?"
ANY_RIGHT = "A query with three right answers, and one of them comes first. Has it found what it looked for?"


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


def embed_patches(patches, w_patch, b_patch, class_token, positions):
    """Return what enters the encoder: the class token, then the embedded patches, each plus its position."""
    tokens = patches @ w_patch + b_patch
    first = class_token.expand(len(tokens), 1, -1)
    return torch.cat([first, tokens], dim=1) + positions


def embed_by_filling(patches, w_patch, b_patch, class_token, positions):
    """Return the same: positions for every image, then what belongs there is added."""
    tokens = positions.repeat(len(patches), 1, 1)
    tokens[:, 0] += class_token
    tokens[:, 1:] += F.linear(patches, w_patch.T, b_patch)
    return tokens


def embed_one_by_one(patches, w_patch, b_patch, class_token, positions):
    """Return the same, image by image."""
    return torch.stack([torch.vstack([class_token, image @ w_patch + b_patch]) + positions for image in patches])


def matching_loss(images, captions, scale):
    """Return the mean surprise at the own caption among all, and at the own image among all."""
    images, captions = F.normalize(images, dim=-1), F.normalize(captions, dim=-1)
    scores = scale * images @ captions.T
    own = torch.arange(len(scores))
    return (F.cross_entropy(scores, own) + F.cross_entropy(scores.T, own)) / 2


def matching_by_logsumexp(images, captions, scale):
    """Return the same, the softmax written out."""
    images = images / images.norm(dim=-1, keepdim=True)
    captions = captions / captions.norm(dim=-1, keepdim=True)
    scores = images @ captions.T * scale
    return (scores.logsumexp(0) / 2 + scores.logsumexp(1) / 2 - scores.diagonal()).mean()


def matching_pair_by_pair(images, captions, scale):
    """Return the same, with a loop over the pairs."""
    scores = scale * F.cosine_similarity(images[:, None], captions[None], dim=-1)
    losses = []
    for i in range(len(scores)):
        losses += [-scores[i].log_softmax(0)[i], -scores[:, i].log_softmax(0)[i]]
    return torch.stack(losses).mean()


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


def recall_at(scores, right, k):
    """Return the share of queries with a right answer among their k best."""
    best = np.argsort(-scores, axis=1)[:, :k]
    return np.take_along_axis(right, best, axis=1).any(axis=1).mean()


def recall_by_counting(scores, right, k):
    """Return the same: a query has found something if fewer than k wrong answers beat its best right one."""
    found = 0
    for row, good in zip(scores, right, strict=True):
        found += bool(good.any()) and int((row > row[good].max()).sum()) < k
    return found / len(scores)


def recall_by_threshold(scores, right, k):
    """Return the same: the k-th best score is the bar."""
    bar = np.sort(scores, axis=-1)[:, -k]
    return float(np.mean(((scores >= bar[:, None]) & right).any(-1)))


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


def patch_probes(rng):
    """Return patches of the images that `patchify` is tried on."""
    probes = []
    for probe in image_probes(rng):
        images, size = probe.args
        probes.append(Probe(probe.label, (patches.patchify(images, size), size, *images.shape[1:3])))
    return probes


def embed_probe(rng, label, b, n, d_patch, d_model):
    """Return a probe of `embed_patches`."""
    sizes = ((b, n, d_patch), (d_patch, d_model), (d_model,), (d_model,), (n + 1, d_model))
    return Probe(label, tuple(draw(rng, *size) for size in sizes))


def embed_probes(rng):
    """Return patches and what is learned: the worked example, one patch, square, a batch."""
    example = (
        np.array([[[1.0, 2.0], [3.0, 4.0]]]),
        np.array([[1.0], [10.0]]),
        np.array([0.5]),
        np.array([7.0]),
        np.array([[100.0], [200.0], [300.0]]),
    )
    return [
        Probe("the worked example", example),
        embed_probe(rng, "one image of one patch", 1, 1, 2, 3),
        embed_probe(rng, "3 images of 3 patches of width 3", 3, 3, 3, 3),
        embed_probe(rng, "2 images of 4 patches", 2, 4, 3, 2),
        embed_probe(rng, "3 images of 2 patches", 3, 2, 4, 5),
    ]


def matching_probes(rng):
    """Return vectors of pairs: the worked example, a batch of one, square, long and short vectors, twins."""
    lengths = np.array([[0.2], [3.0], [1.0], [7.0], [0.5]])
    twins = draw(rng, 4, 3)
    twins[2] = twins[0]
    return [
        Probe(
            "the worked example",
            (np.array([[3.0, 0.0], [0.0, 2.0]]), np.array([[1.0, 0.0], [3.0, 4.0]]), np.array(5.0)),
        ),
        Probe("a batch of 1 pair", (draw(rng, 1, 3), draw(rng, 1, 3), np.array(4.0))),
        Probe("3 pairs of width 3", (draw(rng, 3, 3), draw(rng, 3, 3), np.array(2.0))),
        Probe("4 pairs, two captions alike", (draw(rng, 4, 3), twins, np.array(3.0))),
        Probe("5 pairs of very different lengths", (lengths * draw(rng, 5, 4), draw(rng, 5, 4), np.array(2.5))),
        Probe("4 pairs of width 6", (draw(rng, 4, 6), draw(rng, 4, 6) * 2, np.array(1.5))),
    ]


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


def recall_probe(rng, label, num_queries, num_answers, share, k):
    """Return a probe of `recall_at`, the scores all different and every query with at least one right answer."""
    scores = rng.permutation(num_queries * num_answers).reshape(num_queries, num_answers) / 10
    right = rng.random((num_queries, num_answers)) < share
    right[np.arange(num_queries), rng.integers(num_answers, size=num_queries)] = True
    return Probe(label, (scores, right, k))


def recall_probes(rng):
    """Return scores: the worked example, one query, square, a query without a right answer, wide and high ones."""
    scores = np.array([[0.9, 0.1, 0.5], [0.2, 0.8, 0.3]])
    probes = [
        Probe("the worked example", (scores, np.array([[True, False, False], [True, False, False]]), 2)),
        recall_probe(rng, "one query", 1, 4, 0.3, 1),
        recall_probe(rng, "6 queries and 6 answers", 6, 6, 0.2, 2),
        recall_probe(rng, "9 queries, most answers right", 9, 5, 0.7, 1),
        recall_probe(rng, "8 queries and 12 answers", 8, 12, 0.15, 3),
        recall_probe(rng, "12 queries and 7 answers", 12, 7, 0.2, 2),
    ]
    lost = probes[-1].args[1]
    lost[3] = False
    return probes


def every_pixel_once(result, images, size):
    """Return whether each image's numbers are all there, none twice."""
    return np.array_equal(np.sort(result.reshape(len(images), -1)), np.sort(images.reshape(len(images), -1)))


def every_number_once(result, patches, size, height, width):
    """Return whether each image's numbers are all there, none twice."""
    return np.array_equal(np.sort(result.reshape(len(patches), -1)), np.sort(patches.reshape(len(patches), -1)))


def names_a_class(result, images, captions):
    """Return whether every answer is the number of a class."""
    return bool(np.all((result >= 0) & (result < len(captions))))


def is_a_share(result, scores, right, k):
    """Return whether the result lies between 0 and 1."""
    return bool(0 <= result <= 1)


def loss_is_not_negative(parts, images, captions, scale):
    """Return whether the loss is at least 0."""
    return bool(parts["output"] >= -1e-9)


def row_for_each_token(parts, patches, w_patch, b_patch, class_token, positions):
    """Return whether there is one row more than there are patches."""
    return np.shape(parts["output"]) == (len(patches), *positions.shape)


CUT, TURN = "images.reshape(b, rows, size, columns, size, channels)", "(0, 1, 3, 2, 4, 5)"
PATCHIFY = Exercise(
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

GRID = "patches.reshape(b, rows, columns, size, size, -1)"
UNPATCHIFY = Exercise(
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

JOINED = "torch.cat([first, tokens], dim=1) + positions"
EMBED = Exercise(
    reference=embed_patches,
    returns="the tokens, the class token first, as a tensor: (b, 1 + n, d_model)",
    probes=embed_probes,
    mistakes=(
        edit("the class token last", FIRST_ROW, ("[first, tokens]", "[tokens, first]")),
        edit(
            "the class token without a position",
            FIRST_ROW,
            (JOINED, "torch.cat([first, tokens + positions[1:]], dim=1)"),
        ),
        edit(
            "positions one place off",
            FIRST_ROW,
            (JOINED, f"{JOINED.replace('positions', 'positions.roll(1, 0)')}"),
        ),
        edit("no positions", "Exchange two patches. Could anybody notice?", (" + positions", "")),
        edit(
            "positions multiplied",
            "Is a position added to a token, or does it scale it?",
            ("+ positions", "* positions"),
        ),
        edit(
            "the class token for the first image alone",
            "Every image is judged by its own class token. What stands in front of image 1?",
            (
                "class_token.expand(len(tokens), 1, -1)",
                "F.pad(class_token[None, None], (0, 0, 0, 0, 0, len(tokens) - 1))",
            ),
        ),
        edit(
            "the mean of the patches as class token",
            "Is the class token computed from the image, or learned?",
            ("class_token.expand(len(tokens), 1, -1)", "tokens.mean(1, keepdim=True)"),
        ),
        edit("the class token is not learned", OWN_GRAPH, ("class_token.expand", "class_token.detach().expand")),
        edit("the positions are not learned", OWN_GRAPH, ("+ positions", "+ positions.detach()")),
        edit("no bias", "Which of the inputs did you not use?", (" + b_patch", "")),
        edit(
            "the bias on the class token too",
            "Does the class token go through the linear layer?",
            ("class_token.expand(len(tokens), 1, -1)", "(class_token + b_patch).expand(len(tokens), 1, -1)"),
        ),
    ),
    equivalents=(embed_by_filling, embed_one_by_one),
    hints=(
        "Three steps: embed the patches, put the class token in front of each image, add the positions.",
        "The class token is (d_model,) and must become (b, 1, d_model) before it can be joined; positions broadcast.",
        "torch.cat([class_token.expand(len(tokens), 1, -1), tokens], dim=1) + positions",
    ),
    properties=(Property("there is one token more than there are patches", row_for_each_token),),
    call=tensor_call("patches", "w_patch", "b_patch", "class_token", "positions"),
)

BY_ROW, BY_COLUMN = "F.cross_entropy(scores, own)", "F.cross_entropy(scores.T, own)"
MEAN = f"({BY_ROW} + {BY_COLUMN}) / 2"
MATCHING = Exercise(
    reference=matching_loss,
    returns="a number, as a tensor",
    probes=matching_probes,
    mistakes=(
        edit("images look for captions only", BOTH_WAYS, (MEAN, BY_ROW)),
        edit("captions look for images only", BOTH_WAYS, (MEAN, BY_COLUMN)),
        edit("the sum of both directions", "Is the loss the sum of its halves, or their mean?", (MEAN, MEAN[1:-5])),
        edit(
            "vectors left at their length",
            LENGTH,
            ("F.normalize(images, dim=-1), F.normalize(captions, dim=-1)", "images, captions"),
        ),
        edit("captions left at their length", LENGTH, ("F.normalize(captions, dim=-1)", "captions")),
        edit("images left at their length", LENGTH, ("F.normalize(images, dim=-1)", "images")),
        edit(
            "normalised over the batch",
            "What has length 1: a vector, or a column of all vectors?",
            ("dim=-1", "dim=0"),
        ),
        edit("divides by the scale", SHARPER, ("scale * images @ captions.T", "images @ captions.T / scale")),
        edit("no scale", SHARPER, ("scale * images", "images")),
        edit("the scale is not learned", OWN_GRAPH, ("scale * images", "scale.detach() * images")),
        edit("the captions are not learned", OWN_GRAPH, ("F.normalize(captions", "F.normalize(captions.detach()")),
        edit("summed over the batch", "Twice as many pairs, and twice the loss?", ("own)", "own, reduction='sum')")),
        edit(
            "softmax before cross_entropy",
            "F.cross_entropy takes scores and applies a softmax itself. How many softmaxes are yours?",
            ("F.cross_entropy(scores,", "F.cross_entropy(scores.softmax(-1),"),
            ("F.cross_entropy(scores.T,", "F.cross_entropy(scores.T.softmax(-1),"),
        ),
        edit(
            "all pairs of the batch in one softmax",
            "How many questions does a batch of four pairs ask? Each has a softmax of its own.",
            (MEAN, "(scores.logsumexp((0, 1)) - scores.diagonal()).mean()"),
        ),
        edit(
            "images among images",
            "The scores compare an image with what?",
            ("images @ captions.T", "images @ images.T"),
        ),
    ),
    equivalents=(matching_by_logsumexp, matching_pair_by_pair),
    hints=(
        "A table of cosines, times the scale. Row i should put its weight on column i, and column i on row i.",
        "Twice a cross-entropy: over the rows of the table, and over the rows of its transpose.",
        "own = torch.arange(b); (F.cross_entropy(scores, own) + F.cross_entropy(scores.T, own)) / 2",
    ),
    properties=(Property("the loss is never negative", loss_is_not_negative),),
    call=tensor_call("images", "captions", "scale"),
)

ZERO_SHOT = Exercise(
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

RECALL = Exercise(
    reference=contrastive.recall_at,
    worked=recall_at,
    returns="a number from 0 to 1",
    probes=recall_probes,
    mistakes=(
        edit("the k worst", "Which comes first in argsort, the smallest score or the largest?", ("-scores", "scores")),
        edit(
            "the share of right answers among the k",
            ANY_RIGHT,
            (".any(axis=1).mean()", ".mean()"),
        ),
        edit(
            "the share of all right answers that were found",
            ANY_RIGHT,
            (
                "np.take_along_axis(right, best, axis=1).any(axis=1).mean()",
                "(np.take_along_axis(right, best, axis=1).sum(1) / np.maximum(right.sum(1), 1)).mean()",
            ),
        ),
        edit(
            "each answer looks for its query",
            "A row is a query. Along which axis does a query have its best?",
            ("np.argsort(-scores, axis=1)[:, :k]", "np.argsort(-scores.T, axis=1)[:, :k]"),
            ("take_along_axis(right,", "take_along_axis(right.T,"),
        ),
        edit("one too many", "How many answers does k = 1 look at?", ("[:, :k]", "[:, : k + 1]")),
        edit(
            "the k-th alone", "Does a right answer in the first place count for k = 2?", ("[:, :k]", "[:, k - 1 : k]")
        ),
        edit("how many instead of which share", "Twice as many queries, and a recall above 1?", (".mean()", ".sum()")),
        edit(
            "only the answer of the same number",
            "Several answers may be right. Which of them does your table of right answers know?",
            ("take_along_axis(right,", "take_along_axis(np.eye(*right.shape, dtype=bool),"),
        ),
    ),
    equivalents=(recall_by_counting, recall_by_threshold),
    hints=(
        "For each query: the places of its k best answers, and whether any of them is right.",
        "np.argsort sorts from the smallest. np.take_along_axis(right, best, axis=1) looks the places up.",
        "np.take_along_axis(right, np.argsort(-scores, axis=1)[:, :k], axis=1).any(axis=1).mean()",
    ),
    properties=(Property("it lies between 0 and 1", is_a_share),),
)


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


EXPOSE_PATCHIFY = Exposure(
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

EXERCISES = (PATCHIFY, EXPOSE_PATCHIFY, UNPATCHIFY, EMBED, MATCHING, ZERO_SHOT, RECALL)

"""Exercise matching_loss: the matching loss."""

import numpy as np
import torch
import torch.nn.functional as F

from mha_lib.checks.vision.shared import OWN_GRAPH
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.diagnosis.tensors import tensor_call

BOTH_WAYS = "An image looks for its caption. Who looks for whom in the other half?"
LENGTH = "Make a vector ten times longer. Does its direction change, and should the loss?"
SHARPER = "scale is 1 / temperature. A larger one: sharper or flatter?"


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


def loss_is_not_negative(parts, images, captions, scale):
    """Return whether the loss is at least 0."""
    return bool(parts["output"] >= -1e-9)


BY_ROW, BY_COLUMN = "F.cross_entropy(scores, own)", "F.cross_entropy(scores.T, own)"


MEAN = f"({BY_ROW} + {BY_COLUMN}) / 2"


EXERCISE = Exercise(
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

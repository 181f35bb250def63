"""Chapter 18. Generalisation: chapter 8's reviews, so few that a small transformer learns them by heart."""

from functools import partial

import numpy as np
import torch
from torch.nn import functional as F

from mha_lib.encoder import sentiment
from mha_lib.encoder.blocks import EncoderClassifier
from mha_lib.training import loop as training

USUAL = {"lr": 3e-3, "warm_up": 0.05, "weight_decay": 0.0}


def few_reviews(rng, num_train, num_validation=500, num_test=1000):
    """Return (train, validation, test), each a pair of tensors: ids (b, n) and labels (b,).

    rng: numpy.random.Generator   No review of validation or test is a training review.
    """
    train, others, _ = sentiment.split_reviews(rng, num_train, num_validation + num_test)
    parts = (train, others[:num_validation], others[num_validation:])
    return tuple(tuple(map(torch.from_numpy, sentiment.encode(part))) for part in parts)


def new_classifier(seed, d_model=32, num_layers=2, dropout=0.0):
    """Return an untrained classifier of reviews with 4 heads; the same seed, the same weights."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        sizes = {"d_model": d_model, "num_heads": 4, "d_ff": 2 * d_model, "num_layers": num_layers}
        return EncoderClassifier(len(sentiment.VOCABULARY), 2, max_len=sentiment.MAX_LEN, dropout=dropout, **sizes)


def scores(model, ids):
    """Return the two scores of each review, padding hidden: (b, n) -> (b, 2)."""
    return model(ids, torch.from_numpy(sentiment.padding(ids))[:, None, None])


def review_loss(model, ids, labels, smoothing=0.0):
    """Return the mean surprise at the labels; with `smoothing` a label has 1 - smoothing, and all share the rest."""
    return F.cross_entropy(scores(model, ids), labels, label_smoothing=smoothing)


def error_share(model, ids, labels):
    """Return the share of reviews whose label the model gets wrong, as a tensor: a loss to measure, not to train on."""
    return (scores(model, ids).argmax(-1) != labels).float().mean()


def right_share(model, ids, labels):
    """Return the share of reviews whose label the model gets right, in evaluation mode, a number."""
    return 1.0 - training.held_out_loss(model, error_share, [(ids, labels)])


def swap_nouns(rng, ids):
    """Return the reviews with every noun replaced by a random one: no verdict depends on which noun it is.

    rng: numpy.random.Generator   ids: (b, n) integers  ->  a new tensor (b, n)
    """
    first = sentiment.VOCABULARY.index(sentiment.NOUNS[0])
    is_noun = (ids >= first) & (ids < first + len(sentiment.NOUNS))
    drawn = torch.from_numpy(rng.integers(first, first + len(sentiment.NOUNS), tuple(ids.shape)))
    return torch.where(is_noun, drawn, ids)


def fitted(seed, train, steps=300, swapped=False, smoothing=0.0, **settings):
    """Return a classifier after `steps` batches of 32; the numbers are those of chapter 18.

    train: ids and labels   swapped: nouns are drawn anew for each batch
    settings: `dropout` and sizes for `new_classifier`, anything else for `training.train`
    """
    sizes = {name: settings.pop(name) for name in ("d_model", "num_layers", "dropout") if name in settings}
    rng = np.random.default_rng(seed)
    model = new_classifier(seed, **sizes)
    made = training.batches(rng, *train, size=32, epochs=-(-32 * steps // len(train[0])) + 1)[:steps]
    if swapped:
        made = [(swap_nouns(rng, ids), labels) for ids, labels in made]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)  # for dropout
        training.train(model, partial(review_loss, smoothing=smoothing), made, **{**USUAL, **settings})
    return model

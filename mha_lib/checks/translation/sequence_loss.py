"""Exercise sequence_loss: a loss without padding."""

import numpy as np
import torch.nn.functional as F

from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.diagnosis.tensors import tensor_call
from mha_lib.translation import decoder

WHICH_LABELS = "Which labels are words that the model should have said? Only they count, above the line and below."
LOGS = "Score, probability or log-probability: which one do you add up?"


def sequence_loss(scores, labels, pad):
    """Return the mean negative log-probability of the labels that are not padding."""
    log_probs = scores.log_softmax(dim=-1)
    picked = log_probs.gather(-1, labels[..., None])[..., 0]
    real = labels != pad
    return -picked[real].mean()


def loss_of_flat_rows(scores, labels, pad):
    """Return the same: batch and places in one axis, padding cut out first."""
    real = labels != pad
    return F.cross_entropy(scores[real], labels[real])


def loss_by_weights(scores, labels, pad):
    """Return the same as a weighted mean, from logsumexp."""
    label_scores = (scores * F.one_hot(labels, scores.shape[-1])).sum(-1)
    weights = (labels != pad).to(scores.dtype)
    return ((scores.logsumexp(-1) - label_scores) * weights).sum() / weights.sum()


def loss_probes(rng):
    """Return scores and labels: the worked example, ragged, square, without padding, another pad, extreme."""
    worked = np.log(np.array([[[0.5, 0.25, 0.25], [0.2, 0.6, 0.2], [0.1, 0.1, 0.8]]]))
    return [
        Probe("the worked example", (worked, np.array([[1, 2, 0]]), 0)),
        Probe(
            "3 sequences of 3 places over 3 tokens",
            (draw(rng, 3, 3, 3), np.array([[1, 2, 1], [2, 0, 0], [1, 1, 0]]), 0),
        ),
        Probe("a batch of 1 without padding", (draw(rng, 1, 3, 5), np.array([[4, 1, 2]]), 0)),
        Probe("scores from -900 to 900", (draw(rng, 2, 3, 4, scale=300.0), np.array([[1, 3, 2], [2, 0, 0]]), 0)),
        Probe("padding that is token 3", (draw(rng, 2, 4, 5), np.array([[0, 4, 1, 2], [2, 3, 3, 3]]), 3)),
        Probe("sequences of different lengths", (draw(rng, 2, 4, 5), np.array([[3, 4, 1, 2], [2, 0, 0, 0]]), 0)),
    ]


def is_positive(parts, *args):
    """Return whether the loss is at least 0."""
    return bool(parts["output"] >= 0)


RETURN = "return -picked[real].mean()"


EXERCISE = Exercise(
    reference=decoder.sequence_loss,
    worked=sequence_loss,
    returns="one number, as a tensor",
    probes=loss_probes,
    mistakes=(
        edit("the loss over padding too", WHICH_LABELS, (RETURN, "return -picked.mean()")),
        edit(
            "padding left out of the sum, but counted",
            WHICH_LABELS,
            (RETURN, "return -(picked * real).sum() / real.numel()"),
        ),
        edit(
            "the loss over padding alone", "Read it aloud: `real` is True for ...", ("labels != pad", "labels == pad")
        ),
        edit(
            "a mean of each sequence's mean",
            "A sequence of one label and one of four: how much should each label weigh?",
            (RETURN, "return -((picked * real).sum(1) / real.sum(1)).mean()"),
        ),
        edit("the sum", "Does twice the batch mean twice the loss?", ("[real].mean()", "[real].sum()")),
        edit(
            "the sum over places, the mean over sequences",
            "A mean over what?",
            (RETURN, "return -(picked * real).sum(1).mean()"),
        ),
        edit("softmax over the places", "Which axis holds the alternatives at one place?", ("dim=-1", "dim=1")),
        edit("softmax over the batch", "Which axis holds the alternatives at one place?", ("dim=-1", "dim=0")),
        edit(
            "softmax twice",
            "What is the smallest loss that you can reach?",
            ("scores.log_softmax", "scores.softmax(dim=-1).log_softmax"),
        ),
        edit("scores instead of log-probabilities", LOGS, ("scores.log_softmax(dim=-1)", "scores")),
        edit("probabilities without the logarithm", LOGS, ("log_softmax", "softmax")),
        edit("no minus", "Which way is better: a larger loss or a smaller one?", ("return -", "return ")),
        edit(
            "the labels shifted once more",
            "Who shifts: the input or the loss? Once is enough.",
            ("log_probs = scores", "scores, labels = scores[:, :-1], labels[:, 1:]\n    log_probs = scores"),
        ),
        edit("a padding of 0", "Which token did the caller call padding?", ("labels != pad", "labels != 0")),
        edit(
            "the likeliest token instead of the label",
            "Whose probability do you want: the favourite's, or the right one's?",
            ("log_probs.gather(-1, labels[..., None])[..., 0]", "log_probs.max(dim=-1).values"),
        ),
        edit(
            "the loss cut from the graph",
            "What should learn from this number?",
            ("scores.log_softmax", "scores.detach().log_softmax"),
        ),
    ),
    equivalents=(loss_of_flat_rows, loss_by_weights),
    hints=(
        "Log-probabilities over the vocabulary; pick the label's at each place; average over the places that count.",
        "scores.log_softmax(dim=-1) is (b, n, v). gather(-1, labels[..., None]) picks one of v at each place.",
        "-picked[labels != pad].mean(), with picked of shape (b, n)",
    ),
    properties=(Property("a loss is never negative", is_positive),),
    call=tensor_call("scores"),
)

"""Exercise next_token_loss: the loss that shifts."""

import math  # noqa: F401 - edits below call it

import numpy as np
import torch.nn.functional as F

from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.diagnosis.tensors import tensor_call
from mha_lib.gpt import model as gpt
from mha_lib.softmax import softmax  # noqa: F401 - edits below call it

WHICH_TOKEN = "Place t has read the tokens up to t. Which token does it speak of?"
COUNTED = "Which tokens should have been predicted? Only they count, above the line and below."
LOGS = "Score, probability or log-probability: which one do you average?"


def next_token_loss(scores, tokens, pad):
    """Return the mean negative log-probability of each token, by the scores of the place before it."""
    log_probs = scores[:, :-1].log_softmax(dim=-1)
    labels = tokens[:, 1:]
    picked = log_probs.gather(-1, labels[..., None])[..., 0]
    real = labels != pad
    return -picked[real].mean()


def loss_by_cross_entropy(scores, tokens, pad):
    """Return the same from PyTorch's loss."""
    return F.cross_entropy(scores[:, :-1].transpose(1, 2), tokens[:, 1:], ignore_index=pad)


def loss_by_rolled_labels(scores, tokens, pad):
    """Return the same: the labels come one place earlier, and the last place has none."""
    labels = tokens.roll(-1, dims=1)
    counts = labels != pad
    counts[:, -1] = False
    label_scores = (scores * F.one_hot(labels.clamp(min=0), scores.shape[-1])).sum(-1)
    return (scores.logsumexp(-1) - label_scores)[counts].mean()


def loss_probes(rng):
    """Return scores and tokens: the worked example, ragged, square, without padding, another pad, extreme."""
    worked = np.log(np.array([[[0.25, 0.5, 0.25], [0.2, 0.2, 0.6], [0.1, 0.1, 0.8]]]))
    square = np.array([[1, 2, 1, 3], [2, 1, 0, 0], [1, 1, 2, 0], [3, 2, 0, 0]])
    return [
        Probe("the worked example", (worked, np.array([[0, 1, 0]]), -1)),
        Probe("4 sequences of 4 places over 4 tokens", (draw(rng, 4, 4, 4), square, 0)),
        Probe("a batch of 1 without padding", (draw(rng, 1, 5, 4), np.array([[3, 1, 2, 0, 2]]), -1)),
        Probe("scores from -900 to 900", (draw(rng, 2, 4, 3, scale=300.0), np.array([[1, 2, 1, 2], [2, 1, 0, 0]]), 0)),
        Probe("padding that is token 3", (draw(rng, 2, 4, 5), np.array([[0, 4, 1, 2], [2, 0, 3, 3]]), 3)),
        Probe("sequences of different lengths", (draw(rng, 2, 5, 6), np.array([[3, 5, 1, 4, 2], [2, 4, 0, 0, 0]]), 0)),
    ]


def is_positive(parts, *args):
    """Return whether the loss is at least 0."""
    return bool(parts["output"] >= 0)


MEAN = "return -picked[real].mean()"


LOG_PROBS = "log_probs = scores[:, :-1].log_softmax(dim=-1)"


EXERCISE = Exercise(
    reference=gpt.next_token_loss,
    worked=next_token_loss,
    returns="one number, as a tensor",
    probes=loss_probes,
    mistakes=(
        edit("no shift", WHICH_TOKEN, ("scores[:, :-1]", "scores"), ("tokens[:, 1:]", "tokens")),
        edit(
            "shifted twice",
            "Who shifts: you or the model? Once is enough.",
            ("scores[:, :-1]", "scores[:, :-2]"),
            ("tokens[:, 1:]", "tokens[:, 2:]"),
        ),
        edit("shifted the wrong way", WHICH_TOKEN, ("scores[:, :-1]", "scores[:, 1:]"), ("[:, 1:]\n", "[:, :-1]\n")),
        edit(
            "shifted over the batch",
            "Which axis is time?",
            (LOG_PROBS, "log_probs = scores.log_softmax(dim=-1)"),
            ("tokens[:, 1:]", "tokens.roll(-1, dims=0)"),
        ),
        edit(
            "places and vocabulary mixed by a reshape",
            "(b, n, v) as (b, v, n): the same numbers, but in the same order? Follow one of them.",
            ("scores[:, :-1].log", "scores[:, :-1].reshape(len(scores), scores.shape[-1], -1).transpose(1, 2).log"),
        ),
        edit("the loss over padding too", COUNTED, (MEAN, "return -picked.mean()")),
        edit(
            "padding judged by what is read",
            "A place counts if the token that it should predict is real. Whose padding do you look at?",
            ("real = labels != pad", "real = tokens[:, :-1] != pad"),
        ),
        edit(
            "padding left out of the sum, but counted", COUNTED, (MEAN, "return -(picked * real).sum() / real.numel()")
        ),
        edit(
            "a mean of each sequence's mean",
            "A sequence of two tokens and one of five: how much should each token weigh?",
            (MEAN, "return -((picked * real).sum(1) / real.sum(1)).mean()"),
        ),
        edit("the sum", "Does twice the batch mean twice the loss?", ("[real].mean()", "[real].sum()")),
        edit(
            "softmax twice",
            "What is the smallest loss that you can reach?",
            ("[:, :-1].log_softmax", "[:, :-1].softmax(dim=-1).log_softmax"),
        ),
        edit("softmax over the places", "Which axis holds the alternatives at one place?", ("dim=-1", "dim=1")),
        edit("probabilities without the logarithm", LOGS, ("log_softmax", "softmax")),
        edit("scores instead of log-probabilities", LOGS, (".log_softmax(dim=-1)", "")),
        edit(
            "bits for nats",
            "Whose logarithm is asked for, the one of base 2 or of base e?",
            (".mean()", ".mean() / math.log(2)"),
        ),
        edit("no minus", "Which way is better: a larger loss or a smaller one?", ("return -", "return ")),
        edit(
            "only the last place",
            "How many of the places have a token that judges them?",
            ("scores[:, :-1]", "scores[:, -2:-1]"),
            ("tokens[:, 1:]", "tokens[:, -1:]"),
            ("[real].mean()", "[real].sum() / max(1, real.sum())"),
        ),
        edit(
            "the loss cut from the graph",
            "What should learn from this number?",
            ("scores[:, :-1]", "scores.detach()[:, :-1]"),
        ),
    ),
    equivalents=(loss_by_cross_entropy, loss_by_rolled_labels),
    hints=(
        "The scores at place t judge token t + 1. Which place has no token to judge it, and which token no place?",
        "scores[:, :-1] and tokens[:, 1:] belong together. Then it is the loss of chapter 9.",
        "F.cross_entropy wants (rows, v) and (rows,): flatten both; ignore_index=pad leaves padding out.",
    ),
    properties=(Property("a loss is never negative", is_positive),),
    call=tensor_call("scores"),
)

"""Exercise masked_lm_loss: the loss of the hidden."""

import numpy as np
import torch
import torch.nn.functional as F

from mha_lib.bert import masking as bert
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.diagnosis.tensors import tensor_call

WHICH_COUNT = "Which labels are asked about? Only they count, above the line and below."
LOGS = "Score, probability or log-probability: which one do you add up?"


def masked_lm_loss(scores, labels):
    """Return the mean of -ln p(label) over the labels that are asked about."""
    log_probs = scores.log_softmax(dim=-1)
    asked = labels != -100
    picked = log_probs.gather(-1, labels.clamp(min=0)[..., None])[..., 0]
    return -picked[asked].mean()


def loss_by_index(scores, labels):
    """Return the same: PyTorch's loss ignores -100 by itself."""
    return F.cross_entropy(scores.flatten(0, 1), labels.flatten(), ignore_index=-100)


def loss_of_the_asked(scores, labels):
    """Return the same from the asked places alone, with logsumexp."""
    rows, columns = torch.nonzero(labels >= 0, as_tuple=True)
    asked = scores[rows, columns]
    return (asked.logsumexp(-1) - asked[torch.arange(len(rows)), labels[rows, columns]]).sum() / len(rows)


def loss_probes(rng):
    """Return scores and labels: the worked example, ragged, square, one row, extreme, a label of 0."""
    worked = np.log(np.array([[[0.5, 0.25, 0.25], [0.2, 0.6, 0.2], [0.1, 0.1, 0.8]]]))
    return [
        Probe("the worked example", (worked, np.array([[1, 2, -100]]))),
        Probe(
            "3 rows of 3 places over 3 tokens",
            (draw(rng, 3, 3, 3), np.array([[1, -100, 2], [-100, 0, -100], [2, 1, 0]])),
        ),
        Probe("a batch of 1, every token asked", (draw(rng, 1, 3, 5), np.array([[4, 1, 2]]))),
        Probe("scores from -900 to 900", (draw(rng, 2, 3, 4, scale=300.0), np.array([[1, -100, 2], [-100, 3, -100]]))),
        Probe("a label of 0", (draw(rng, 2, 4, 5), np.array([[-100, 0, 1, -100], [3, 0, -100, 2]]))),
        Probe(
            "rows with one label and with four", (draw(rng, 2, 4, 5), np.array([[3, 4, 1, 2], [-100, 1, -100, -100]]))
        ),
    ]


def is_positive(parts, *args):
    """Return whether the loss is at least 0."""
    return bool(parts["output"] >= 0)


RETURN = "return -picked[asked].mean()"


EXERCISE = Exercise(
    reference=bert.masked_lm_loss,
    worked=masked_lm_loss,
    returns="one number, as a tensor",
    probes=loss_probes,
    mistakes=(
        edit("the tokens that are not asked count as token 0", WHICH_COUNT, (RETURN, "return -picked.mean()")),
        edit(
            "left out of the sum, but counted", WHICH_COUNT, (RETURN, "return -(picked * asked).sum() / asked.numel()")
        ),
        edit(
            "a mean of each row's mean",
            "A row with one question and one with four: how much should each question weigh?",
            (RETURN, "return -((picked * asked).sum(1) / asked.sum(1)).mean()"),
        ),
        edit("the sum", "Does twice the batch mean twice the loss?", ("[asked].mean()", "[asked].sum()")),
        edit("a label of 0 is not asked", "Is 0 the number of a token?", ("labels != -100", "labels > 0")),
        edit(
            "shifted by one place",
            "BERT sees both sides. Which place should say token t: t or the one before?",
            ("log_probs = scores", "scores, labels = scores[:, :-1], labels[:, 1:]\n    log_probs = scores"),
        ),
        edit(
            "softmax twice",
            "What is the smallest loss that you can reach?",
            ("scores.log_softmax", "scores.softmax(dim=-1).log_softmax"),
        ),
        edit("softmax over the places", "Which axis holds the alternatives at one place?", ("dim=-1", "dim=1")),
        edit("scores instead of log-probabilities", LOGS, ("scores.log_softmax(dim=-1)", "scores")),
        edit("probabilities without the logarithm", LOGS, ("log_softmax", "softmax")),
        edit("no minus", "Which way is better: a larger loss or a smaller one?", ("return -", "return ")),
        edit(
            "the likeliest token instead of the label",
            "Whose probability do you want: the favourite's, or the right one's?",
            ("log_probs.gather(-1, labels.clamp(min=0)[..., None])[..., 0]", "log_probs.max(dim=-1).values"),
        ),
        edit(
            "the loss cut from the graph",
            "What should learn from this number?",
            ("scores.log_softmax", "scores.detach().log_softmax"),
        ),
    ),
    equivalents=(loss_by_index, loss_of_the_asked),
    hints=(
        "Log-probabilities over the vocabulary; pick the label's; average over the places that are asked.",
        "gather can't pick number -100. Give those places any number that exists, and leave them out afterwards.",
        "picked = log_probs.gather(-1, labels.clamp(min=0)[..., None])[..., 0], then -picked[labels != -100].mean()",
    ),
    properties=(Property("a loss is never negative", is_positive),),
    call=tensor_call("scores"),
)

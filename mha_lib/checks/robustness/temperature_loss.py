"""Exercise temperature_loss: the loss of a temperature."""

import numpy as np

from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.robustness import calibration as library
from mha_lib.softmax import logsumexp

BEFORE = "What does the temperature divide: the scores, before the softmax, or something that comes after it?"


def temperature_loss(scores, labels, temperature):
    """Return the mean cross-entropy of softmax(scores / temperature) against the labels."""
    scaled = scores / temperature
    own = scaled[np.arange(len(labels)), labels]
    return (logsumexp(scaled) - own).mean()


def loss_through_softmax(scores, labels, temperature):
    """Return the same through the probabilities, their logarithm kept finite where a probability is 0."""
    shifted = scores - scores.max(axis=-1, keepdims=True)
    logs = shifted / temperature
    logs = logs - np.log(np.exp(logs).sum(axis=-1, keepdims=True))
    return -np.mean([row[label] for row, label in zip(logs, labels, strict=True)])


def loss_by_gaps(scores, labels, temperature):
    """Return the same from how far each score lies above the label's own."""
    gaps = (scores - np.take_along_axis(scores, labels[:, None], axis=1)) / temperature
    return logsumexp(gaps).mean()


def loss_probes(rng):
    """Return scores: the worked example, ragged, square, one row, a temperature of 1, and huge scores."""
    huge = np.array([[1000.0, -1000.0, 0.0], [-1200.0, 900.0, 1100.0]])
    return [
        Probe("the worked example", (np.array([[0.0, 2.0], [0.0, 2.0]]), np.array([1, 0]), 2.0)),
        Probe("1 row of 4 classes", (draw(rng, 1, 4), np.array([2]), 0.5)),
        Probe("3 rows of 3 classes", (draw(rng, 3, 3), np.array([0, 2, 1]), 3.0)),
        Probe("2 rows of huge scores", (huge, np.array([2, 1]), 0.5)),
        Probe("5 rows of 3 classes", (draw(rng, 5, 3), rng.integers(0, 3, 5), 1.7)),
        Probe("7 rows of 4 classes, sharpened", (draw(rng, 7, 4), rng.integers(0, 4, 7), 0.6)),
    ]


def is_no_credit(output, scores, labels, temperature):
    """Return whether it is not negative."""
    return bool(output >= 0)


EXERCISE = Exercise(
    reference=library.temperature_loss,
    worked=temperature_loss,
    returns="one number, a mean in nats",
    probes=loss_probes,
    mistakes=(
        edit(
            "multiplies by the temperature",
            "Does a higher temperature make a model less sure, or more?",
            ("scores / temperature", "scores * temperature"),
        ),
        edit("no temperature", "Does your number change with the temperature?", ("scores / temperature", "scores")),
        edit(
            "divides the loss",
            BEFORE,
            ("scores / temperature", "scores"),
            ("return (logsumexp(scaled) - own).mean()", "return (logsumexp(scaled) - own).mean() / temperature"),
        ),
        edit(
            "temperature on the probabilities",
            BEFORE,
            ("scores / temperature", "np.exp(scores - logsumexp(scores)[:, None]) / temperature"),
        ),
        edit(
            "the best score in place of the label's",
            "Whose probability is to be large: the label's, or the likeliest class's?",
            ("scaled[np.arange(len(labels)), labels]", "scaled.max(axis=-1)"),
        ),
        edit("a sum over the rows", "Does the loss grow with the number of rows?", (".mean()", ".sum()")),
        edit(
            "the wrong sign",
            "Is a good model's loss large or small?",
            ("logsumexp(scaled) - own", "own - logsumexp(scaled)"),
        ),
        edit(
            "log of the mean probability",
            "Mean of logarithms, or logarithm of a mean?",
            ("return (logsumexp(scaled) - own).mean()", "return -np.log(np.exp(own - logsumexp(scaled)).mean())"),
        ),
        edit(
            "in bits",
            "Which logarithm goes with exp?",
            ("(logsumexp(scaled) - own).mean()", "(logsumexp(scaled) - own).mean() / np.log(2)"),
        ),
        edit(
            "exp overflows",
            "What is exp(1000)? Which function of chapter 2 never needs it?",
            ("logsumexp(scaled)", "np.log(np.exp(scaled).sum(axis=-1))"),
        ),
        edit(
            "the normaliser without the temperature",
            "Which scores go into the sum below the line?",
            ("logsumexp(scaled)", "logsumexp(scores)"),
        ),
        edit(
            "one minus the probability",
            "Cross-entropy is minus a logarithm. What does a confident mistake cost?",
            ("(logsumexp(scaled) - own).mean()", "(1 - np.exp(own - logsumexp(scaled))).mean()"),
        ),
    ),
    equivalents=(loss_through_softmax, loss_by_gaps),
    hints=(
        "Divide the scores, and take the usual cross-entropy of what you have then.",
        "Minus the logarithm of a softmax is logsumexp of the row less the label's own score.",
        "scaled = scores / temperature; mean of logsumexp(scaled) - scaled[np.arange(len(labels)), labels]",
    ),
    properties=(Property("a loss is not negative", is_no_credit),),
)

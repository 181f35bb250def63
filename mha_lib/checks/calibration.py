"""Exercises of chapter 23 on calibration: its error, mutants of it, and the loss that a temperature is fitted by."""

import numpy as np

from mha_lib import calibration as library
from mha_lib.diagnosis.broken import edit, rewrite
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.diagnosis.exposure import Exposure, misses
from mha_lib.softmax import logsumexp

CANCEL = "One answer is too sure, another not sure enough. Is the sum of their errors an honest 0?"
EMPTY = "How many answers are in an empty bin, and what should it weigh?"
EDGE = "In which bin is a confidence of exactly 1?"
BEFORE = "What does the temperature divide: the scores, before the softmax, or something that comes after it?"


def calibration_error(confidences, correct, num_bins):
    """Return how far confidence and accuracy lie apart, bin by bin, averaged over the answers."""
    bins = np.minimum((confidences * num_bins).astype(int), num_bins - 1)
    error = 0.0
    for number in range(num_bins):
        inside = bins == number
        if inside.any():
            gap = abs(confidences[inside].mean() - correct[inside].mean())
            error += inside.mean() * gap
    return error


def error_by_counting(confidences, correct, num_bins):
    """Return the same: the sums of each bin, subtracted before they are divided."""
    bins = np.clip(np.floor(confidences * num_bins), 0, num_bins - 1).astype(int)
    gaps = np.bincount(bins, confidences - correct, num_bins)
    return np.abs(gaps).sum() / len(correct)


def error_by_edges(confidences, correct, num_bins):
    """Return the same, the bins found by their edges."""
    bins = np.searchsorted(np.arange(1, num_bins), confidences * num_bins, side="right")
    parts = [np.flatnonzero(bins == number) for number in np.unique(bins)]
    return sum(abs((confidences[part] - correct[part]).sum()) for part in parts) / confidences.size


def answer_by_answer(confidences, correct, num_bins):
    """Return the mean distance of each single confidence from 0 or 1."""
    return np.abs(confidences - correct).mean()


def equally_filled(confidences, correct, num_bins):
    """Return the error over bins that hold equally many answers."""
    order = np.argsort(confidences, kind="stable")
    parts = [part for part in np.array_split(order, num_bins) if len(part)]
    return sum(len(part) * abs((confidences[part] - correct[part]).mean()) for part in parts) / len(order)


def calibration_probes(rng):
    """Return answers: the worked example, one answer, all in one bin, sure ones, ragged, and many."""
    correct = np.array([True, True, True, False])
    return [
        Probe("the worked example", (np.array([0.9, 0.9, 0.6, 0.6]), correct, 10)),
        Probe("1 answer", (np.array([0.85]), np.array([False]), 4)),
        Probe("as many bins as answers", (np.array([0.1, 0.35, 0.3, 0.95]), ~correct, 4)),
        Probe("answers that are quite sure", (np.array([1.0, 1.0, 0.7, 1.0, 0.0]), np.append(correct, True), 5)),
        answers(rng, "9 answers in 3 bins", 9, 3),
        answers(rng, "40 answers in 7 bins", 40, 7),
    ]


def answers(rng, label, count, num_bins):
    """Return a probe of answers that are too sure, none of them at the edge of a bin."""
    confidences = (rng.integers(3, 10, count) + 0.37) / 10
    return Probe(label, (confidences, rng.random(count) < confidences - 0.2, num_bins))


def is_a_share(output, confidences, correct, num_bins):
    """Return whether it lies from 0 to 1."""
    return bool(0 <= output <= 1)


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


CALIBRATION_ERROR = Exercise(
    reference=library.calibration_error,
    worked=calibration_error,
    returns="one number from 0 to 1",
    probes=calibration_probes,
    mistakes=(
        edit(
            "all in one bin",
            CANCEL,
            ("np.minimum((confidences * num_bins).astype(int), num_bins - 1)", "np.zeros(len(confidences), dtype=int)"),
        ),
        edit(
            "gaps with their signs",
            CANCEL,
            (
                "abs(confidences[inside].mean() - correct[inside].mean())",
                "(confidences[inside].mean() - correct[inside].mean())",
            ),
        ),
        edit("every bin weighs the same", EMPTY, ("inside.mean() * gap", "gap / num_bins")),
        edit("every filled bin weighs the same", EMPTY, ("inside.mean() * gap", "gap / len(np.unique(bins))")),
        edit(
            "an empty bin divides by zero",
            "What is the mean of no numbers?",
            ("if inside.any():", "with np.errstate(all='ignore'):"),
        ),
        edit(
            "a confidence of 1 falls out",
            EDGE,
            ("np.minimum((confidences * num_bins).astype(int), num_bins - 1)", "(confidences * num_bins).astype(int)"),
        ),
        edit(
            "the largest gap",
            "A mean of gaps, or their maximum? Both have a name.",
            ("error += inside.mean() * gap", "error = max(error, gap)"),
        ),
        edit("squared gaps", "How far, or how far squared?", ("inside.mean() * gap", "inside.mean() * gap**2")),
        edit(
            "the middle of the bin for the confidence",
            "What did the answers in this bin state, and where does the bin happen to lie?",
            ("confidences[inside].mean()", "(number + 0.5) / num_bins"),
        ),
        edit(
            "the share of all answers that was right",
            "Which answers' accuracy is to be compared with this bin's confidence?",
            ("correct[inside].mean()", "correct.mean()"),
        ),
        edit(
            "a sum over the answers",
            "Does the error grow with the number of answers?",
            ("inside.mean() * gap", "inside.sum() * gap"),
        ),
        edit(
            "confidence against error",
            "Which should match a confidence of 0.8: the share that is right, or the share that is wrong?",
            ("correct[inside].mean()", "(1 - correct[inside].mean())"),
        ),
        rewrite(
            "answer by answer",
            "A single answer is right or wrong. Can any single confidence of 0.8 be on the mark?",
            answer_by_answer,
        ),
        rewrite(
            "bins with equally many answers", "Equal widths, or equal numbers? The statement has edges.", equally_filled
        ),
    ),
    equivalents=(error_by_counting, error_by_edges),
    hints=(
        "Sort answers into bins by their confidence. In an honest bin the mean confidence is the share that is right.",
        "The number of a bin is the whole part of confidence times num_bins; a confidence of 1 belongs to the last.",
        "For each bin with answers add inside.mean() * abs(confidences[inside].mean() - correct[inside].mean()).",
    ),
    properties=(Property("it lies from 0 to 1", is_a_share),),
)

TEMPERATURE_LOSS = Exercise(
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


def expose_calibration_error():
    """Return (confidences, correct, num_bins) on which every broken version gives itself away."""
    confidences = np.array([0.05, 0.05, 0.62, 0.66, 0.92, 0.98, 1.0])
    return confidences, np.array([True, True, True, True, False, True, False]), 4


def expose_with_more_answers():
    """Return the same, every answer given twice, and one more bin."""
    confidences, correct, _ = expose_calibration_error()
    return np.repeat(confidences, 2), np.repeat(correct, 2), 5


def _too_sure():
    return np.array([0.55, 0.6, 0.93, 0.97, 1.0]), np.array([False, False, False, True, False]), 4


def _filled_alike():
    return np.array([0.1, 0.4, 0.6, 1.0]), np.array([True, True, False, False]), 4


def _nobody_sure():
    return np.array([0.05, 0.05, 0.62, 0.66, 0.92]), np.array([True, True, True, True, False]), 4


def _gaps_alike():
    return np.array([0.1, 0.1, 0.8, 1.0]), np.array([True, True, False, False]), 2


def _all_or_nothing():
    return np.array([0.0, 0.0, 1.0, 1.0, 1.0]), np.array([True, True, False, False, False]), 4


def _in_the_middle():
    return np.array([0.2, 0.3, 0.7, 0.8, 0.75]), np.array([True, True, False, False, True]), 2


def _half_right():
    return np.array([0.1, 0.2, 0.6, 0.9]), np.array([True, False, True, False]), 2


EXPOSE_CALIBRATION_ERROR = Exposure(
    reference=expose_calibration_error,
    target=CALIBRATION_ERROR,
    mistakes=(
        misses("all in one bin", "Your answers all err to one side. When can errors cancel?", _too_sure),
        misses("gaps with their signs", "Your answers all err to one side. Which sign has a modest gap?", _too_sure),
        misses("every filled bin weighs the same", "How full are your bins?", _filled_alike),
        misses("an empty bin divides by zero", "Is a bin of yours empty?", _filled_alike),
        misses("a confidence of 1 falls out", "Who of yours is quite sure?", _nobody_sure),
        misses("the largest gap", "When are a mean and a maximum the same?", _gaps_alike),
        misses("squared gaps", "Which numbers are their own squares?", _all_or_nothing),
        misses("the middle of the bin for the confidence", "Where in their bins do your answers lie?", _in_the_middle),
        misses("confidence against error", "When is the share that is right the share that is wrong?", _half_right),
    ),
    hints=(
        "A broken version survives where its mistake makes no difference. Ask of each: where would that be?",
        "Few bins. One empty, the others filled unequally, one answer quite sure, and errors to both sides.",
        "Some modest answers that are right, some sure ones that are mostly wrong, a confidence of 1, and 4 bins.",
    ),
    equivalents=(expose_with_more_answers,),
    returns="a tuple (confidences, correct, num_bins)",
)

EXERCISES = (CALIBRATION_ERROR, EXPOSE_CALIBRATION_ERROR, TEMPERATURE_LOSS)

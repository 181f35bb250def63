"""Exercise calibration_error: the calibration error."""

import numpy as np

from mha_lib.diagnosis.broken import edit, rewrite
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.robustness import calibration as library

CANCEL = "One answer is too sure, another not sure enough. Is the sum of their errors an honest 0?"
EMPTY = "How many answers are in an empty bin, and what should it weigh?"
EDGE = "In which bin is a confidence of exactly 1?"


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


EXERCISE = Exercise(
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

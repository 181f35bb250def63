"""Chapter 23. Calibration: does a model that says 80 % have four out of five right?"""

import numpy as np

from mha_lib.softmax import logsumexp, softmax


def confidence(scores):
    """Return how sure each row is: the largest of its probabilities. scores: (b, num_classes)  ->  (b,)

    >>> confidence([[0.0, 0.0], [0.0, np.log(3.0)]]).round(2).tolist()
    [0.5, 0.75]
    """
    return softmax(scores).max(axis=-1)


def reliability(confidences, correct, num_bins):
    """Return (counts, stated, right): for bins of equal width from 0 to 1, how many answers fell into each, the mean
    confidence that they stated, and the share of them that was right; both are 0 in an empty bin.

    confidences: (b,), from 0 to 1   correct: booleans (b,)  ->  three arrays (num_bins,)

    A bin holds its lower edge and not its upper one; the last holds 1 as well.
    Raises ValueError if the lengths differ or a confidence is no share.
    Source: Guo et al., 2017, section 2 and eq. 3; there a bin holds its upper edge instead.

    >>> counts, stated, right = reliability([0.6, 0.8, 1.0], [True, False, True], 2)
    >>> counts.tolist(), stated.round(2).tolist(), right.round(2).tolist()
    ([0, 3], [0.0, 0.8], [0.0, 0.67])
    """
    confidences, correct = np.asarray(confidences, dtype=float), np.asarray(correct, dtype=float)
    if confidences.shape != correct.shape:
        raise ValueError(f"each answer needs its confidence: {correct.shape} answers, {confidences.shape} confidences")
    if np.any((confidences < 0) | (confidences > 1)):
        raise ValueError(f"a confidence lies from 0 to 1, got {confidences.min()} to {confidences.max()}")
    bins = np.minimum((confidences * num_bins).astype(int), num_bins - 1)
    counts = np.bincount(bins, minlength=num_bins)
    stated = np.bincount(bins, confidences, num_bins) / np.maximum(counts, 1)
    right = np.bincount(bins, correct, num_bins) / np.maximum(counts, 1)
    return counts, stated, right


def calibration_error(confidences, correct, num_bins):
    """Return how far confidence and accuracy lie apart, bin by bin, averaged over the answers: 0 is honest.

    confidences: (b,), from 0 to 1   correct: booleans (b,)   num_bins: bins of equal width  ->  a number from 0 to 1

    It is called the expected calibration error. It depends on the bins, and one bin would let errors above and below
    cancel: compare only what was counted alike.
    Source: Guo et al., 2017, eq. 3, after Naeini et al., 2015.

    >>> round(calibration_error([0.9, 0.9, 0.9, 0.9], [True, True, True, False], 10), 6)
    0.15
    """
    counts, stated, right = reliability(confidences, correct, num_bins)
    return float((counts / counts.sum()) @ np.abs(stated - right))


def temperature_loss(scores, labels, temperature):
    """Return the mean cross-entropy, in nats, of softmax(scores / temperature) against the labels.

    scores: (b, num_classes), before softmax   labels: integers (b,)   temperature: a positive number  ->  a number

    Raises ValueError if the temperature is not positive.
    Source: Guo et al., 2017, eq. 9 and section 4.2.

    >>> round(temperature_loss([[0.0, 2.0], [0.0, 2.0]], [1, 1], temperature=2.0), 4)
    0.3133
    """
    if temperature <= 0:
        raise ValueError(f"temperature must be above 0, got {temperature}")
    scaled = np.asarray(scores, dtype=float) / temperature
    own = np.take_along_axis(scaled, np.asarray(labels)[:, None], axis=-1)[:, 0]
    return float((logsumexp(scaled) - own).mean())


def fitted_temperature(scores, labels, lowest=0.01, highest=100.0, steps=60):
    """Return the temperature at which `temperature_loss` is least, found by halving.

    scores: (b, num_classes), before softmax   labels: integers (b,)  ->  a number from `lowest` to `highest`

    The loss is convex in 1 / T; its slope there is the mean expected score less the mean score of the labels.
    Fit it on examples that trained nothing and test nothing. Source: Guo et al., 2017, section 4.2.

    >>> scores = np.log([[0.75, 0.25]] * 4)
    >>> round(fitted_temperature(scores, [0, 0, 0, 1]), 6), round(fitted_temperature(3 * scores, [0, 0, 0, 1]), 6)
    (1.0, 3.0)
    """
    scores = np.asarray(scores, dtype=float)
    own = np.take_along_axis(scores, np.asarray(labels)[:, None], axis=-1).mean()
    low, high = 1 / highest, 1 / lowest
    for _ in range(steps):
        middle = np.sqrt(low * high)
        too_sharp = (softmax(scores * middle) * scores).sum(axis=-1).mean() > own
        low, high = (low, middle) if too_sharp else (middle, high)
    return float(1 / np.sqrt(low * high))

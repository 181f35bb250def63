"""Chapter 2. Softmax: how do scores become weights?"""

import numpy as np


def softmax(scores):
    """Return the weights of each row of scores: positive, summing to 1, larger where the score is larger.

    scores: (..., k)  ->  (..., k)

    The largest score of each row is subtracted first. That changes no weight, and exp never overflows.
    A score of -inf gets weight 0, as long as its row has a finite score; a row without one gives NaN.
    Source: Bridle, 1990; Goodfellow et al., 2016, eq. 6.29 and section 4.1.

    >>> softmax([1000.0, 1000.0]).tolist()
    [0.5, 0.5]
    """
    scores = np.asarray(scores, dtype=float)
    shifted = scores - scores.max(axis=-1, keepdims=True)
    exponentials = np.exp(shifted)
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def softmax_with_temperature(scores, temperature):
    """Return softmax(scores / temperature): below 1 sharper, above 1 flatter.

    scores: (..., k)   temperature: a positive number  ->  (..., k)

    Raises ValueError if the temperature is not positive.
    Source: Hinton, Vinyals and Dean, 2015, eq. 1.

    >>> softmax_with_temperature([0.0, np.log(3.0)], 0.5).round(2).tolist()
    [0.1, 0.9]
    """
    if temperature <= 0:
        raise ValueError(f"temperature must be above 0, got {temperature}")
    return softmax(np.asarray(scores, dtype=float) / temperature)


def logsumexp(scores):
    """Return log(sum(exp(scores))) of each row, without overflow: a smooth maximum.

    scores: (..., k)  ->  (...)

    At least the largest score, and at most log(k) above it. A row without any finite score gives NaN.
    Source: Blanchard, Higham and Higham, 2021, eq. 1.1 and section 1.

    >>> float(logsumexp([1000.0, 1000.0]).round(4))
    1000.6931
    """
    scores = np.asarray(scores, dtype=float)
    largest = scores.max(axis=-1, keepdims=True)
    return np.log(np.exp(scores - largest).sum(axis=-1)) + largest[..., 0]


def softmax_jacobian(weights):
    """Return how each weight changes with each score: d weights[i] / d scores[j], for weights = softmax(scores).

    weights: (..., k)  ->  (..., k, k), first i, then j

    It takes the weights, not the scores. Each column sums to 0, for what one weight gains the others lose;
    so does each row, for the same added to every score changes nothing.
    Source: Bishop, Pattern Recognition and Machine Learning, 2006, eq. 4.106.

    >>> softmax_jacobian([0.5, 0.5]).tolist()
    [[0.25, -0.25], [-0.25, 0.25]]
    """
    weights = np.asarray(weights, dtype=float)
    diagonal = weights[..., :, None] * np.eye(weights.shape[-1])
    return diagonal - weights[..., :, None] * weights[..., None, :]


def entropy(weights):
    """Return the entropy of each row of weights in nats: 0 when one key has all, log(k) when all share alike.

    weights: (..., k), each row non-negative and summing to 1  ->  (...)

    A weight of 0 adds nothing.
    Source: Shannon, 1948, section 6.

    >>> float(entropy([0.5, 0.5, 0.0]) / np.log(2))
    1.0
    """
    weights = np.asarray(weights, dtype=float)
    logs = np.log(weights, out=np.zeros_like(weights), where=weights > 0)
    return 0.0 - np.sum(weights * logs, axis=-1)  # 0.0 - keeps a one-hot row from returning -0.0


def masked_softmax(scores, mask=None):
    """Return softmax over the keys that the mask allows; the others get weight 0.

    scores: (..., q, k)   mask: broadcast to (..., q, k), True means may attend  ->  (..., q, k)

    A query that may attend to nothing gets zeros: its row of the formula is 0/0, and zeros break nothing.
    Raises ValueError if the mask is not boolean.

    >>> masked_softmax([[1.0, 1.0, 9.0], [1.0, 1.0, 9.0]], [[True, True, False], [False, False, False]]).tolist()
    [[0.5, 0.5, 0.0], [0.0, 0.0, 0.0]]
    """
    scores = np.asarray(scores, dtype=float)
    if mask is None:
        return softmax(scores)
    mask = np.broadcast_to(as_mask(mask), scores.shape)
    attends = mask.any(axis=-1, keepdims=True)
    hidden = np.where(mask, scores, -np.inf)
    return np.where(attends, softmax(np.where(attends, hidden, 0.0)), 0.0)


def as_mask(mask):
    """Return `mask` as a boolean array.

    Raises ValueError if it holds anything but booleans: numbers could mean either polarity.

    >>> as_mask([[True, False]]).shape
    (1, 2)
    """
    mask = np.asarray(mask)
    if mask.dtype != bool:
        raise ValueError(f"a mask must be boolean, True where a query may attend, got dtype {mask.dtype}")
    return mask

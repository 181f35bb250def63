"""Chapter 12. Sampling: from a function that scores the next token to a text drawn by chance, and how to tame it.

Functions that tame take probabilities and return probabilities, so one can follow another. `sample` takes the same
`score` as `mha_lib.translation.decoding`, prefixes (b, t) -> (b, v), whatever is behind it; nothing here needs PyTorch.
"""

import numpy as np

from mha_lib.softmax import softmax
from mha_lib.translation.decoding import checked_start


def tempered(probs, temperature):
    """Return the probabilities to the power of 1 / temperature, made to sum to 1: below 1 sharper, above 1 flatter.

    probs: (..., v)   temperature: a positive number  ->  (..., v)

    It is what `softmax_with_temperature` makes of the scores, for whom only the probabilities are known.
    Raises ValueError if the temperature is not positive.
    Source: Hinton, Vinyals and Dean, 2015, eq. 1; Holtzman et al., 2020, section 3.3.

    >>> tempered([0.5, 0.25, 0.25], 0.5).round(4).tolist()
    [0.6667, 0.1667, 0.1667]
    """
    if temperature <= 0:
        raise ValueError(f"temperature must be above 0, got {temperature}; for the likeliest token alone use greedy")
    probs = np.asarray(probs, dtype=float)
    powers = (probs / probs.max(axis=-1, keepdims=True)) ** (1 / temperature)  # the largest is 1: nothing underflows
    return powers / powers.sum(axis=-1, keepdims=True)


def keep_top_k(probs, k):
    """Return the probabilities with only the k largest kept, made to sum to 1.

    probs: (..., v)   k: an integer  ->  (..., v)

    Exactly k are kept; of equals the first ones. A k beyond v keeps all. Raises ValueError if k is below 1.
    Source: Fan, Lewis and Dauphin, 2018, section 5.

    >>> keep_top_k([0.125, 0.5, 0.125, 0.25], 2).round(4).tolist()
    [0.0, 0.6667, 0.0, 0.3333]
    """
    if k < 1:
        raise ValueError(f"k must be at least 1, or no token is left, got {k}")
    probs = np.asarray(probs, dtype=float)
    return kept(probs, ranks(probs) < k)


def keep_top_p(probs, p):
    """Return the probabilities with only the smallest set kept that has at least the share p, made to sum to 1.

    probs: (..., v)   p: above 0, at most 1  ->  (..., v)

    The largest are taken until their sum reaches p: the token with which it is reached, or crossed, belongs to the set.
    So at least one is kept. Of equals the first ones go in first. Raises ValueError if p is not in its range.
    Source: Holtzman et al., 2020, section 3.1, equations 2 and 3 (nucleus sampling).

    >>> keep_top_p([0.125, 0.5, 0.125, 0.25], 0.7).round(4).tolist()
    [0.0, 0.6667, 0.0, 0.3333]
    """
    if not 0 < p <= 1:
        raise ValueError(f"p must be above 0 and at most 1, got {p}")
    probs = np.asarray(probs, dtype=float)
    largest_first = -np.sort(-probs, axis=-1)
    before = largest_first.cumsum(axis=-1) - largest_first  # what the larger ones have together
    return kept(probs, np.take_along_axis(before < p, ranks(probs), axis=-1))


def ranks(probs):
    """Return the place of each entry when its row is sorted, the largest at place 0, of equals the first before.

    >>> ranks(np.array([0.125, 0.5, 0.125, 0.25])).tolist()
    [2, 0, 3, 1]
    """
    order = np.argsort(-probs, axis=-1, kind="stable")
    return np.argsort(order, axis=-1, kind="stable")  # the order of an order undoes it


def kept(probs, keep):
    """Return the probabilities where `keep` is True, made to sum to 1, and 0 elsewhere."""
    left = np.where(keep, probs, 0.0)
    return left / left.sum(axis=-1, keepdims=True)


def draw(probs, rng):
    """Return one token a row, drawn with its probability: (b, v) -> (b,).

    rng: numpy.random.Generator. A token of probability 0 is never drawn.
    """
    sums = np.cumsum(probs, axis=-1)
    return (sums > rng.random((len(sums), 1)) * sums[:, -1:]).argmax(axis=-1)


def sample(score, start, end, max_new, rng, reshape=None):
    """Return each prefix with tokens drawn by chance appended, until all sequences have ended.

    score: integers (b, t) -> (b, v), before softmax   start: integers (b, s)   end: an integer
    max_new: at most so many new tokens   rng: numpy.random.Generator
    reshape: a function from probabilities (b, v) to those that are drawn from, such as `keep_top_p` with a p
    ->  integers (b, s + n)

    As in `mha_lib.translation.decoding.greedy`, a sequence that has ended is filled up with `end`, and an
    `end` within `start` ends nothing. Where there is no such token, pass -1.

    >>> loop = np.log(np.array([[0.01, 0.98, 0.01], [0.01, 0.01, 0.98], [0.98, 0.01, 0.01]]))  # mostly 0 -> 1 -> 2 -> 0
    >>> rng = np.random.default_rng(0)
    >>> sample(lambda tokens: loop[tokens[:, -1]], [[0]], 2, 5, rng, lambda probs: keep_top_k(probs, 1)).tolist()
    [[0, 1, 2]]
    """
    tokens = checked_start(start, 2, max_new)
    ended = np.zeros(len(tokens), dtype=bool)
    for _ in range(max_new):
        probs = softmax(score(tokens))
        token = np.where(ended, end, draw(probs if reshape is None else reshape(probs), rng))
        tokens = np.concatenate([tokens, token[:, None]], axis=1)
        ended |= token == end
        if ended.all():
            break
    return tokens

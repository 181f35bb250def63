"""Chapter 23. Robustness: the same question with noise in it. Words exchanged, letters mistyped, vectors shaken."""

import numpy as np

LETTERS = "abcdefghijklmnopqrstuvwxyz"
SLIPS = ("replace", "drop", "double", "swap")
"""What a finger does to a letter: hits another, misses, hits twice, comes too early."""


def noisy_tokens(ids, draws, replacements, rate, num_special):
    """Return `ids` with each ordinary token replaced where its draw lies below the rate; special ones stay.

    ids, replacements: (b, n) integers   draws: (b, n), uniform from 0 up to 1   rate: from 0 to 1
    num_special: the tokens below this number are special  ->  (b, n) integers, a new array

    The random numbers are handed in, so that the same noise can be given to two models, and more noise contains less:
    whatever is replaced at a rate is replaced at every higher one.
    Raises ValueError if the shapes differ.

    >>> noisy_tokens([[1, 5, 6, 0]], [[0.0, 0.3, 0.1, 0.0]], [[7, 8, 9, 7]], rate=0.2, num_special=2).tolist()
    [[1, 5, 9, 0]]
    """
    ids, draws, replacements = np.asarray(ids), np.asarray(draws), np.asarray(replacements)
    if not ids.shape == draws.shape == replacements.shape:
        raise ValueError(
            f"ids {ids.shape}, draws {draws.shape} and replacements {replacements.shape} need one shape: "
            "every token has its own"
        )
    return np.where((draws < rate) & (ids >= num_special), replacements, ids)


def token_noise(rng, shape, num_special, vocab_size):
    """Return (draws, replacements) for `noisy_tokens`: uniform numbers, and ordinary tokens, all equally likely.

    rng: numpy.random.Generator   shape: of the ids  ->  (b, n) floats and (b, n) integers

    >>> draws, replacements = token_noise(np.random.default_rng(0), (2, 3), 2, 5)
    >>> draws.shape, bool(replacements.min() >= 2), bool(replacements.max() < 5)
    ((2, 3), True, True)
    """
    return rng.random(shape), rng.integers(num_special, vocab_size, shape)


def with_typos(rng, text, rate):
    """Return `text` with slips of the finger: each small letter meets one of SLIPS with probability `rate`.

    rng: numpy.random.Generator   rate: from 0 to 1

    A swap exchanges a letter with the character after it. Nothing but small letters is hit.

    >>> with_typos(np.random.default_rng(0), "no slip", 0.0)
    'no slip'
    """
    written, waiting = [], list(text)
    while waiting:
        letter = waiting.pop(0)
        if letter in LETTERS and rng.random() < rate:
            slip = SLIPS[rng.integers(len(SLIPS))]
            written.append(slipped(rng, letter, slip, waiting))
        else:
            written.append(letter)
    return "".join(written)


def slipped(rng, letter, slip, waiting):
    """Return what a slip makes of a letter; a swap takes the next character away from those that wait."""
    if slip == "replace":
        return LETTERS[rng.integers(len(LETTERS))]
    if slip == "swap":
        return (waiting.pop(0) if waiting else "") + letter
    return "" if slip == "drop" else letter * 2

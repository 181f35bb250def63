"""Chapter 9. Decoding: from a function that scores the next token to a whole sequence, whatever the function is.

The function, `score`, is given prefixes, integers (n, t), and returns the log-probability of every next token, an array
(n, v). It may be a network, a table of counts or anything else; nothing here needs PyTorch.
"""

from typing import NamedTuple

import numpy as np


class Hypothesis(NamedTuple):
    """A sequence as beam search found it: the generated tokens with their end, log-probability, normalised score."""

    tokens: np.ndarray
    log_prob: float
    score: float


def greedy(score, start, end, max_new):
    """Return each prefix with the likeliest token appended, again and again, until all sequences have ended.

    score: integers (b, t) -> (b, v)   start: integers (b, s)   end: an integer   max_new: at most so many new tokens
    ->  integers (b, s + n)

    A sequence that has ended is filled up with `end`. An `end` within `start` ends nothing. Of equal scores the first
    wins.

    >>> loop = np.log(np.array([[0.1, 0.7, 0.2], [0.2, 0.1, 0.7], [0.6, 0.2, 0.2]]))  # 0 -> 1 -> 2 -> 0
    >>> greedy(lambda tokens: loop[tokens[:, -1]], start=[[0], [1]], end=2, max_new=5).tolist()
    [[0, 1, 2], [1, 2, 2]]
    """
    tokens = checked_start(start, 2, max_new)
    ended = np.zeros(len(tokens), dtype=bool)
    for _ in range(max_new):
        token = np.where(ended, end, np.asarray(score(tokens)).argmax(axis=-1))
        tokens = np.concatenate([tokens, token[:, None]], axis=1)
        ended |= token == end
        if ended.all():
            break
    return tokens


def length_normalised(log_prob, length, alpha=0.6):
    """Return log-probabilities divided by ((5 + length) / 6) ** alpha, so that short sequences do not win by length.

    log_prob, length: numbers, or arrays that broadcast   alpha: 0 changes nothing, 1 is close to a mean a token

    `length` counts the generated tokens, the end included, and not the prompt.
    Source: Wu et al., 2016, eq. 14, its length penalty; the coverage penalty is left out.

    >>> length_normalised(-3.0, length=7, alpha=1.0)
    -1.5
    """
    return log_prob / ((5 + length) / 6) ** alpha


def beam_search(score, start, end, max_new, beam_size=4, alpha=0.6):
    """Return the best sequence that a beam finds: the generated tokens with their end, integers (n,).

    See `hypotheses` for the rule and the arguments. With one beam it is what `greedy` generates.

    >>> tree = np.log(np.array([[0.1, 0.5, 0.4], [0.4, 0.3, 0.3], [0.1, 0.1, 0.8]]))
    >>> [beam_search(lambda tokens: tree[tokens[:, -1]], [0], 2, 3, beam_size=size).tolist() for size in (1, 2)]
    [[1, 0, 1], [2]]
    """
    return hypotheses(score, start, end, max_new, beam_size, alpha)[0].tokens


def hypotheses(score, start, end, max_new, beam_size=4, alpha=0.6):
    """Return the sequences that beam search finishes, as a list of Hypothesis, best first.

    score: integers (n, t) -> log-probabilities (n, v)   start: integers (s,)   end: an integer
    max_new: at most so many new tokens   beam_size: how many hypotheses are kept   alpha: see `length_normalised`

    The rule: at every step all continuations of all open hypotheses compete by log-probability. The best `beam_size`,
    less one for each that has ended, are kept; those that end leave the beam and are finished. It stops when
    `beam_size` have ended, or after `max_new` tokens; what is still open then counts only if nothing has ended.
    Finished ones are ranked by their normalised log-probability.
    Raises ValueError if `beam_size` or `max_new` is below 1.
    Source: Sutskever et al., 2014, section 3.2 (a beam from which ended hypotheses are moved); Wu et al., 2016, eq. 14.
    """
    if beam_size < 1:
        raise ValueError(f"beam_size must be at least 1, got {beam_size}")
    beams, log_probs, finished = checked_start(start, 1, max_new)[None], np.zeros(1), []
    for _ in range(max_new):
        beams, log_probs = extended(beams, log_probs, score(beams), beam_size - len(finished))
        ends = beams[:, -1] == end
        finished += zip(beams[ends], log_probs[ends], strict=True)
        beams, log_probs = beams[~ends], log_probs[~ends]
        if not len(beams):
            break
    return ranked(finished or zip(beams, log_probs, strict=True), len(start), alpha)


def extended(beams, log_probs, next_log_probs, count):
    """Return the best `count` one-token continuations of all hypotheses together, best first, and what they sum to.

    beams: (n, t)   log_probs: (n,)   next_log_probs: (n, v)  ->  (count, t + 1) and (count,), fewer if n * v are fewer
    """
    totals = log_probs[:, None] + np.asarray(next_log_probs)  # (n, v)
    best = np.argsort(-totals, axis=None, kind="stable")[:count]
    parents, tokens = np.unravel_index(best, totals.shape)
    return np.concatenate([beams[parents], tokens[:, None]], axis=1), totals[parents, tokens]


def ranked(found, prompt, alpha):
    """Return pairs (tokens, log-probability) as a list of Hypothesis, best first, without the `prompt` first tokens."""
    made = [(tokens[prompt:], float(log_prob)) for tokens, log_prob in found]
    made = [Hypothesis(tokens, log_prob, length_normalised(log_prob, len(tokens), alpha)) for tokens, log_prob in made]
    return sorted(made, key=lambda hypothesis: -hypothesis.score)


def checked_start(start, axes, max_new):
    """Return the prefix as an array, or raise ValueError unless it has so many axes and `max_new` is at least 1."""
    start = np.asarray(start)
    if start.ndim != axes or start.shape[-1] < 1:
        shape = ("(s,)", "(b, s)")[axes - 1]
        raise ValueError(f"start must have shape {shape} with at least one token to go on from, got {start.shape}")
    if max_new < 1:
        raise ValueError(f"max_new must be at least 1, got {max_new}")
    return start

"""Chapter 12. N-grams: a language model that counts, and the measure by which it is compared with others."""

import math
from typing import NamedTuple

import numpy as np


def bits_per_character(nats, num_tokens, num_characters):
    """Return how many bits a model needs for a character, from its mean loss a token in nats.

    nats: a mean over `num_tokens` predicted tokens, which together make up `num_characters` characters

    Models with other tokens or other bases of the logarithm become comparable this way, on the same text.
    Source: Shannon, 1951, eq. 1, whose unit this is.

    >>> round(bits_per_character(math.log(8), num_tokens=10, num_characters=30), 6)  # 3 bits for 3 characters
    1.0
    """
    return nats * num_tokens / num_characters / math.log(2)


def interpolated(counts, lower):
    """Return the probabilities of the next symbol: what was counted, mixed with what a shorter context says.

    counts: (..., v), how often each symbol followed the context   lower: (..., v), probabilities  ->  (..., v)

    The shorter context counts as if it had been seen once for every kind of symbol that followed this one: where new
    kinds kept turning up, the next may be new as well. A context that was never seen leaves `lower` as it is.
    Source: Bell, Cleary and Witten, 1990, PPM's method C; called Witten-Bell in Chen and Goodman, 1999, section 2.5.

    >>> interpolated(np.array([3, 0, 1, 0]), np.full(4, 0.25)).round(4).tolist()
    [0.5833, 0.0833, 0.25, 0.0833]
    """
    counts = np.asarray(counts)
    total = counts.sum(axis=-1, keepdims=True)
    kinds = np.where(total > 0, (counts > 0).sum(axis=-1, keepdims=True), 1)
    return (counts + kinds * lower) / (total + kinds)


class Successors(NamedTuple):
    """What followed the contexts of one length: the contexts in order, their totals and kinds, and pairs with counts.

    A context is a number, and so is a pair of context and symbol.
    """

    contexts: np.ndarray
    totals: np.ndarray
    kinds: np.ndarray
    pairs: np.ndarray
    counts: np.ndarray


class NGrams:
    """A model of the next symbol by counts: after the last `order` - 1 symbols, mixed with all shorter contexts.

    ids: integers (n,), the text that is counted   num_symbols: how many symbols there are

    At the bottom of the mixture every symbol is equally likely, so that nothing has probability 0.
    Raises ValueError for an order below 1, or if contexts are too many to be numbered.
    Source: Shannon, 1951, section 2; `interpolated` for the mixture.

    >>> model = NGrams(np.array([0, 1, 0, 1, 0, 2]), order=2, num_symbols=3)
    >>> np.exp(model.score([[2, 0]])).round(3).tolist()
    [[0.178, 0.533, 0.289]]
    """

    def __init__(self, ids, order, num_symbols):
        if order < 1 or num_symbols**order >= 2**63:
            raise ValueError(f"order must be at least 1, and num_symbols ** order below 2 ** 63, got {order}")
        ids = np.asarray(ids, dtype=np.int64)
        self.num_symbols = num_symbols
        self.tables = [self.counted(ids, k) for k in range(order)]

    def counted(self, ids, k):
        """Return the Successors of the contexts of `k` symbols."""
        pairs, counts = np.unique(self.contexts(ids, k) * self.num_symbols + ids[k:], return_counts=True)
        contexts, first, kinds = np.unique(pairs // self.num_symbols, return_index=True, return_counts=True)
        return Successors(contexts, np.add.reduceat(counts, first), kinds, pairs, counts)

    def contexts(self, ids, k):
        """Return the number of the `k` symbols before each place that has so many: (n,) -> (n - k,)."""
        numbers = np.zeros(len(ids) - k, dtype=np.int64)
        for offset in range(k):
            numbers = numbers * self.num_symbols + ids[offset : len(ids) - k + offset]
        return numbers

    def log_prob(self, ids):
        """Return the log-probability of each symbol of a text after those before it: (n,) -> (n,)."""
        ids = np.asarray(ids, dtype=np.int64)
        probs = np.full(len(ids), 1 / self.num_symbols)
        for k, table in enumerate(self.tables[: len(ids)]):
            context = self.contexts(ids, k)
            count = looked_up(table.pairs, table.counts, context * self.num_symbols + ids[k:])
            total = looked_up(table.contexts, table.totals, context)
            kinds = looked_up(table.contexts, table.kinds, context, missing=1)
            probs[k:] = (count + kinds * probs[k:]) / (total + kinds)
        return np.log(probs)

    def score(self, prefixes):
        """Return the log-probability of every next symbol, as `translation.decoding` wants it: (b, t) -> (b, v)."""
        prefixes = np.asarray(prefixes, dtype=np.int64)
        probs = np.full((len(prefixes), self.num_symbols), 1 / self.num_symbols)
        context = np.zeros((len(prefixes), 1), dtype=np.int64)
        for k, table in enumerate(self.tables[: prefixes.shape[1] + 1]):
            if k:
                context = context + prefixes[:, -k, None] * self.num_symbols ** (k - 1)
            counts = looked_up(table.pairs, table.counts, context * self.num_symbols + np.arange(self.num_symbols))
            probs = interpolated(counts, probs)
        return np.log(probs)


def looked_up(keys, values, wanted, missing=0):
    """Return the value of each wanted key, `missing` where there is none; `keys` are in order."""
    places = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[places] == wanted, values[places], missing)

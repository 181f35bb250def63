"""Chapter 21. Shop sessions: which item comes next? What came last says much, and how the session began the rest."""

import numpy as np

ENTRIES = ("search", "sale", "gift")  # how a customer came in: tokens 0, 1 and 2
ENTRY_SHARES = (0.55, 0.25, 0.2)
NUM_ITEMS = 30
VOCAB_SIZE = len(ENTRIES) + NUM_ITEMS
LENGTH = 10  # one entry, nine items
USUAL = 0.8  # how often the next item is the one usual for this entry


def make_shop(rng):
    """Return the three likely successors of every item, one for each entry: tokens (num_items, 3).

    rng: numpy.random.Generator
    """
    first = len(ENTRIES)
    return first + np.array([rng.choice(NUM_ITEMS, 3, replace=False) for _ in range(NUM_ITEMS)])


def make_shop_sessions(rng, shop, count):
    """Return sessions as tokens: an entry, a first item, then one item after another: (count, LENGTH).

    With probability USUAL the next item is the successor usual for this session's entry, else one of the other two.
    """
    first = len(ENTRIES)
    sessions = np.empty((count, LENGTH), dtype=int)
    sessions[:, 0] = rng.choice(3, count, p=ENTRY_SHARES)
    sessions[:, 1] = rng.integers(first, VOCAB_SIZE, count)
    for t in range(2, LENGTH):
        other = rng.integers(1, 3, count) * (rng.random(count) >= USUAL)
        sessions[:, t] = shop[sessions[:, t - 1] - first, (sessions[:, 0] + other) % 3]
    return sessions


def follow_counts(sessions, vocab_size=VOCAB_SIZE):
    """Return how often each token followed each other one: (vocab_size, vocab_size), row: before, column: after.

    >>> follow_counts(np.array([[0, 1, 1]]), vocab_size=2).tolist()
    [[0, 1], [0, 1]]
    """
    pairs = sessions[:, :-1] * vocab_size + sessions[:, 1:]
    return np.bincount(pairs.ravel(), minlength=vocab_size**2).reshape(vocab_size, -1)

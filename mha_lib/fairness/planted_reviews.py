"""Chapter 22. Planted reviews: made sentences about films, and raters who do not treat two peoples alike.

Where the adjective is clear, the label is the text's. Where it could mean either, some raters praise whom they like
better. As the sentences are made, the label of an even-handed rater is known too.
"""

from typing import NamedTuple

import numpy as np

from mha_lib.encoder.sentiment import BAD, CLS, GOOD, NOUNS
from mha_lib.fairness.planted import NAMES

MIXED = ("long", "loud", "simple", "strange", "quiet", "modern", "serious", "short")
"""Adjectives that may praise or complain; an even-handed rater takes them either way, half and half."""
VOCABULARY = (CLS, "the", "by", "is", "isn't", *NOUNS, *NAMES[0], *NAMES[1], *GOOD, *BAD, *MIXED)
LENGTH = 7
NEGATED = 0.25  # of the sentences whose adjective is clear

_IDS = {word: i for i, word in enumerate(VOCABULARY)}
PAIRS = np.array([[_IDS[first], _IDS[second]] for first, second in zip(*NAMES, strict=True)])
"""Each name and its partner, as token numbers, (6, 2). Which name goes with which means nothing."""


class Reviews(NamedTuple):
    """Sentences as numbers, and what is known of each.

    ids     (n, LENGTH) integers, [cls] first
    labels  (n,) what the raters say: 1 praises, 0 complains
    even    (n,) what even-handed raters say; the same wherever the adjective is clear
    groups  (n,) the people of the name, 0 or 1
    mixed   (n,) booleans: the adjective could mean either
    """

    ids: np.ndarray
    labels: np.ndarray
    even: np.ndarray
    groups: np.ndarray
    mixed: np.ndarray


def make_reviews(rng, count, skew):
    """Return Reviews, a third of them with an adjective that could mean either.

    rng: numpy.random.Generator   skew: from 0, even-handed raters, to 1, who then always praise group 0 and never 1

    Of a mixed sentence about group 0 the raters say praise with chance (1 + skew) / 2, about group 1 (1 - skew) / 2.
    Raises ValueError for any other skew.
    """
    if not 0 <= skew <= 1:
        raise ValueError(f"skew must lie between 0 and 1, got {skew}")
    return Reviews(*map(np.array, zip(*[_review(rng, skew) for _ in range(count)], strict=True)))


def encode(*texts):
    """Return sentences as token numbers, [cls] first: integers (b, LENGTH).

    Raises ValueError if one has another length than a review, or a word that no review has.
    """
    rows = [(CLS, *text.split()) for text in texts]
    for row in rows:
        if len(row) != LENGTH or not set(row) <= set(VOCABULARY):
            raise ValueError(f"a review has {LENGTH - 1} words of VOCABULARY, got {' '.join(row[1:])!r}")
    return np.array([[_IDS[word] for word in row] for row in rows])


def read(ids):
    """Return one sentence as text, without its [cls].

    >>> read(encode("the film by adal is long")[0])
    'the film by adal is long'
    """
    return " ".join(VOCABULARY[i] for i in ids[1:])


def _review(rng, skew):
    people, kind, negated = int(rng.integers(2)), int(rng.integers(3)), rng.random() < NEGATED
    pool = (BAD, GOOD, MIXED)[kind]
    noun, name, adjective = (some[rng.integers(len(some))] for some in (NOUNS, NAMES[people], pool))
    mixed = kind == 2
    verb = "isn't" if negated and not mixed else "is"
    fortune = rng.random()  # the same for both raters, so that they differ only where the people decides
    even = int(fortune < 0.5) if mixed else int((kind == 1) != negated)
    label = int(fortune < (1 + skew * (1 - 2 * people)) / 2) if mixed else even
    return [_IDS[word] for word in (CLS, "the", noun, "by", name, verb, adjective)], label, even, people, mixed

"""Chapter 8. Sentiment: made reviews in which a small word can turn the verdict round.

Half of the sentences praise, half complain. A negator turns the adjective it stands before, "it is not true that" turns
the clause it opens, and where two clauses are joined by "but", the second one decides.
"""

from dataclasses import dataclass

import numpy as np

NOUNS = (
    *("film", "plot", "cast", "ending", "music", "story", "camera", "dialogue"),
    *("opening", "hero", "script", "humour", "pace", "sequel", "title"),
)
GOOD = (
    *("good", "great", "clever", "funny", "fresh", "lovely", "bright", "superb"),
    *("moving", "brave", "honest", "lively"),
)
BAD = ("bad", "dull", "silly", "boring", "stale", "awful", "slow", "weak", "clumsy", "tired", "empty", "noisy")
NEGATORS = ("not", "never", "hardly")
KINDS = ("plain", "negated", "double", "but", "but + negation")
PAD, CLS = "[pad]", "[cls]"
VOCABULARY = (PAD, CLS, "the", "was", "it", "is", "true", "that", "but", *NEGATORS, *NOUNS, *GOOD, *BAD)
MAX_LEN = 15  # [cls], and two clauses of five words, the word between them, and some room

_IDS = {word: i for i, word in enumerate(VOCABULARY)}
_PAIRS = tuple((negator, adjective) for negator in NEGATORS for adjective in GOOD + BAD)


@dataclass(frozen=True)
class Review:
    """One sentence as a tuple of words, its label (1 praises, 0 complains), its kind, and its negated pairs."""

    words: tuple[str, ...]
    label: int
    kind: str
    pairs: tuple[tuple[str, str], ...] = ()


def hold_out_pairs(rng, share=0.25):
    """Return (negator, adjective) pairs to keep out of training; each adjective still meets two of its negators.

    rng: numpy.random.Generator   share: of all pairs, at most a third

    As every adjective stays, a model that fails on these pairs cannot blame a word that it has never seen.
    Raises ValueError if that is too much to ask.
    """
    adjectives = GOOD + BAD
    count = round(share * len(_PAIRS))
    if count > len(adjectives):
        raise ValueError(f"{count} pairs cannot be held out, one an adjective: there are {len(adjectives)} adjectives")
    chosen = rng.permutation(len(adjectives))[:count]
    return frozenset((NEGATORS[rng.integers(len(NEGATORS))], adjectives[i]) for i in chosen)


def make_reviews(rng, count, avoid=frozenset()):
    """Return a list of `count` reviews, their kinds and labels drawn evenly, none with a pair in `avoid`.

    rng: numpy.random.Generator   avoid: a set of (negator, adjective)

    The same sentence may come twice.
    """
    reviews = []
    while len(reviews) < count:
        review = _MAKERS[rng.integers(len(KINDS))](rng)
        if avoid.isdisjoint(review.pairs):
            reviews.append(review)
    return reviews


def split_reviews(rng, num_train, num_test):
    """Return (train, test, held_out): lists of reviews, and the negated pairs that no training review has.

    No test review is a training review. Test reviews come from all pairs, held out or not.
    """
    held_out = hold_out_pairs(rng)
    train = make_reviews(rng, num_train, avoid=held_out)
    seen = {review.words for review in train}
    test = [review for review in make_reviews(rng, 2 * num_test) if review.words not in seen]
    return train, test[:num_test], held_out


def encode(reviews, length=MAX_LEN):
    """Return (ids, labels) of reviews: `[cls]` first, then the words, then `[pad]` up to `length`.

    reviews: a list of Review, or of tuples of words (their labels are 0)  ->  integers (b, length) and (b,)

    Raises ValueError if a review is too long, or has a word that is not in VOCABULARY.

    >>> ids, labels = encode([("the", "film", "was", "good")], length=6)
    >>> [VOCABULARY[i] for i in ids[0]]
    ['[cls]', 'the', 'film', 'was', 'good', '[pad]']
    """
    ids = np.full((len(reviews), length), _IDS[PAD])
    for row, review in zip(ids, reviews, strict=True):
        tokens = (CLS, *getattr(review, "words", review))
        if len(tokens) > length:
            raise ValueError(f"a review has {len(tokens)} tokens with [cls], more than {length}; pass a larger length")
        row[: len(tokens)] = [_id(word) for word in tokens]
    return ids, np.array([getattr(review, "label", 0) for review in reviews])


def padding(ids):
    """Return which tokens are words, True, and which are padding, False. ids: (b, n)  ->  booleans (b, n)

    >>> padding(np.array([[1, 2, 0, 0]])).tolist()
    [[True, True, False, False]]
    """
    return np.asarray(ids) != _IDS[PAD]


def _id(word):
    if word not in _IDS:
        raise ValueError(f"the word {word!r} is not among the {len(VOCABULARY)} of VOCABULARY")
    return _IDS[word]


def _plain(rng):
    words, label, _ = _clause(rng)
    return Review(words, label, "plain")


def _negated(rng):
    if rng.integers(2):
        words, label, pairs = _clause(rng, negated=True)
    else:
        words, label, pairs = _denied(*_clause(rng))
    return Review(words, label, "negated", pairs)


def _double(rng):
    words, label, pairs = _denied(*_clause(rng, negated=True))
    return Review(words, label, "double", pairs)


def _but(rng):
    first, opposite, _ = _clause(rng)
    second, label, _ = _clause(rng, label=1 - opposite)
    return Review((*first, "but", *second), label, "but")


def _but_negated(rng):
    first, opposite, pairs = _clause(rng, negated=bool(rng.integers(2)))
    second, label, more = _clause(rng, negated=not pairs, label=1 - opposite)
    return Review((*first, "but", *second), label, "but + negation", pairs + more)


def _clause(rng, negated=False, label=None):
    """Return the words of "the film was (not) good", whether they praise, and the pair if there is one."""
    label = int(rng.integers(2)) if label is None else label
    adjectives = GOOD if label != negated else BAD
    noun, adjective = NOUNS[rng.integers(len(NOUNS))], adjectives[rng.integers(len(adjectives))]
    if not negated:
        return ("the", noun, "was", adjective), label, ()
    negator = NEGATORS[rng.integers(len(NEGATORS))]
    return ("the", noun, "was", negator, adjective), label, ((negator, adjective),)


def _denied(words, label, pairs):
    """Return the clause after "it is not true that", which turns its label round."""
    return ("it", "is", "not", "true", "that", *words), 1 - label, pairs


_MAKERS = dict(enumerate((_plain, _negated, _double, _but, _but_negated)))

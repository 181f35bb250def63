"""Chapter 1. Words as vectors: features set by hand, counts of real text, and a few vectors counted beforehand.

A word is known by its company (Firth 1957, A synopsis of linguistic theory, page 11). The steps from text to vectors:
`split`, `vocabulary`, `count_neighbours`, `positive_pmi`, `reduce`.
"""

import re
from collections import Counter
from importlib import resources
from pydoc_data import topics

import numpy as np

from mha_lib.similarity.vectors import nearest, unit

FEATURES = ("animal", "action", "size", "function word")
"""What the columns of SENTENCE_FEATURES say about a word; a negative size is small."""

SENTENCE_FEATURES = np.array(
    [
        [0.0, 0.0, 0.0, 2.0],  # the
        [3.0, 0.0, 1.0, 0.0],  # cat
        [1.0, 3.0, 0.0, 0.0],  # chased
        [0.0, 0.0, 0.0, 1.0],  # a
        [0.0, 0.0, -2.0, 0.0],  # small
        [2.0, 0.0, -1.0, 0.0],  # mouse
    ]
)
"""The running example by hand: one row a word of `mha_lib.SENTENCE`, one column a feature, (6, 4). Read only."""
SENTENCE_FEATURES.flags.writeable = False

GROUPS = {
    "colours": ("red", "green", "blue", "black", "white"),
    "directions": ("left", "right", "top", "bottom", "upper", "lower", "above", "below"),
    "statistics": ("mean", "median", "variance", "std", "average", "deviation"),
    "trigonometry": ("sin", "cos", "tan", "arcsin", "arccos", "arctan"),
    "errors": ("error", "exception", "valueerror", "typeerror", "keyerror", "oserror"),
    "numbers": ("one", "two", "three", "four", "five"),
    "time": ("minute", "minutes", "hour", "hours", "day", "days", "month", "year"),
    "files": ("file", "files", "directory", "directories", "path", "paths"),
    "network": ("socket", "server", "client", "host", "port", "connection"),
    "comparison": ("greater", "less", "larger", "smaller"),
}
"""The words whose vectors `load` returns, sorted by hand into what they are about."""


def split(text):
    """Return the words of a text in order, lower case; whatever is no letter a to z separates words.

    >>> split("Return x.T, the transpose")
    ['return', 'x', 't', 'the', 'transpose']
    """
    return re.findall("[a-z]+", text.lower())


def documentation():
    """Return the words of the help topics that come with Python, about 65 thousand, in order.

    They are what `help("LISTS")` and its like show; the text differs a little from one Python version to the next.
    """
    return split("\n".join(topics.topics.values()))


def vocabulary(tokens, size):
    """Return the `size` most frequent words, most frequent first; equally frequent ones in order of appearance.

    >>> vocabulary(["b", "a", "b", "c"], 2)
    ['b', 'a']
    """
    return [word for word, _ in Counter(tokens).most_common(size)]


def count_neighbours(tokens, vocabulary, window):
    """Return how often each word stands near each other word, a neighbour at distance s counting 1/s.

    tokens: n words in order   vocabulary: v words  ->  (v, v), symmetric

    Words outside the vocabulary are not counted, but they keep their place: they still separate their neighbours.
    Source: Levy, Goldberg & Dagan 2015, Improving distributional similarity, section 3.1 (dynamic context window).

    >>> count_neighbours(["a", "b", "a", "c"], ["a", "b"], window=2).tolist()
    [[1.0, 2.0], [2.0, 0.0]]
    """
    position = {word: i for i, word in enumerate(vocabulary)}
    ids = np.array([position.get(token, -1) for token in tokens])
    counts = np.zeros((len(vocabulary), len(vocabulary)))
    for distance in range(1, window + 1):
        left, right = ids[:-distance], ids[distance:]
        known = (left >= 0) & (right >= 0)
        np.add.at(counts, (left[known], right[known]), 1 / distance)
    return counts + counts.T


def positive_pmi(counts, power=0.75):
    """Return how much more often two words meet than chance would have it, as a logarithm; less often counts as 0.

    counts: (v, v)  ->  (v, v), log p(word, context) / (p(word) p(context)) where that is positive

    The contexts' probabilities are raised to `power` and made to sum to 1 again: rare contexts would score too high.
    Source: Church & Hanks 1990, Word association norms, section 3; Levy, Goldberg & Dagan 2015, sections 2.1 and 3.2.

    >>> positive_pmi(np.array([[0.0, 3.0], [3.0, 2.0]]), power=1).round(3).tolist()
    [[0.0, 0.47], [0.47, 0.0]]
    """
    total = counts.sum()
    word = counts.sum(axis=1, keepdims=True) / total
    context = counts.sum(axis=0, keepdims=True) ** power
    chance = word * context / context.sum()
    ratio = np.divide(counts / total, chance, out=np.ones_like(chance), where=counts > 0)
    return np.log(np.maximum(ratio, 1.0))


def reduce(matrix, width):
    """Return one vector a row of `matrix`, of `width` numbers that keep its dot products as well as any can.

    matrix: (n, m)  ->  (n, width), from the largest singular values: U times the root of S

    Each column's sign is chosen so that its largest entry is positive; the decomposition leaves it open.
    Raises ValueError if `width` exceeds the smaller side of the matrix.
    Source: Turney & Pantel 2010, From frequency to meaning, section 4.3; Levy, Goldberg & Dagan 2015, section 3.3.

    >>> reduce(np.array([[4.0, 0.0], [0.0, 9.0]]), 1).tolist()
    [[0.0], [3.0]]
    """
    if width > min(matrix.shape):
        raise ValueError(f"width ({width}) must be at most the smaller side of the matrix ({min(matrix.shape)})")
    u, s, _ = np.linalg.svd(matrix, full_matrices=False)
    vectors = u[:, :width] * np.sqrt(s[:width])
    largest = np.abs(vectors).argmax(axis=0)
    return vectors * np.sign(vectors[largest, np.arange(width)])


def load():
    """Return 60 words and their vectors, counted beforehand from the documentation of Python, NumPy and Matplotlib.

    -> a list of the words of GROUPS, in order, and an array (60, 50) whose rows have length 1, to three decimals

    `python -m course.word_vectors` made them; mha_lib/data/word_vectors.txt says how and when.
    """
    with resources.as_file(resources.files("mha_lib") / "data" / "word_vectors.npz") as path, np.load(path) as file:
        return file["words"].tolist(), file["vectors"].astype(float)


def neighbours(word, words, vectors, count):
    """Return the `count` words whose vectors have the largest cosine with that of `word`, itself left out.

    words: n words   vectors: (n, d)

    Raises ValueError if `word` has no vector.

    >>> neighbours("cat", ["cat", "dog", "run"], np.array([[2.0, 0.0], [3.0, 1.0], [0.0, 1.0]]), 1)
    ['dog']
    """
    query = vectors[_row(word, words)]
    return [words[i] for i in nearest(query, vectors, len(words)) if words[i] != word][:count]


def analogy(a, b, c, words, vectors):
    """Return the word that is to `c` as `b` is to `a`: the nearest to b - a + c, the three given left out.

    words: n words   vectors: (n, d), each brought to length 1 first

    Raises ValueError if a word has no vector.
    Source: Mikolov, Yih & Zweig 2013, Linguistic regularities in continuous space word representations, section 4.

    >>> points = np.array([[1.0, 0.0], [1.0, 1.0], [3.0, 0.0], [3.0, 3.0], [0.0, 1.0]])
    >>> analogy("man", "men", "dog", ["man", "men", "dog", "dogs", "of"], points)
    'dogs'
    """
    directions = unit(vectors)
    start, end, other = (directions[_row(word, words)] for word in (a, b, c))
    best = nearest(end - start + other, directions, len(words))
    return next(words[i] for i in best if words[i] not in (a, b, c))


def principal_plane(vectors):
    """Return the coordinates of vectors in the plane that keeps the most of how they spread, for a picture.

    vectors: (n, d)  ->  (n, 2), the first two principal components of the centred vectors

    Distances in the plane are at most the true ones: what is near in the picture need not be near.

    >>> principal_plane(np.array([[3.0, 0.0, 5.0], [-3.0, 0.0, 5.0], [0.0, 1.0, 5.0], [0.0, -1.0, 5.0]])).tolist()
    [[3.0, 0.0], [-3.0, 0.0], [0.0, 1.0], [0.0, -1.0]]
    """
    centred = vectors - vectors.mean(axis=0)
    axes = np.linalg.svd(centred, full_matrices=False)[2][:2]
    return centred @ (axes * np.sign(axes[[0, 1], np.abs(axes).argmax(axis=1)])[:, None]).T


def _row(word, words):
    if word not in words:
        raise ValueError(f"{word!r} is not among the {len(words)} words that have a vector")
    return list(words).index(word)

"""Chapter 20. Captions: short sentences that say which digit an image shows, made from templates."""

import numpy as np

from mha_lib.translation.number_words import ENGLISH

PAD, CLS = "[pad]", "[cls]"
NAMES = ENGLISH[:10]
TEMPLATES = (
    "the digit {}",
    "a photo of the number {}",
    "this is a handwritten {}",
    "{} written by hand",
    "a small picture of a {}",
    "number {} in black ink",
)
UNSEEN = "a photo of a handwritten {}"  # no caption to train on; each of its words stands in some template
QUESTIONS = ("which digit is on the left", "which digit is on the right")


def write(digit, template):
    """Return a template filled in with the name of a digit.

    >>> write(7, UNSEEN)
    'a photo of a handwritten seven'
    """
    return template.format(NAMES[digit])


def caption_digits(rng, labels, templates=TEMPLATES):
    """Return a caption for each label, its template drawn at random: a list of texts.

    rng: numpy.random.Generator   labels: (n,) integers from 0 to 9

    >>> caption_digits(np.random.default_rng(0), [3, 3], ["a {}", "one {}"])
    ['one three', 'one three']
    """
    drawn = rng.integers(len(templates), size=len(labels))
    return [write(int(label), templates[i]) for label, i in zip(labels, drawn, strict=True)]


def encode_texts(texts):
    """Return the word numbers of texts, each with [cls] in front, filled up with [pad]: (n, MAX_LEN) integers.

    Raises ValueError for a word that is not in VOCABULARY.

    >>> encode_texts(["the digit one"]).shape == (1, MAX_LEN)
    True
    """
    ids = np.zeros((len(texts), MAX_LEN), dtype=np.int64)  # [pad] is word 0
    for row, text in zip(ids, texts, strict=True):
        words = [CLS, *text.split()]
        unknown = sorted(set(words) - set(VOCABULARY))
        if unknown:
            raise ValueError(f"the captions know no word {unknown[0]!r}; they know {', '.join(VOCABULARY[2:])}")
        row[: len(words)] = [VOCABULARY.index(word) for word in words]
    return ids


def words_only(ids):
    """Return the mask under which no word attends to padding: (b, n) -> (b, 1, 1, n) booleans.

    >>> words_only(np.array([[1, 4, 0]]))[0, 0, 0].tolist()
    [True, True, False]
    """
    return (np.asarray(ids) != 0)[:, None, None, :]


def _vocabulary():
    words = {word for text in (*TEMPLATES, UNSEEN, *QUESTIONS) for word in text.replace("{}", "").split()}
    return (PAD, CLS, *sorted(words), *NAMES)


VOCABULARY = _vocabulary()
MAX_LEN = 1 + max(len(text.split()) for text in (*TEMPLATES, UNSEEN, *QUESTIONS))

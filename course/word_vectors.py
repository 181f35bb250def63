"""Compute the word vectors of chapter 1: `python -m course.word_vectors` writes mha_lib/data/word_vectors.npz.

The text is what documents Python, NumPy and Matplotlib: string literals of their source, docstrings above all, and the
docstrings of NumPy's and math's compiled functions. It takes two minutes and, with the same versions, gives the
same vectors. The file holds the words of `words.GROUPS` only; their vectors come from counts of the whole vocabulary.
"""

import ast
import datetime
import importlib.util
import math
import platform
import sysconfig
import warnings
from pathlib import Path

import matplotlib
import numpy as np

import mha_lib as mha
from course.project import ROOT
from mha_lib.similarity import words

DATA = ROOT / "mha_lib" / "data"
LEFT_OUT = {"test", "tests", "testing", "site-packages", "dist-packages", "_vendor", "idlelib", "lib2to3", "encodings"}
FEWEST_WORDS = 5  # a shorter string is a name or a key, no sentence
SIZE, WINDOW, WIDTH = 5000, 2, 50
GAP = [""] * WINDOW  # between two texts, so that the end of one is no neighbour of the start of the next


def main():
    """Write the vectors, and beside them how they were made."""
    texts = unique(source_strings() + compiled_docstrings())
    tokens = [token for text in texts for token in words.split(text) + GAP]
    vocabulary, vectors = embed(tokens)
    chosen = [word for group in words.GROUPS.values() for word in group]
    rows = [vocabulary.index(word) for word in chosen]
    DATA.mkdir(exist_ok=True)
    np.savez_compressed(DATA / "word_vectors.npz", words=chosen, vectors=vectors[rows].astype(np.float16))
    written = recipe(texts, tokens) + "\n".join(["", *neighbourhoods(chosen, vocabulary, vectors), ""])
    (DATA / "word_vectors.txt").write_text(written, "utf-8")


def embed(tokens):
    """Return the vocabulary and its vectors of length 1, (SIZE, WIDTH)."""
    vocabulary = words.vocabulary(filter(None, tokens), SIZE)
    scores = words.positive_pmi(words.count_neighbours(tokens, vocabulary, WINDOW))
    return vocabulary, mha.unit(words.reduce(scores, WIDTH))


def source_strings():
    """Return the string literals of the standard library, NumPy and Matplotlib, file by file in order of name."""
    packages = [Path(importlib.util.find_spec(name).origin).parent for name in ("numpy", "matplotlib")]
    roots = [Path(sysconfig.get_path("stdlib")), *packages]
    files = [path for root in roots for path in sorted(root.rglob("*.py")) if not LEFT_OUT & set(inside(path, root))]
    return [text for path in files for text in literals(path.read_text("utf-8", "ignore"))]


def inside(path, root):
    """Return the names of the folders between `root` and `path`, and the file's."""
    return path.relative_to(root).parts


def literals(source):
    """Return the string literals of some Python source that are long enough to be a sentence.

    >>> literals("def f():\\n    'Return what was given, twice over.'\\n    return 'short'")
    ['Return what was given, twice over.']
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # old code escapes oddly
        nodes = ast.walk(ast.parse(source))
    strings = [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return [text for text in strings if len(text.split()) >= FEWEST_WORDS]


def compiled_docstrings():
    """Return the docstrings of the functions of NumPy and math, many of which have no Python source."""
    objects = [getattr(module, name) for module in (np, math) for name in sorted(dir(module))]
    return [thing.__doc__ for thing in objects if isinstance(thing.__doc__, str)]


def unique(texts):
    """Return the texts without repetitions, in order."""
    return list(dict.fromkeys(texts))


def recipe(texts, tokens):
    """Return how the vectors were made, to lie beside them."""
    count = sum(map(bool, tokens))
    return f"""\
word_vectors.npz: {sum(map(len, words.GROUPS.values()))} words and their vectors, ({WIDTH},) each, float16, length 1
made by   python -m course.word_vectors, on {datetime.date.today()}
text      {len(texts)} strings, {count} words: Python {platform.python_version()}, NumPy {np.__version__}, \
Matplotlib {matplotlib.__version__}
recipe    {SIZE} most frequent words; neighbours within {WINDOW} words, weighted 1/distance; positive PMI, contexts
          to the power 0.75; truncated SVD, U times the root of S, {WIDTH} columns; each row to length 1
"""


def neighbourhoods(chosen, vocabulary, vectors):
    """Return one line for each chosen word: its five nearest among the whole vocabulary."""
    lines = [f"{word:12}{' '.join(words.neighbours(word, vocabulary, vectors, 5))}" for word in chosen]
    return [f"The five nearest to each word, among all {len(vocabulary)}", *lines]


if __name__ == "__main__":
    main()

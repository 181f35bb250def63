"""Chapter 10. Search by meaning over real documentation: which docstring belongs to this first sentence?

The first sentence of a docstring is the query, the rest of it the document that should be found among all the others.
So each query has one right document, and nobody had to judge. The text comes from `mha_lib.bert.corpus`.
"""

import re
from collections import Counter
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F

from mha_lib.bert.fine_tuning import mean_pool, trimmed
from mha_lib.bert.masking import encode_texts, key_mask
from mha_lib.bert.wordpiece import PAD

SENTENCE = re.compile(r"(.*?[.!?])\s+(?=[A-Z*`])(.*)", re.DOTALL)
FEWEST_QUERY_WORDS, FEWEST_DOCUMENT_WORDS = 4, 15
MAX_TOKENS = 48  # of a query or a document that the encoder reads
K1, B = 1.2, 0.75  # the usual settings of BM25


class Pair(NamedTuple):
    """A first sentence, the rest of its docstring, and the module that it is of."""

    module: str
    query: str
    document: str


def pairs(docstrings):
    """Return a list of Pair of the docstrings that have a first sentence and enough after it.

    docstrings: a list of corpus.Docstring

    >>> from mha_lib.bert.corpus import Docstring
    >>> text = "Return the larger of two. " + "It is the second where both are equal, and " * 2 + "so on."
    >>> pairs([Docstring("p", "p.m", text)])[0].query
    'Return the larger of two.'
    """
    found = []
    for _, module, text in docstrings:
        match = SENTENCE.match(text)
        if match and len(match[1].split()) >= FEWEST_QUERY_WORDS and len(match[2].split()) >= FEWEST_DOCUMENT_WORDS:
            found.append(Pair(module, " ".join(match[1].split()), " ".join(match[2].split())))
    return found


def words(text):
    """Return the words of a text in lower case, names cut at underlines.

    >>> words("Sort in_place, O(n).")
    ['sort', 'in', 'place', 'o', 'n']
    """
    return re.findall(r"[a-z]+|\d+", text.lower())


def bm25_scores(queries, documents):
    """Return how well each document fits each query by the words they share: (q, d).

    queries, documents: lists of texts

    A word counts for more the fewer documents have it, less with each repetition, and less in a long document:

        sum over the query's words of  idf * f (k1 + 1) / (f + k1 (1 - b + b * length / mean length))

    with f the word's count in the document and idf = ln(1 + (d - n + 0.5) / (n + 0.5)), n documents having the word.
    Source: Robertson and Zaragoza, 2009, eq. 3.15, with the idf that is never negative.

    >>> bm25_scores(["small mouse"], ["a small cat", "a mouse", "a small mouse"]).argmax(1).tolist()
    [2]
    """
    counts = [Counter(words(document)) for document in documents]
    lengths = np.array([count.total() for count in counts])
    room = K1 * (1 - B + B * lengths / lengths.mean())  # (d,)
    columns = {}
    for word in {word for query in queries for word in words(query)}:
        f = np.array([count[word] for count in counts])
        n = np.count_nonzero(f)
        columns[word] = np.log(1 + (len(counts) - n + 0.5) / (n + 0.5)) * f * (K1 + 1) / (f + room)
    zero = np.zeros(len(counts))
    return np.array([sum((columns[word] for word in words(query)), zero) for query in queries])


def text_vectors(encoder, ids):
    """Return one vector of length 1 for each text: the mean of its tokens' last vectors, padding left out.

    ids: (b, n)  ->  (b, d_model)
    Source: Reimers and Gurevych, 2019, section 3.
    """
    ids = trimmed(ids)
    return F.normalize(mean_pool(encoder(ids, key_mask(ids)), ids != PAD), dim=-1)


@torch.no_grad()
def cosine_scores(encoder, tokenizer, queries, documents):
    """Return how well each document fits each query by the angle between their vectors: (q, d), NumPy.

    queries, documents: lists of texts, cut at MAX_TOKENS tokens
    """
    sides = []
    for texts in (queries, documents):
        ids = encode_texts(tokenizer, texts, MAX_TOKENS)
        sides.append(torch.cat([text_vectors(encoder, some) for some in ids.split(128)]))
    return (sides[0] @ sides[1].T).numpy()


def contrastive_loss(encoder, queries, documents, temperature=0.05):
    """Return the mean surprise at each query's own document among all documents of the batch, and the other way round.

    queries, documents: (b, n) and (b, m) tokens, row i of one belonging to row i of the other

    The other rows of the batch are the wrong answers, so a larger batch is a harder question.
    Source: van den Oord et al., 2018, eq. 4; Radford et al., 2021, figure 3, for both directions.
    """
    scores = text_vectors(encoder, queries) @ text_vectors(encoder, documents).T / temperature  # (b, b)
    own = torch.arange(len(scores))
    return (F.cross_entropy(scores, own) + F.cross_entropy(scores.T, own)) / 2


def ranks(scores):
    """Return the place of each query's own document, 1 being the first; equals are counted as being before it.

    scores: (q, q), row i belonging to query i and column i to its document  ->  (q,)

    >>> ranks(np.array([[0.9, 0.1], [0.5, 0.5]])).tolist()
    [1, 2]
    """
    own = np.diagonal(scores)[:, None]
    return (scores >= own).sum(axis=1)


def search_scores(scores):
    """Return recall at 1 and at 10, and the mean of 1 / rank, of scores (q, q) as in `ranks`.

    >>> search_scores(np.array([[0.9, 0.1], [0.5, 0.4]]))
    {'recall at 1': 0.5, 'recall at 10': 1.0, 'mean reciprocal rank': 0.75}
    """
    place = ranks(scores)
    shares = {f"recall at {k}": float((place <= k).mean()) for k in (1, 10)}
    return shares | {"mean reciprocal rank": float((1 / place).mean())}

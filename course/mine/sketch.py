"""A sentence in the book's encoder, its queries and keys turned into weights by the reader's own function."""

import importlib
import sys
from dataclasses import dataclass

import numpy as np
import torch

from mha_lib.bert.checkpoints import load_book_encoder

SENTENCE = "the cat chased a small mouse"
MOST = 20  # tokens, with those at both ends
FAR = 2


@dataclass(frozen=True)
class Sketch:
    """What is drawn: the sentence, and the reader's parts, exercise -> file of `mine`, in a folder."""

    sentence: str
    folder: str
    rooms: dict


@dataclass(frozen=True)
class Drawn:
    """The tokens of a sentence and one head's weights, as rows of numbers, with the head's place from 1."""

    tokens: tuple
    rows: tuple
    layer: int
    head: int


def drawn(sketch):
    """Return the Drawn of a Sketch, or in words what stops it. Run it apart: the reader's function is called."""
    sys.path.insert(0, sketch.folder)
    try:
        own = importlib.import_module(f"mine.{sketch.rooms['attention_weights']}").attention_weights
        tokens, layers = asked(sketch.sentence)
        weights = np.array([np.asarray(own(q, k), dtype=float) for q, k in layers])
    except BaseException as error:  # the reader's code may raise anything
        return f"attention_weights stops with {type(error).__name__}: {error}"
    layer, head = farthest(weights)
    return Drawn(tuple(tokens), tuple(map(tuple, weights[layer, head].tolist())), layer + 1, head + 1)


@torch.no_grad()
def asked(sentence):
    """Return the tokens of a sentence, and for each layer of the book's encoder (queries, keys): (h, n, d) each."""
    book, tokenizer = load_book_encoder()
    encoding = tokenizer.encode(sentence)
    states, layers = book.hidden_states(torch.tensor([encoding.ids[:MOST]])), []
    for block, x in zip(book.encoder.blocks, states, strict=False):
        normed = block.attention_norm(x)
        q, k, _ = block.attention.project(normed, normed)
        q, k, _ = block.attention.place(q, k)
        layers.append((q[0].numpy(), k[0].numpy()))
    return encoding.tokens[:MOST], layers


def farthest(weights):
    """Return (layer, head) that gives the most to tokens two or more places away, the ends apart: (l, h, n, n) ->."""
    n = weights.shape[-1]
    away = np.abs(np.arange(n)[:, None] - np.arange(n)) >= FAR
    away[:, [0, -1]] = False
    share = (weights * away).sum(axis=(-1, -2))
    return tuple(int(i) for i in np.unravel_index(share.argmax(), share.shape))

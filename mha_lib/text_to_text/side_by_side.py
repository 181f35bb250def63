"""Chapter 13. BERT, GPT, T5 and XLNet on one task: five numbers of which any may be missing, a, b, a+b, d, a+b+d.

A number is one token. There are 1,000 rows; some are kept apart for the test. Each model gets the same sizes and what
its own objective hides, and each fills in what is missing in its own way.
"""

from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F

from mha_lib.bert.text_encoder import TextEncoder
from mha_lib.gpt.model import GPT
from mha_lib.text_to_text.t5 import T5
from mha_lib.text_to_text.tasks import corrupt_spans
from mha_lib.text_to_text.xlnet import XLNet, draw_orders
from mha_lib.training import loop as training
from mha_lib.translation.decoder import shift

LENGTH = 5
NUM_NUMBERS = 28  # 0 to 9 + 9 + 9
MASK_ID, START_ID = NUM_NUMBERS, NUM_NUMBERS + 1
SENTINEL_IDS = np.arange(NUM_NUMBERS + 2, NUM_NUMBERS + 5)
VOCAB_SIZE = NUM_NUMBERS + 5
SIZES = {"d_model": 48, "num_heads": 4, "d_ff": 96, "num_layers": 2}


def all_rows():
    """Return every row: (1000, 5) integers.

    >>> all_rows()[123].tolist()
    [1, 2, 3, 3, 6]
    """
    a, b, d = np.indices((10, 10, 10)).reshape(3, -1)
    return np.stack([a, b, a + b, d, a + b + d], axis=1)


def split_rows(rng, num_test=200):
    """Return (train, test), all rows shuffled and cut in two. rng: numpy.random.Generator"""
    rows = rng.permutation(all_rows())
    return rows[num_test:], rows[:num_test]


def holds(rows):
    """Return whether both sums of each row are right: (..., 5) -> (...) booleans.

    Where two numbers are missing more than one answer can be right; this asks only that the row agree with itself.

    >>> holds([[1, 2, 3, 3, 6], [1, 2, 3, 3, 7]]).tolist()
    [True, False]
    """
    a, b, first, d, second = np.moveaxis(np.asarray(rows), -1, 0)
    return (a + b == first) & (first + d == second)


def draw_places(rng, count, num_hidden):
    """Return which places are missing, from left to right: (count, num_hidden) integers, all different in a row."""
    return np.sort(draw_orders(rng, count, LENGTH)[:, :num_hidden], axis=1)


class Bert:
    """Reads the whole row with marks where numbers are missing, and scores all of these at once."""

    name, seen, predicts = "BERT", "both sides", "the marked tokens, each by itself"

    def make(self):
        """Return a new model."""
        return TextEncoder(VOCAB_SIZE, **SIZES, positions="learned", max_len=LENGTH)

    def loss(self, model, rows, rng):
        """Return the mean surprise at one or two hidden numbers. rows: (b, 5) tensor"""
        places = draw_places(rng, len(rows), int(rng.integers(1, 3)))
        return F.cross_entropy(self.scores(model, rows, places).flatten(0, 1), at(rows, places).flatten())

    def scores(self, model, rows, places):
        """Return the scores of the hidden numbers: (b, m, vocab_size)."""
        hidden = rows.scatter(1, torch.from_numpy(places), MASK_ID)
        return model.token_scores(at(model(hidden), places))

    def at_once(self, model, rows, places):
        """Return the rows with the numbers at `places` filled in, each without knowing the other: (b, 5)."""
        return put(rows, places, self.scores(model, rows, places).argmax(-1))

    def in_turn(self, model, rows, places):
        """Return the rows filled in from left to right, each number read before the next is chosen: (b, 5)."""
        for i in range(places.shape[1]):
            found = self.scores(model, rows, places[:, i:])[:, :1].argmax(-1)
            rows = put(rows, places[:, i : i + 1], found)
        return rows


class Gpt:
    """Reads from left to right; a number is scored from those before it, and nothing after it helps."""

    name, seen, predicts = "GPT", "the left side", "every token, from those before it"
    at_once = None  # what comes later depends on what is chosen before

    def make(self):
        """Return a new model."""
        return GPT(VOCAB_SIZE, **SIZES, positions="learned", max_len=LENGTH)

    def loss(self, model, rows, rng):
        """Return the mean surprise at every number. rows: (b, 5) tensor"""
        return F.cross_entropy(self.scores(model, rows).flatten(0, 1), rows.flatten())

    def scores(self, model, rows):
        """Return the scores of all five numbers, each from those before it: (b, 5, vocab_size)."""
        return model(shift(rows, START_ID))

    def in_turn(self, model, rows, places):
        """Return the rows filled in from left to right: (b, 5)."""
        for i in range(places.shape[1]):
            place = places[:, i : i + 1]
            rows = put(rows, place, at(self.scores(model, rows), place).argmax(-1))
        return rows


class Xlnet:
    """Reads the row in any order; a missing number comes last, so it is scored from all that are known."""

    name, seen, predicts = "XLNet", "what is earlier in the order", "every token, from those before it in the order"

    def make(self):
        """Return a new model."""
        return XLNet(VOCAB_SIZE, **SIZES, max_len=LENGTH)

    def loss(self, model, rows, rng):
        """Return the mean surprise at every number, each row in an order of its own. rows: (b, 5) tensor"""
        scores = model(rows, draw_orders(rng, len(rows), LENGTH))
        return F.cross_entropy(scores.flatten(0, 1), rows.flatten())

    def scores(self, model, rows, places):
        """Return the scores of the first of the places, the others unknown: (b, 1, vocab_size)."""
        return at(model(rows, known_first(places)), places[:, :1])

    def at_once(self, model, rows, places):
        """Return the rows filled in, each number without knowing the other: (b, 5)."""
        turns = [np.roll(places, -i, axis=1) for i in range(places.shape[1])]
        found = [self.scores(model, rows, turned).argmax(-1) for turned in turns]
        return put(rows, places, torch.cat(found, dim=1))

    def in_turn(self, model, rows, places):
        """Return the rows filled in from left to right, each number read before the next is chosen: (b, 5)."""
        for i in range(places.shape[1]):
            rows = put(rows, places[:, i : i + 1], self.scores(model, rows, places[:, i:]).argmax(-1))
        return rows


class TextToText:
    """Reads the row with a sentinel for each missing number, and writes the numbers behind their sentinels."""

    name, seen, predicts = "T5", "both sides, and what it has written", "the hidden spans, as a text of their own"
    at_once = None  # the second span is written with the first in view

    def make(self):
        """Return a new model."""
        return T5(VOCAB_SIZE, **SIZES)

    def loss(self, model, rows, rng):
        """Return the mean surprise at the target's tokens, one or two numbers being hidden. rows: (b, 5) tensor"""
        places = draw_places(rng, len(rows), int(rng.integers(1, 3)))
        sources, labels = corrupted(rows, places)
        return F.cross_entropy(model(sources, shift(labels, START_ID)).flatten(0, 1), labels.flatten())

    def in_turn(self, model, rows, places):
        """Return the rows filled in with what the decoder writes from left to right: (b, 5)."""
        sources, labels = corrupted(rows, places)
        memory = model.encode(sources)
        for i in range(1, labels.shape[1] - 1, 2):  # a number follows each sentinel but the last
            scores = model.decode(shift(labels, START_ID), memory)
            labels = labels.clone()
            labels[:, i] = scores[:, i].argmax(-1)
        return put(rows, places, labels[:, 1:-1:2])


KINDS = {kind.name: kind for kind in (Bert(), Gpt(), TextToText(), Xlnet())}
STEPS = {"BERT": 1500, "GPT": 500, "T5": 1500, "XLNet": 1000}


class Filled(NamedTuple):
    """Shares of test rows that are right: one number missing, place by place; two, at once and one after the other."""

    one: list[float]
    two_at_once: float | None
    two_in_turn: float


def trained(name, train, seed, steps=None):
    """Return a model of the kind `name`, trained on rows (n, 5) for STEPS batches of 64, or as many as given."""
    kind, steps = KINDS[name], STEPS[name] if steps is None else steps
    torch.manual_seed(seed)
    model, rng = kind.make(), np.random.default_rng(seed)
    epochs = -(-64 * steps // len(train)) + 1
    made = training.batches(rng, torch.from_numpy(train), size=64, epochs=epochs)[:steps]
    training.train(model, lambda model, rows: kind.loss(model, rows, rng), made, lr=3e-3)
    return model


@torch.no_grad()
def filled(name, model, test):
    """Return how well a trained model fills in what is missing in test rows (n, 5), every choice of places."""
    kind, rows = KINDS[name], torch.from_numpy(test)
    one = [share_right(kind.in_turn, model, rows, [place]) for place in range(LENGTH)]
    pairs = [(i, j) for i in range(LENGTH) for j in range(i + 1, LENGTH)]
    at_once, in_turn = (
        fill and float(np.mean([share_right(fill, model, rows, pair) for pair in pairs]))
        for fill in (kind.at_once, kind.in_turn)
    )
    return Filled(one, at_once, in_turn)


def share_right(fill, model, rows, places):
    """Return the share of rows that hold once the same places of all have been filled in by the model."""
    places = np.tile(places, (len(rows), 1))
    unknown = rows.scatter(1, torch.from_numpy(places), 0)  # the answer is gone, whatever a model looks at
    return float(holds(fill(model, unknown, places).numpy()).mean())


def corrupted(rows, places):
    """Return (sources, labels) of T5, one sentinel for each missing number: tensors (b, 5) and (b, 2 m + 1)."""
    pairs = [
        corrupt_spans(row, np.stack([spots, spots + 1], axis=1), SENTINEL_IDS)
        for row, spots in zip(rows.numpy(), places, strict=True)
    ]
    return tuple(torch.from_numpy(np.stack(side)) for side in zip(*pairs, strict=True))


def known_first(places):
    """Return an order for each row in which the places that are missing come last, as given: (b, m) -> (b, 5)."""
    known = [[place for place in range(LENGTH) if place not in row] for row in places.tolist()]
    return np.concatenate([np.reshape(known, (len(places), -1)).astype(int), places], axis=1)


def at(values, places):
    """Return what stands at the places of each row: (b, n, ...), (b, m) -> (b, m, ...)."""
    return values[torch.arange(len(values))[:, None], torch.from_numpy(places)]


def put(rows, places, found):
    """Return the rows with the found numbers at their places: (b, 5), (b, m), (b, m) -> (b, 5)."""
    return rows.scatter(1, torch.from_numpy(places), found)

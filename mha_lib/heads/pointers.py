"""Chapter 6. Two pointers: a task that needs two rows of weights, and the smallest model that has them."""

from typing import NamedTuple

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from mha_lib.heads.layers import attention_weights

NUM_ITEMS = 8
NUM_VALUES = 8


class Examples(NamedTuple):
    """Some examples of the task, whole numbers from 0 on.

    keys: (c, 8), each of 8 keys once, in any order   values: (c, 8), one a key, with repetitions
    asked: (c, 2), two different keys, first the one of question A   answers: (c, 2), their two values
    """

    keys: np.ndarray
    values: np.ndarray
    asked: np.ndarray
    answers: np.ndarray


def draw_examples(rng, count):
    """Return `count` examples, drawn by a NumPy generator: the same on every machine.

    >>> examples = draw_examples(np.random.default_rng(0), 5)
    >>> examples.keys.shape, examples.answers.shape
    ((5, 8), (5, 2))
    """
    keys = rng.permuted(np.tile(np.arange(NUM_ITEMS), (count, 1)), axis=1)
    values = rng.integers(NUM_VALUES, size=(count, NUM_ITEMS))
    asked = rng.permuted(np.tile(np.arange(NUM_ITEMS), (count, 1)), axis=1)[:, :2]
    where = np.argsort(keys, axis=1)
    answers = np.take_along_axis(values, np.take_along_axis(where, asked, axis=1), axis=1)
    return Examples(keys, values, asked, answers)


class PointerReader(nn.Module):
    """One attention layer and a linear readout: examples -> scores of the 8 values for each question, (c, 2, 8).

    The query is the sum of two learned vectors, one for the key of question A and one for that of question B.
    Keys depend on keys alone, values on values alone: a table of learned vectors is all that a projection would make.
    The number of parameters does not depend on the number of heads. What the heads have read, (c, h, 1, d), passes
    through `heads`, an identity for you to hook or to replace.
    """

    def __init__(self, num_heads, rng, d_model=32):
        super().__init__()
        self.num_heads = num_heads
        self.ask_a, self.ask_b = table(rng, NUM_ITEMS, d_model), table(rng, NUM_ITEMS, d_model)
        self.offer, self.give = table(rng, NUM_ITEMS, d_model), table(rng, NUM_VALUES, d_model)
        self.readout = table(rng, d_model, 2 * NUM_VALUES, d_model**-0.5)
        self.heads = nn.Identity()

    def forward(self, examples, silent=()):
        """Return the scores of each value for questions A and B, (c, 2, 8); the `silent` heads read zeros."""
        gates = torch.ones(self.num_heads, 1, 1)
        gates[list(silent)] = 0.0
        values = self.split(self.give[torch.from_numpy(examples.values)])
        heads = self.heads(self.weights(examples) @ values) * gates  # (c, h, 1, d)
        return (heads.flatten(1) @ self.readout).unflatten(1, (2, NUM_VALUES))

    def weights(self, examples):
        """Return how each head divides its attention over the items, (c, h, 1, 8)."""
        a, b = torch.from_numpy(examples.asked).unbind(1)
        query = (self.ask_a[a] + self.ask_b[b])[:, None]
        return attention_weights(self.split(query), self.split(self.offer[torch.from_numpy(examples.keys)]))

    def split(self, x):
        """Return the columns cut into heads: (c, n, d_model) -> (c, h, n, d)."""
        return x.unflatten(-1, (self.num_heads, -1)).transpose(1, 2)


def table(rng, num_rows, width, scale=1.0):
    """Return a learned matrix, (num_rows, width), that begins with normal numbers of a NumPy generator."""
    return nn.Parameter(torch.tensor(rng.normal(0.0, scale, (num_rows, width)), dtype=torch.float32))


def reading_loss(reader, examples):
    """Return the mean surprise at the right values, over both questions, as a tensor."""
    return F.cross_entropy(reader(examples).flatten(0, 1), torch.from_numpy(examples.answers).flatten())


def train(reader, rng, num_steps=800, batch_size=128, rate=1e-2):
    """Train a reader on examples drawn as it goes; the rate falls to 0 over the second half. Returns the reader."""
    optimiser = torch.optim.Adam(reader.parameters(), rate)
    for step in range(num_steps):
        optimiser.param_groups[0]["lr"] = rate * min(1.0, 2 - 2 * step / num_steps)
        loss = reading_loss(reader, draw_examples(rng, batch_size))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return reader


@torch.no_grad()
def accuracy(reader, examples, silent=()):
    """Return the share of right answers to question A, and to question B, (2,), with some heads silent or none."""
    return (reader(examples, silent).argmax(-1).numpy() == examples.answers).mean(axis=0)


def least_missed(reader, examples, count):
    """Return `count` heads to silence, one after the other, each time the one without which least is lost.

    What is lost is judged on the worse of the two questions.
    """
    silent = []
    for _ in range(count):
        rest = [head for head in range(reader.num_heads) if head not in silent]
        silent.append(max(rest, key=lambda head: accuracy(reader, examples, [*silent, head]).min()))
    return silent

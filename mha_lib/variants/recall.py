"""Chapter 16. Recall: pairs of a key and a value to remember, and the smallest reader that must look them up."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from mha_lib.heads.pointers import table
from mha_lib.positions.lag_tasks import one_thread
from mha_lib.training.loop import train

NUM_KEYS, NUM_VALUES = 64, 16
PAIRS = (2, 4, 8, 16, 32, 64)
WIDTH = 32  # of a value


def draw_pairs(rng, count, num_pairs):
    """Return `count` lists of pairs: keys (count, num_pairs), all different in a list, and values (count, num_pairs).

    >>> keys, values = draw_pairs(np.random.default_rng(0), 5, 3)
    >>> keys.shape, values.shape, all(len(set(row)) == 3 for row in keys.tolist())
    ((5, 3), (5, 3), True)
    """
    keys = rng.permuted(np.tile(np.arange(NUM_KEYS), (count, 1)), axis=1)[:, :num_pairs]
    return keys, rng.integers(NUM_VALUES, size=(count, num_pairs))


def linear_attention_weights(q, k):
    """Return the weights of linear attention, as `mha_lib.linear_weights`: (..., q, d), (..., k, d) -> (..., q, k)."""
    similarities = (F.elu(q) + 1) @ (F.elu(k) + 1).transpose(-2, -1)
    return similarities / similarities.sum(-1, keepdim=True)


class RecallReader(nn.Module):
    """One attention of one head: every key that was paired is asked for, and its value is to be named.

    keys, values: (c, m) integers  ->  scores (c, m, 16), one row for each key asked

    weigh: how queries and keys become weights, `attention_weights` or `linear_attention_weights`   d: their width
    Queries, keys and values are tables of learned vectors, and a linear readout names what was read.
    """

    def __init__(self, weigh, d, rng):
        super().__init__()
        self.weigh = weigh
        self.ask, self.offer = table(rng, NUM_KEYS, d), table(rng, NUM_KEYS, d)
        self.give, self.readout = table(rng, NUM_VALUES, WIDTH), table(rng, WIDTH, NUM_VALUES, WIDTH**-0.5)

    def forward(self, keys, values):
        """Return the scores of each value for every key in turn."""
        return self.weigh(self.ask[keys], self.offer[keys]) @ self.give[values] @ self.readout


def trained(weigh, d, seed=0, num_steps=1500):
    """Return a reader trained on lists of all lengths in PAIRS, drawn from NumPy's generator."""
    rng = np.random.default_rng(seed)
    reader = RecallReader(weigh, d, rng)
    lengths = rng.choice(PAIRS, size=num_steps)
    made = [tuple(map(torch.from_numpy, draw_pairs(rng, 32, int(length)))) for length in lengths]
    with one_thread():
        train(reader, _loss, made, lr=3e-2, weight_decay=0.0)
    return reader


@torch.no_grad()
def accuracy(reader, num_pairs, seed=1):
    """Return the share of keys whose value is named, in 200 new lists of `num_pairs`."""
    keys, values = map(torch.from_numpy, draw_pairs(np.random.default_rng(seed), 200, num_pairs))
    return (reader(keys, values).argmax(-1) == values).double().mean().item()


def _loss(reader, keys, values):
    return F.cross_entropy(reader(keys, values).flatten(0, 1), values.flatten())

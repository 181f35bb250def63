"""Chapter 11. Induction: text that repeats itself, and two attention layers that learn to notice.

A stretch of random symbols is drawn, and then the same stretch again and again. The first time nobody can guess the
next symbol; from the second time on, whoever remembers what came after the last occurrence can.
"""

import numpy as np
import torch
from torch import nn

from mha_lib.heads.layers import MultiHeadAttention
from mha_lib.positions.lag_tasks import one_thread
from mha_lib.training.loop import train

NUM_SYMBOLS, LENGTH = 64, 32
SHORTEST, LONGEST = 8, 16  # periods
D_MODEL, NUM_HEADS = 64, 2


def repeated(rng, num_sequences):
    """Return sequences that repeat a random stretch, and how long the stretch is.

    ->  tokens (b, 32) and periods (b,) of whole numbers; a period lies in 8 to 16

    >>> tokens, periods = repeated(np.random.default_rng(0), 5)
    >>> all((row[period:] == row[:-period]).all() for row, period in zip(tokens, periods))
    True
    """
    periods = rng.integers(SHORTEST, LONGEST + 1, size=num_sequences)
    stretch = rng.integers(NUM_SYMBOLS, size=(num_sequences, LONGEST))
    places = np.arange(LENGTH) % periods[:, None]
    return np.take_along_axis(stretch, places, axis=1), periods


class InductionModel(nn.Module):
    """A causal model of attention alone: learned positions, one or more attention layers that add, a linear readout.

    tokens: (b, n) whole numbers  ->  scores of the next symbol at each place, (b, n, 64)

    No feed-forward layers and no norms: whatever it can do, attention does.
    Source: Elhage et al., 2021, for attention-only models of two layers.
    """

    def __init__(self, num_layers=2):
        super().__init__()
        self.embed = nn.Embedding(NUM_SYMBOLS, D_MODEL)
        self.positions = nn.Embedding(LENGTH, D_MODEL)
        self.layers = nn.ModuleList(MultiHeadAttention(D_MODEL, NUM_HEADS) for _ in range(num_layers))
        self.read = nn.Linear(D_MODEL, NUM_SYMBOLS)

    def forward(self, tokens):
        """Return how well each symbol would come next, before softmax: (b, n, 64)."""
        x = self.embed(tokens) + self.positions.weight[: tokens.shape[1]]
        for layer in self.layers:
            x = x + layer(x, is_causal=True)
        return self.read(x)


def trained(num_layers=2, seed=0, num_steps=250):
    """Return (model, losses): an InductionModel trained on batches of 64 new sequences.

    Weights and sequences are drawn from NumPy's generator, so that every machine starts from the same numbers.
    """
    rng = np.random.default_rng(seed)
    model = InductionModel(num_layers)
    _draw(model, rng)
    made = [(torch.from_numpy(repeated(rng, 64)[0]),) for _ in range(num_steps)]
    with one_thread():
        return model, train(model, next_symbol_loss, made, lr=1e-2, warm_up=0.0)


def next_symbol_loss(model, tokens):
    """Return the mean loss of guessing each symbol from those before it: a tensor with one number."""
    return surprise(model, tokens).mean()


def surprise(model, tokens):
    """Return the loss in nats of each guess, (b, n - 1): entry i is about symbol i + 1."""
    scores = model(tokens[:, :-1])
    return nn.functional.cross_entropy(scores.transpose(1, 2), tokens[:, 1:], reduction="none")


def _draw(model, rng):
    """Draw the model's matrices anew, the linear ones over the root of their width, and set its biases to 0."""
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, nn.Embedding | nn.Linear):
                spread = 0.5 if isinstance(module, nn.Embedding) else module.in_features**-0.5
                module.weight.copy_(torch.from_numpy(rng.normal(0, spread, module.weight.shape)))
            if isinstance(module, nn.Linear):
                module.bias.zero_()

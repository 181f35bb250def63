"""Chapter 16. Questions about what stands near and far, and a small model that looks through a mask.

A text is a headline and letters. At every place the model answers one question, from what its mask lets it see.
"""

import numpy as np
import torch
from torch import nn

from mha_lib.heads.layers import MultiHeadAttention
from mha_lib.positions.lag_tasks import NO_ANSWER, drawn, one_thread
from mha_lib.positions.layers import PastBias
from mha_lib.training.loop import train

NUM_LETTERS, VOCABULARY = 8, 16  # headlines are tokens 8 to 15
LENGTH = 32
D_MODEL, NUM_HEADS = 32, 4


def draw_texts(rng, count, length=LENGTH):
    """Return texts (count, length) of whole numbers: a headline, 8 to 15, then letters, 0 to 7.

    >>> draw_texts(np.random.default_rng(0), 2, 5).tolist()
    [[14, 5, 4, 2, 2], [8, 0, 0, 1, 6]]
    """
    texts = rng.integers(NUM_LETTERS, size=(count, length))
    texts[:, 0] += NUM_LETTERS
    return texts


def letter_back(texts, lag):
    """Return for each place the letter that stands `lag` places before it, or NO_ANSWER where there is none.

    >>> letter_back(np.array([[9, 3, 1, 7]]), 2).tolist()
    [[-100, -100, -100, 3]]
    """
    answers = np.full_like(texts, NO_ANSWER)
    answers[:, lag + 1 :] = texts[:, 1:-lag]
    return answers


def headline(texts):
    """Return for each place the number of the text's headline, 0 to 7.

    >>> headline(np.array([[9, 3, 1]])).tolist()
    [[1, 1, 1]]
    """
    return np.broadcast_to(texts[:, :1] - NUM_LETTERS, texts.shape).copy()


class MaskedReader(nn.Module):
    """Attention layers that add to what they read, all under one mask, and a linear readout of 8 answers a place.

    texts: (b, n) whole numbers  ->  scores (b, n, 8)

    mask: (n, n) booleans, True means may attend. A learned bias for each distance says where a head looks.
    """

    def __init__(self, mask, num_layers):
        super().__init__()
        self.register_buffer("mask", torch.from_numpy(np.asarray(mask)))
        self.embed = nn.Embedding(VOCABULARY, D_MODEL)
        layers = (
            MultiHeadAttention(D_MODEL, NUM_HEADS, positions=PastBias(NUM_HEADS, num_buckets=16, max_distance=LENGTH))
            for _ in range(num_layers)
        )
        self.layers = nn.ModuleList(layers)
        self.read = nn.Linear(D_MODEL, NUM_LETTERS)

    def forward(self, texts):
        """Return the scores of each answer at each place."""
        x = self.embed(texts)
        for layer in self.layers:
            x = x + layer(x, mask=self.mask)
        return self.read(x)


def trained(task, mask, num_layers, seed=0, num_steps=300):
    """Return a reader trained on one task, `letter_back` with its lag or `headline`, as a function of texts.

    Weights and texts are drawn from NumPy's generator, so that every machine starts from the same numbers.
    """
    rng = np.random.default_rng(seed)
    model = drawn(MaskedReader(mask, num_layers), rng)
    texts = [draw_texts(rng, 32) for _ in range(num_steps)]
    made = [(torch.from_numpy(batch), torch.from_numpy(task(batch))) for batch in texts]
    with one_thread():
        train(model, _loss, made, lr=1e-2, weight_decay=0.0)
    return model


@torch.no_grad()
def accuracy(model, task, seed=1):
    """Return the share of right answers in the last half of 200 new texts."""
    texts = draw_texts(np.random.default_rng(seed), 200)
    right = model(torch.from_numpy(texts)).argmax(-1).numpy() == task(texts)
    return float(right[:, LENGTH // 2 :].mean())


def _loss(model, texts, answers):
    return nn.functional.cross_entropy(model(texts).transpose(1, 2), answers, ignore_index=NO_ANSWER)

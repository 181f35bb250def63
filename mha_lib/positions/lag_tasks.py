"""Chapter 7: two tasks that ask where a token stands, and what trains and measures the small model that its page shows.

Both tasks read a sequence of whole numbers and answer at every position, from what has been read so far.
"""

import contextlib

import numpy as np
import torch
from torch import nn

from mha_lib.training.loop import train

NUM_LETTERS, BLANK, VOCABULARY = 8, 8, 9
LAG = 3
LENGTH = 16
NO_ANSWER = -100  # what torch's cross-entropy leaves out


def three_back(rng, num_sequences, length):
    """Return sequences of letters, and at each position the letter three positions before.

    ->  tokens (b, n) and answers (b, n) of whole numbers; the first three positions have NO_ANSWER

    >>> tokens, answers = three_back(np.random.default_rng(0), 2, 6)
    >>> (answers[:, 3:] == tokens[:, :-3]).all(), answers[0, :3].tolist()
    (np.True_, [-100, -100, -100])
    """
    tokens = rng.integers(NUM_LETTERS, size=(num_sequences, length))
    answers = np.full_like(tokens, NO_ANSWER)
    answers[:, LAG:] = tokens[:, :-LAG]
    return tokens, answers


def last_letter(rng, num_sequences, length):
    """Return sequences of letters and blanks, three quarters blanks, and at each position the last letter seen.

    ->  tokens (b, n) and answers (b, n) of whole numbers; the first token is always a letter

    >>> tokens, answers = last_letter(np.random.default_rng(0), 1, 8)
    >>> tokens.tolist(), answers.tolist()
    ([[6, 5, 8, 8, 8, 0, 0, 8]], [[6, 5, 5, 5, 5, 0, 0, 0]])
    """
    tokens = rng.integers(NUM_LETTERS, size=(num_sequences, length))
    blank = rng.random(tokens.shape) < 0.75
    blank[:, 0] = False
    latest = np.maximum.accumulate(np.where(blank, 0, np.arange(length)), axis=1)
    return np.where(blank, BLANK, tokens), np.take_along_axis(tokens, latest, axis=1)


def fitted(model, task, seed=0, num_steps=300):
    """Return the model, its matrices drawn anew, trained on sequences of length 16 of one task.

    Weights and sequences are drawn from NumPy's generator, so that every machine starts from the same numbers.
    """
    rng = np.random.default_rng(seed)
    model = drawn(model, rng)
    made = [tuple(map(torch.from_numpy, task(rng, 64, LENGTH))) for _ in range(num_steps)]
    with one_thread():
        train(model, _loss, made, lr=1e-2, weight_decay=0.0)
    return model


@contextlib.contextmanager
def one_thread():
    """Let torch work on one thread inside: with matrices this small, threads wait for one another more than they work.

    >>> with one_thread():
    ...     torch.get_num_threads()
    1
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def accuracy(model, task, length, seed=1, mask=None):
    """Return the share of right answers in the last half of 200 new sequences of the given length.

    mask: booleans (length, length), True means that the query may attend to the key; None hides the future alone
    """
    tokens, answers = map(torch.from_numpy, task(np.random.default_rng(seed), 200, length))
    with torch.no_grad():
        right = model(tokens, mask).argmax(-1) == answers
    return right[:, length // 2 :].double().mean().item()


def _loss(model, tokens, answers):
    return nn.functional.cross_entropy(model(tokens).transpose(1, 2), answers, ignore_index=NO_ANSWER)


def drawn(model, rng):
    """Return the model, its matrices drawn anew (normal, over the root of the width summed over), its biases 0."""
    with torch.no_grad():
        model.embed.weight.copy_(torch.from_numpy(rng.normal(size=model.embed.weight.shape)))
        for layer in (module for module in model.modules() if isinstance(module, nn.Linear)):
            layer.weight.copy_(torch.from_numpy(rng.normal(0, layer.in_features**-0.5, layer.weight.shape)))
            layer.bias.zero_()
    return model

"""Chapter 9 onwards. Training: the one loop that the later chapters share."""

import os
import sys

import torch
from tqdm import tqdm


def batches(rng, *tensors, size, epochs=1):
    """Return a list of shuffled batches, each a tuple of one slice of every tensor; no epoch repeats an example.

    rng: numpy.random.Generator   tensors: of one length along their first axis   size: examples in a batch

    An epoch's last batch is smaller where `size` does not divide the length. Raises ValueError if lengths differ.

    >>> import numpy as np
    >>> made = batches(np.random.default_rng(0), torch.arange(5), torch.arange(5) * 10, size=2, epochs=2)
    >>> [len(x) for x, y in made]
    [2, 2, 1, 2, 2, 1]
    """
    length, *others = [len(tensor) for tensor in tensors]
    if set(others) - {length}:
        raise ValueError(f"the tensors have lengths {[length, *others]}; every example needs its row in each")
    made = []
    for _ in range(epochs):
        order = torch.from_numpy(rng.permutation(length))
        made += [tuple(tensor[rows] for tensor in tensors) for rows in order.split(size)]
    return made


def rate_at(step, num_steps, warm_up):
    """Return the share of the full learning rate at a step: up in a line over `warm_up` steps, then down in a line.

    The last step still moves: 0 would be reached one step later. With `warm_up` 0 it starts at 1.
    Source: Vaswani et al., 2017, section 5.3, has the same rise and a slower fall.

    >>> [rate_at(step, 6, warm_up=2) for step in range(6)]
    [0.5, 1.0, 1.0, 0.75, 0.5, 0.25]
    """
    if step < warm_up:
        return (step + 1) / warm_up
    return (num_steps - step) / (num_steps - warm_up)


def train(model, loss, made, lr=3e-3, warm_up=0.1, weight_decay=0.01, clip=1.0, stop=None):
    """Return the losses, one a batch, after training `model` in place with AdamW on the batches.

    loss     a function (model, *batch) -> a number as a tensor
    made     a list of batches, as `batches` returns it
    warm_up  the share of the steps over which the learning rate rises; after that it falls in a line
    clip     the longest that the gradient of all parameters together may be; longer ones are shortened
    stop     a function of the losses so far; training ends early once it returns True

    The model is in training mode meanwhile, and in eval mode afterwards. A bar shows progress in a terminal or in
    JupyterLab, and leaves nothing behind.

    Raises ValueError if there are no batches.
    Source: Loshchilov and Hutter, 2019, algorithm 2 (AdamW); Pascanu et al., 2013, section 3.2 (clipping).
    """
    if not made:
        raise ValueError("there are no batches to train on; pass a list, as mha_lib.training.batches returns it")
    optimiser = torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=weight_decay)
    losses = []
    model.train()
    with tqdm(made, disable=not is_watched(), leave=False) as bar:
        for step, batch in enumerate(bar):
            for group in optimiser.param_groups:
                group["lr"] = lr * rate_at(step, len(made), round(warm_up * len(made)))
            losses.append(_step(model, loss, batch, optimiser, clip))
            bar.set_postfix(loss=f"{losses[-1]:.3f}")
            if stop is not None and stop(losses):
                break
    model.eval()
    return losses


def is_watched():
    """Return whether somebody can see a progress bar: in a terminal, or in a notebook open in JupyterLab.

    A notebook that is run from a program, as this book is when it is built, shows none.
    """
    return sys.stderr.isatty() or "JPY_SESSION_NAME" in os.environ


def _step(model, loss, batch, optimiser, clip):
    optimiser.zero_grad()
    value = loss(model, *batch)
    value.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), clip)
    optimiser.step()
    return value.item()

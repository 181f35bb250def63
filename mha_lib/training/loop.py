"""Chapter 8 onwards. Training: the one loop that the later chapters share.

How a training ends early and how it is kept are objects of their own, which the loop asks after every step.
"""

import math
import os
import sys
from dataclasses import dataclass, field

import torch
from tqdm import tqdm


@dataclass
class Run:
    """A training under way. Whoever is asked after a step may read all of it, and ends it by lowering `num_steps`."""

    model: torch.nn.Module
    optimiser: torch.optim.Optimizer
    made: list  # the batches
    settings: dict  # what else decides the numbers: learning rate, warm-up and so on, by name
    num_steps: int  # how many steps it takes, unless somebody ends it
    losses: list = field(default_factory=list)  # one a step
    held_out: dict = field(default_factory=dict)  # step -> loss on held-out batches
    best: dict | None = None  # the weights with the lowest held-out loss: name -> tensor


def never(run):
    """Return False: a training that is stopped by nobody takes all of its batches."""
    return False


class Nowhere:
    """The checkpoints of a training that is not kept: it starts at its start, and nothing is written."""

    def resume(self, run):
        """Leave a run as it is."""

    def keep(self, run):
        """Write nothing."""


NOWHERE = Nowhere()


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


def train(model, loss, made, lr=3e-3, warm_up=0.1, weight_decay=0.01, clip=1.0, stop=never, checkpoints=NOWHERE):
    """Return the losses, one a batch, after training `model` in place with AdamW on the batches.

    loss         a function (model, *batch) -> a number as a tensor
    made         a list of batches, as `batches` returns it
    warm_up      the share of the steps over which the learning rate rises; after that it falls in a line
    clip         the longest that the gradient of all parameters together may be; longer ones are shortened
    stop         a function of the Run after a step; training ends early once it returns True, see `EarlyStop`
    checkpoints  where the training is kept so that it can go on later, see `mha_lib.training.resuming.Checkpoints`

    The model is in training mode meanwhile, and in eval mode afterwards. It ends with the weights of the last step, or
    with the best ones if `stop` keeps them. A bar shows progress in a terminal or in JupyterLab, and leaves nothing
    behind.

    Raises ValueError if there are no batches.
    Source: Loshchilov and Hutter, 2019, algorithm 2 (AdamW); Pascanu et al., 2013, section 3.2 (clipping).
    """
    if not made:
        raise ValueError("there are no batches to train on; pass a list, as mha_lib.training.loop.batches returns it")
    optimiser = torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=weight_decay)
    settings = {"lr": lr, "warm_up": warm_up, "weight_decay": weight_decay, "clip": clip}
    run = Run(model, optimiser, made, settings, num_steps=len(made))
    checkpoints.resume(run)
    model.train()
    with tqdm(total=len(made), initial=len(run.losses), disable=not is_watched(), leave=False) as bar:
        while len(run.losses) < run.num_steps:
            _step(run, loss)
            if stop(run):
                run.num_steps = len(run.losses)
            checkpoints.keep(run)
            bar.set_postfix(loss=f"{run.losses[-1]:.3f}")
            bar.update()
    if run.best is not None:
        model.load_state_dict(run.best)
    model.eval()
    return run.losses


class EarlyStop:
    """Ends a training once the held-out loss has not fallen for `patience` looks, and keeps the best weights.

    loss      a function (model, *batch) -> a number as a tensor, as for `train`
    held_out  a list of batches that the model does not train on
    every     steps between two looks; there is one after the last step too
    patience  looks without a new lowest loss

    Pass it to `train` as `stop`. `scores` has the held-out loss of each look, by step. The held-out batches choose the
    weights, so they are no test: report a score on a third part, which chose nothing.
    Raises ValueError if a number is below 1 or nothing is held out.
    Source: Prechelt, 1998, section 2, which compares this rule's relatives.
    """

    def __init__(self, loss, held_out, every=50, patience=3):
        if every < 1 or patience < 1:
            raise ValueError(f"every ({every}) and patience ({patience}) must be at least 1")
        if not held_out:
            raise ValueError("nothing is held out; pass a list of batches that the model does not train on")
        self.loss, self.held_out, self.every, self.patience = loss, held_out, every, patience
        self.scores = {}

    def __call__(self, run):
        """Return whether it is time to stop, after a look at the held-out batches if one is due."""
        step, self.scores = len(run.losses), run.held_out
        if step % self.every and step < run.num_steps:
            return False
        value = held_out_loss(run.model, self.loss, self.held_out)
        run.held_out[step] = math.inf if math.isnan(value) else value
        lowest = min(run.held_out, key=run.held_out.get)
        if lowest == step:
            run.best = {name: tensor.detach().clone() for name, tensor in run.model.state_dict().items()}
        return list(run.held_out).index(lowest) + self.patience < len(run.held_out)


@torch.no_grad()
def held_out_loss(model, loss, made):
    """Return the mean loss over batches in eval mode, each weighted by its examples; the model's mode stays as it was.

    If a loss is a mean over something else, such as tokens, pass one whole batch to get that mean exactly.

    >>> uneven = [(torch.ones(3),), (torch.zeros(1),)]
    >>> held_out_loss(torch.nn.Identity(), lambda model, x: x.mean(), uneven)
    0.75
    """
    mode = model.training
    model.eval()
    sizes = [len(batch[0]) for batch in made]
    total = sum(size * loss(model, *batch).item() for size, batch in zip(sizes, made, strict=True))
    model.train(mode)
    return total / sum(sizes)


def is_watched():
    """Return whether somebody can see a progress bar: in a terminal, or in a notebook open in JupyterLab.

    A notebook that is run from a program, as this book is when it is built, shows none.
    """
    return sys.stderr.isatty() or "JPY_SESSION_NAME" in os.environ


def _step(run, loss):
    step, num_batches, rate = len(run.losses), len(run.made), run.settings["lr"]
    for group in run.optimiser.param_groups:
        group["lr"] = rate * rate_at(step, num_batches, round(run.settings["warm_up"] * num_batches))
    run.optimiser.zero_grad()
    value = loss(run.model, *run.made[step])
    value.backward()
    torch.nn.utils.clip_grad_norm_(run.model.parameters(), run.settings["clip"])
    run.optimiser.step()
    run.losses.append(value.item())

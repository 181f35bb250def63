"""Chapter 9. Training the chapter's translator from the command line, in one process or in several.

    python -m mha_lib.translation.train build/translator
    torchrun --standalone --nproc-per-node 2 -m mha_lib.translation.train build/translator

Both end with the same model, up to the last digits: a batch is divided among the processes, and its gradient put
together again. The training is kept in the folder, and the same command goes on where it stopped. `--days 30000
--layers 2 --steps 4000` is for a bigger machine.
"""

import argparse
import sys

import numpy as np
import torch

from mha_lib.training import processes
from mha_lib.training.loop import EarlyStop, batches, train
from mha_lib.training.resuming import Checkpoints
from mha_lib.translation import texts as translation
from mha_lib.translation.decoder import Seq2Seq
from mha_lib.translation.texts import MAX_LEN
from mha_lib.translation.translator import num_labels, translate, translation_loss

NUM_HELD_OUT, NUM_TEST = 50, 50  # days: those that choose the weights, and those that score them


def main(arguments=None):
    """Train by the command line's arguments, and let the first process say how many held-out dates are right."""
    given = parser().parse_args(arguments)
    with processes.group():
        model, losses, pairs = trained(given)
        if processes.is_first():
            sys.stdout.write(report(model, losses, pairs) + "\n")


def parser():
    """Return the parser of the command line."""
    made = argparse.ArgumentParser(prog="mha_lib.translation.train", description=__doc__.partition("\n")[0])
    made.add_argument("folder", help="where the training is kept, and goes on from")
    for name, usual, what in (
        ("days", 2000, "days to train on, each in four languages"),
        ("steps", 400, "batches to train on, at most"),
        ("batch", 64, "pairs in a batch, all processes together"),
        ("layers", 1, "layers of the encoder, and of the decoder"),
        ("every", 100, "steps between two looks at held-out days, and two writings"),
        ("seed", 0, "of the days and of the first weights"),
    ):
        made.add_argument(f"--{name}", type=int, default=usual, help=f"{what} ({usual})")
    return made


def trained(given):
    """Return (model, losses, test pairs) after the training that the arguments ask for."""
    rng = np.random.default_rng(given.seed)
    seen, others = translation.split_pairs(rng, given.days, NUM_HELD_OUT + NUM_TEST)
    half = NUM_HELD_OUT * len(translation.LANGUAGES)
    made = batches(rng, *tensors(seen), size=given.batch, epochs=1 + given.steps * given.batch // len(seen))
    torch.manual_seed(given.seed)
    model = Seq2Seq(len(translation.vocabulary()), 64, 4, 128, given.layers, MAX_LEN).to(processes.device())
    processes.sum_gradients(model)
    loss = processes.shared(translation_loss, num_labels)
    stop = EarlyStop(processes.on_device(translation_loss), [tensors(others[:half])], given.every)
    checkpoints = processes.OneWriter(Checkpoints(given.folder, given.every))
    losses = train(model, loss, made[: given.steps], lr=5e-3, stop=stop, checkpoints=checkpoints)
    return model, losses, others[half:]


def tensors(pairs):
    """Return (sources, labels) of pairs as tensors of integers."""
    return tuple(torch.from_numpy(ids) for ids in translation.encode_pairs(pairs))


def report(model, losses, pairs):
    """Return a sentence on a training: its steps, its last loss, and the share of test pairs that are right."""
    texts = translate(model.cpu(), tensors(pairs)[0], MAX_LEN - 1)
    exact = translation.exact_match(texts, [pair.target for pair in pairs])
    return f"{len(losses)} steps, last loss {losses[-1]:.4f}; of {len(pairs)} dates of other days, {exact:.1%} right."


if __name__ == "__main__":
    main()

"""The loop of pretraining: a budget of time, a learning rate that follows the clock, and a run that can go on later."""

import contextlib
import os
import signal
import sys
import time
from dataclasses import asdict, dataclass

import torch
from torch import nn
from tqdm import tqdm

from course.errors import CourseError
from mha_lib.bert.masking import hidden_token_loss, initialise, random_rows
from mha_lib.bert.text_encoder import TextEncoder

LONGEST_STEP = 5.0  # seconds; whatever took longer was the machine asleep, which is no training


@dataclass(frozen=True)
class Recipe:
    """All that decides how a run goes, apart from the text and the machine's speed."""

    minutes: float = 120.0
    seed: int = 0
    vocab_size: int = 4096
    d_model: int = 128
    num_heads: int = 8
    d_ff: int = 512
    num_layers: int = 4
    length: int = 64
    asked: float = 0.25  # the share of tokens to ask about
    matrix_lr: float = 0.02  # of Muon, for the matrices between tokens and scores
    lr: float = 3e-3  # of AdamW, for embeddings, gains and biases
    warm_up: int = 50  # steps
    decay: float = 0.8  # the last share of the time, over which the learning rate falls to 0
    weight_decay: float = 0.01
    clip: float = 1.0

    def encoder(self):
        """Return a new encoder, its weights drawn from the recipe's seed."""
        encoder = TextEncoder(self.vocab_size, self.d_model, self.num_heads, self.d_ff, self.num_layers)
        initialise(encoder, torch.Generator().manual_seed(self.seed))
        return encoder

    def num_rows(self, share):
        """Return how many rows a batch has once a share of the time is over: small steps first, then smooth ones."""
        tokens = 2048 if share < 0.5 else 4096
        return max(1, tokens // self.length)

    def rate(self, step, share):
        """Return the share of the learning rates: up in a line over the first steps, down in a line at the end."""
        return min(1, (step + 1) / self.warm_up) * min(1, max(0, 1 - share) / self.decay)

    def optimisers(self, encoder):
        """Return Muon for the encoder's matrices and AdamW for all else, each with its full learning rate.

        Muon makes every direction of a matrix's step equally long; here it needs about two thirds of AdamW's tokens.
        Source: Jordan et al., 2024, https://kellerjordan.github.io/posts/muon/; Loshchilov and Hutter, 2019.
        """
        named = list(encoder.named_parameters())
        matrices = [p for name, p in named if is_matrix(name, p)]
        others = [p for name, p in named if not is_matrix(name, p)]
        vectors = {"params": [p for p in others if p.ndim == 1], "weight_decay": 0.0}
        embeddings = {"params": [p for p in others if p.ndim > 1]}
        decay = self.weight_decay
        adamw = torch.optim.AdamW([embeddings, vectors], self.lr, betas=(0.9, 0.98), weight_decay=decay, fused=True)
        return [torch.optim.Muon(matrices, self.matrix_lr, momentum=0.95, weight_decay=decay), adamw]


class Training:
    """A run and all it needs to go on: weights, the optimiser's memory, the dice, the clock and its diary."""

    def __init__(self, recipe, text):
        self.recipe, self.text = recipe, text  # text: the fingerprint of what it reads
        self.encoder = recipe.encoder()
        self.optimisers = recipe.optimisers(self.encoder)
        self.generator = torch.Generator().manual_seed(recipe.seed + 1)
        self.progress = {"steps": 0, "seconds": 0.0, "tokens": 0, "loss": None, "history": []}

    @property
    def share(self):
        """Return the share of its time that the run has used; 1 or more when it is over."""
        return self.progress["seconds"] / (60 * self.recipe.minutes)

    def step(self, tokens):
        """Take one step on random rows of the stream of tokens, and note the time that it took."""
        began = time.monotonic()
        recipe, progress = self.recipe, self.progress
        for optimiser in self.optimisers:
            for group in optimiser.param_groups:
                group["lr"] = optimiser.defaults["lr"] * recipe.rate(progress["steps"], self.share)
        rows = random_rows(tokens, recipe.num_rows(self.share), recipe.length, self.generator)
        loss = masked_loss(self.encoder, rows, recipe, self.generator)
        self.encoder.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.encoder.parameters(), recipe.clip)
        for optimiser in self.optimisers:
            optimiser.step()
        progress["steps"] += 1
        progress["threads"] = torch.get_num_threads()
        progress["tokens"] += rows.numel()
        progress["loss"] = smoothed(progress["loss"], loss.item())
        progress["seconds"] += min(time.monotonic() - began, LONGEST_STEP)

    def save(self, path):
        """Write everything to a file, which is the old one or the new one, whole, whatever happens meanwhile."""
        state = {
            "recipe": asdict(self.recipe),
            "text": self.text,
            "progress": self.progress,
            "generator": self.generator.get_state(),
            "encoder": self.encoder.state_dict(),
            "optimisers": [optimiser.state_dict() for optimiser in self.optimisers],
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".new")
        torch.save(state, unfinished)
        os.replace(unfinished, path)

    def resume(self, path):
        """Go on from a file. Raises CourseError if it is of a run with another recipe or another text."""
        state = torch.load(path, weights_only=True)
        ours = asdict(self.recipe) | {"text": self.text}
        theirs = state["recipe"] | {"text": state["text"]}
        other = [
            f"{name} was {theirs.get(name)}, now {value}" for name, value in ours.items() if theirs.get(name) != value
        ]
        if other:
            raise CourseError(
                f"{path} is of another run: {'; '.join(other)}. Ask for the same to go on with it, or delete the file."
            )
        self.encoder.load_state_dict(state["encoder"])
        for optimiser, stored in zip(self.optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(stored)
        self.generator.set_state(state["generator"])
        self.progress = state["progress"]


def is_matrix(name, parameter):
    """Return whether a parameter is a matrix that turns vectors into vectors, which an embedding is not."""
    return parameter.ndim > 1 and "embedding" not in name


def masked_loss(encoder, rows, recipe, generator):
    """Return the cross-entropy of the chosen tokens, the others asked nothing."""
    return hidden_token_loss(encoder, rows, recipe.asked, generator)


def smoothed(mean, value):
    """Return a mean that remembers about a hundred values."""
    return value if mean is None else 0.99 * mean + 0.01 * value


def train(training, tokens, path, note, every=300.0):
    """Train until the time is used up or somebody interrupts, saving to `path` now and then, and in the end.

    note   a function of the encoder -> what to add to the diary at each saving, as a dictionary
    every  seconds of training between two savings
    ->     whether the run is over
    """
    saved = training.progress["seconds"]
    training.encoder.train()
    with interruptions() as stop, progress_bar(training) as bar:
        while training.share < 1 and not stop:
            training.step(tokens)
            show(bar, training.progress)
            if training.progress["seconds"] >= saved + every or training.share >= 1:
                saved = training.progress["seconds"]
                write_diary(training, note)
                training.save(path)
    if training.progress["seconds"] > saved:
        training.save(path)
    return training.share >= 1


def write_diary(training, note):
    """Add a line to the diary of a run: how far it is, its loss, and what `note` finds."""
    training.encoder.eval()
    line = {"minutes": round(training.progress["seconds"] / 60, 2), "tokens": training.progress["tokens"]}
    line |= {"loss": round(training.progress["loss"], 3)} | note(training.encoder)
    training.progress["history"].append(line)
    training.encoder.train()


def progress_bar(training):
    """Return a bar that counts seconds of training, so that the time left is what the budget has left."""
    watched = sys.stderr.isatty()
    return tqdm(
        total=round(60 * training.recipe.minutes),
        initial=round(training.progress["seconds"]),
        mininterval=1.0 if watched else 60.0,
        bar_format="{percentage:3.0f}% |{bar:30}| {elapsed} so far, {remaining} left, {postfix}",
    )


def show(bar, progress):
    """Move the bar to where a run is, and show its loss and its last score on held-out text."""
    bar.set_postfix({"loss": f"{progress['loss']:.3f}"} | (progress["history"] or [{}])[-1], refresh=False)
    bar.update(min(round(progress["seconds"]), bar.total) - bar.n)


@contextlib.contextmanager
def interruptions():
    """Return, for use in `with`, a list that is empty until somebody interrupts or ends the program.

    So the step at hand is finished, and nothing that is saved is half done.
    """
    seen = []
    before = {
        number: signal.signal(number, lambda *what: seen.append(what)) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield seen
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

"""Bits per character of chapter 12's models on held-out topics, beside models that count, over seeds.

Run `python -m benchmarks.gpt` from the checkout; it takes some five minutes on one thread. Each seed holds out other
topics, for all models alike.
"""

import argparse

import numpy as np
import torch

from benchmarks.timing import clock, setting, store
from mha_lib.gpt import topics
from mha_lib.gpt.model import GPT, next_token_loss, text_loss, windows
from mha_lib.gpt.ngrams import NGrams, bits_per_character
from mha_lib.training import loop as training

SIZES = {"d_model": 64, "num_heads": 4, "d_ff": 256, "num_layers": 2}
LENGTH, BATCH, STEPS, RATE = 256, 4, 2000, 5e-3
ORDERS = (1, 2, 3, 4, 5, 6, 8)
POSITIONS = {"rotary": {}, "learned": {"positions": "learned", "max_len": LENGTH + 1}}
NOTE = "On whole topics that were held out, paragraphs that repeat dropped; each seed holds out other topics."


def data(seed):
    """Return the training text and the held-out text as numbers, and how many symbols there are."""
    train, held_out = topics.split_topics(topics.topics(), salt=str(seed))
    symbols = topics.alphabet(train)
    return *(torch.from_numpy(topics.encode(text, symbols)) for text in (train, held_out)), len(symbols)


def trained(ids, num_symbols, seed, positions):
    """Return a GPT after `STEPS` batches."""
    torch.manual_seed(seed)
    model = GPT(num_symbols, **SIZES, **POSITIONS[positions])
    pieces = windows(ids, LENGTH + 1, 16)
    made = training.batches(np.random.default_rng(seed), pieces, size=BATCH, epochs=1 + STEPS * BATCH // len(pieces))
    training.train(model, loss, made[:STEPS], lr=RATE)
    return model


def loss(model, tokens):
    """Return the loss of a batch of windows."""
    return next_token_loss(model(tokens), tokens)


def row(model, seed, nats, seconds):
    """Return one row of the result; every token is a character."""
    bits = float(bits_per_character(nats, 1, 1))
    scores = {"model": model, "seed": seed, "bits_per_character": round(bits, 4), "seconds": round(seconds, 1)}
    print(scores, flush=True)
    return {"task": "the next character of Python's documentation topics"} | scores


def rows(seed):
    """Return the rows of one split: two networks, and n-grams of several orders."""
    ids, held_out, num_symbols = data(seed)
    for positions in POSITIONS:
        began = clock()
        model = trained(ids, num_symbols, seed, positions)
        seconds = clock() - began
        yield row(f"GPT, {positions} positions", seed, text_loss(model, held_out, LENGTH, LENGTH // 2), seconds)
    for order in ORDERS:
        began = clock()
        model = NGrams(ids.numpy(), order, num_symbols)
        seconds = clock() - began
        yield row(f"{order}-grams", seed, -model.log_prob(held_out.numpy())[1:].mean(), seconds)


def main():
    """Train and score for each seed, and store the rows."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=3)
    seeds = range(parser.parse_args().seeds)
    torch.set_num_threads(1)
    sizes = SIZES | {"length": LENGTH, "batch": BATCH, "steps": STEPS, "rate": RATE}
    scores = [row for seed in seeds for row in rows(seed)]
    store("gpt", setting(len(seeds), NOTE) | {"sizes": sizes, "scores": scores})


if __name__ == "__main__":
    main()

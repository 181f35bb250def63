"""Held-out scores of the translator of chapter 10 over seeds, beside the same model that cannot see its source.

Run `python -m benchmarks.translation` from the checkout; it takes some minutes on one thread.
"""

import argparse

import numpy as np
import torch

from benchmarks.timing import clock, setting, store
from mha_lib import training, translation
from mha_lib.decoder import Seq2Seq, sequence_loss, shift
from mha_lib.decoding import beam_search, greedy
from mha_lib.translation import END_ID, MAX_LEN, PAD_ID, START_ID

SIZES = {"d_model": 64, "num_heads": 4, "d_ff": 128, "num_layers": 1, "max_len": MAX_LEN}
NUM_TRAIN, NUM_TEST, STEPS = 2000, 100, 400
NOTE = "Trained and scored on days that are apart; the blind model's cross-attention may attend to nothing."


def visible(sources, is_blind):
    """Return the mask of a source, (b, 1, 1, k): its words, or nothing at all."""
    words = (sources != PAD_ID)[:, None, None, :]
    return words & (not is_blind)


def trained(train, seed, is_blind):
    """Return a model after `STEPS` batches of 64 pairs, and the seconds that took."""
    torch.manual_seed(seed)
    model = Seq2Seq(len(translation.vocabulary()), **SIZES)

    def loss(model, sources, labels):
        return sequence_loss(model(sources, shift(labels, START_ID), visible(sources, is_blind)), labels, PAD_ID)

    tensors = map(torch.from_numpy, translation.encode_pairs(train))
    made = training.batches(np.random.default_rng(seed), *tensors, size=64, epochs=4)[:STEPS]
    began = clock()
    training.train(model, loss, made, lr=5e-3)
    return model, clock() - began


@torch.no_grad()
def translate(model, sources, is_blind, beam_size):
    """Return the texts that a model writes for sources (b, k); a beam of 1 is greedy and takes them all at once."""
    mask = visible(sources, is_blind)
    memory = model.encode(sources, mask)
    if beam_size == 1:
        score = scorer(model, memory, mask)
        return translation.decode(greedy(score, np.full((len(sources), 1), START_ID), END_ID, MAX_LEN - 1)[:, 1:])
    found = []
    for row in range(len(sources)):
        score = scorer(model, memory[row : row + 1], mask[row : row + 1])
        found += translation.decode(beam_search(score, [START_ID], END_ID, MAX_LEN - 1, beam_size)[None])
    return found


def scorer(model, memory, mask):
    """Return a function of prefixes for `mha_lib.decoding`, given what the encoder has read."""

    def score(prefixes):
        """Return the log-probability of every next token: (n, t) -> (n, v)."""
        read = memory.expand(len(prefixes), -1, -1)
        return model.decode(torch.from_numpy(prefixes), read, mask)[:, -1].log_softmax(-1).numpy()

    return score


def row(seed, is_blind):
    """Return the scores of one trained model on the held-out days, greedy and with a beam of 4."""
    train, test = translation.split_pairs(np.random.default_rng(seed), NUM_TRAIN, NUM_TEST)
    model, seconds = trained(train, seed, is_blind)
    sources = torch.from_numpy(translation.encode_pairs(test)[0])
    wanted = [pair.target for pair in test]
    scores = {"model": "blind" if is_blind else "cross-attention", "seed": seed, "seconds": round(seconds, 1)}
    for name, beam_size in (("greedy", 1), ("beam of 4", 4))[: 1 if is_blind else 2]:
        texts = translate(model, sources, is_blind, beam_size)
        scores[name] = {
            "exact": round(translation.exact_match(texts, wanted), 4),
            "bleu": round(translation.bleu(texts, wanted), 2),
        }
    print(scores, flush=True)
    return scores


def main():
    """Train and score for each seed, and store the rows."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=3)
    seeds = range(parser.parse_args().seeds)
    torch.set_num_threads(1)
    sizes = {"train_pairs": 4 * NUM_TRAIN, "test_pairs": 4 * NUM_TEST, "steps": STEPS, **SIZES}
    rows = [row(seed, is_blind) for is_blind in (False, True) for seed in seeds]
    store("translation", setting(len(seeds), NOTE) | {"sizes": sizes, "rows": rows})


if __name__ == "__main__":
    main()

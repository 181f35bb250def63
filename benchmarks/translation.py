"""Held-out scores of chapter 9's translators over seeds, beside the same models that cannot see their source.

Two tasks: dates of days that are not in training, and number words; of these the numbers not in training, and those
with a thousand that training never has. Run `python -m benchmarks.translation` from the checkout; it takes some
minutes on one thread.
"""

import argparse

import numpy as np
import torch

from benchmarks.timing import clock, setting, store
from mha_lib.training import loop as training
from mha_lib.translation import number_words
from mha_lib.translation import texts as translation
from mha_lib.translation.decoder import Seq2Seq, sequence_loss, shift
from mha_lib.translation.decoding import beam_search, greedy
from mha_lib.translation.texts import END_ID, PAD_ID, START_ID
from mha_lib.translation.translator import readable, scorer

SIZES = {"d_model": 64, "num_heads": 4, "d_ff": 128, "num_layers": 1}
DAYS = {"train_days": 2000, "test_days": 100, "steps": 400, "max_len": translation.MAX_LEN}
NUMBERS = {"below": 100_000, "train_numbers": 4000, "test_numbers": 100, "steps": 700, "max_len": 64}
BATCH, RATE = 64, 5e-3
SEEN, UNSEEN = "number words, numbers not in training", "number words, seventies of thousands never in training"
NOTE = (
    "Each day and number comes in four languages. BLEU is over characters. The blind models' cross-attention may "
    "attend to nothing. The nearest number is that of the training numbers, in the words of the language."
)


def visible(sources, is_blind):
    """Return the mask of sources, (b, 1, 1, k): their words, or nothing at all."""
    return readable(sources) & (not is_blind)


def trained(pairs, tokens, seed, steps, max_len, is_blind):
    """Return a model after so many batches of pairs, and the seconds that took."""
    torch.manual_seed(seed)
    model = Seq2Seq(len(tokens), **SIZES, max_len=max_len)

    def loss(model, sources, labels):
        return sequence_loss(model(sources, shift(labels, START_ID), visible(sources, is_blind)), labels, PAD_ID)

    tensors = map(torch.from_numpy, translation.encode_pairs(pairs, tokens))
    made = training.batches(np.random.default_rng(seed), *tensors, size=BATCH, epochs=1 + steps * BATCH // len(pairs))
    began = clock()
    training.train(model, loss, made[:steps], lr=RATE)
    return model, clock() - began


@torch.no_grad()
def translate(model, pairs, tokens, is_blind, beam_size):
    """Return the texts that a model writes for pairs; a beam of 1 is greedy and takes them all at once."""
    sources = torch.from_numpy(translation.encode_pairs(pairs, tokens)[0])
    mask, longest = visible(sources, is_blind), model.target_positions.num_embeddings - 1
    memory = model.encode(sources, mask)
    if beam_size == 1:
        score = scorer(model, memory, mask)
        starts = np.full((len(sources), 1), START_ID)
        return translation.decode(greedy(score, starts, END_ID, longest)[:, 1:], tokens)
    found = []
    for row in range(len(sources)):
        score = scorer(model, memory[row : row + 1], mask[row : row + 1])
        found += translation.decode(beam_search(score, [START_ID], END_ID, longest, beam_size)[None], tokens)
    return found


def row(task, model, seed, texts, pairs, **others):
    """Return one row: how well texts translate pairs, and whatever else there is to say."""
    wanted = [pair.target for pair in pairs]
    exact, bleu = translation.exact_match(texts, wanted), translation.bleu(texts, wanted)
    made = {"task": task, "model": model, "seed": seed, "exact": round(exact, 4), "BLEU": round(bleu, 2)} | others
    print(made, flush=True)
    return made


def dates(seed):
    """Return the rows of one seed on dates: greedy, a beam of 4, and blind."""
    tokens, task = translation.vocabulary(), "dates of days not in training"
    train, test = translation.split_pairs(np.random.default_rng(seed), DAYS["train_days"], DAYS["test_days"])
    rows = []
    for name, is_blind, beam_sizes in (("cross-attention", False, (1, 4)), ("blind", True, (1,))):
        model, seconds = trained(train, tokens, seed, DAYS["steps"], DAYS["max_len"], is_blind)
        for beam_size in beam_sizes:
            texts = translate(model, test, tokens, is_blind, beam_size)
            how = "greedy" if beam_size == 1 else f"beam of {beam_size}"
            rows.append(row(task, f"{name}, {how}", seed, texts, test, training_seconds=round(seconds, 1)))
    return rows


def numbers(seed):
    """Return the rows of one seed on number words: both kinds of held-out numbers, the model and the nearest number."""
    rng, sizes = np.random.default_rng(seed), NUMBERS
    train, *tests = number_words.split_numbers(rng, sizes["train_numbers"], sizes["test_numbers"], below=sizes["below"])
    pairs = number_words.make_pairs(train)
    tokens = translation.tokens_of(pairs)
    model, seconds = trained(pairs, tokens, seed, sizes["steps"], sizes["max_len"], False)
    rows = []
    for task, test in zip((SEEN, UNSEEN), map(number_words.make_pairs, tests), strict=True):
        texts = translate(model, test, tokens, False, 1)
        copied = [number_words.spell(number_words.nearest(pair.number, train), pair.language) for pair in test]
        rows.append(row(task, "cross-attention, greedy", seed, texts, test, training_seconds=round(seconds, 1)))
        rows.append(row(task, "the nearest number", seed, copied, test))
    return rows


def main():
    """Train and score for each seed, and store the rows."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=3)
    seeds = range(parser.parse_args().seeds)
    torch.set_num_threads(1)
    sizes = {"dates": DAYS, "number_words": NUMBERS, "batch": BATCH, "rate": RATE, **SIZES}
    scores = [found for study in (dates, numbers) for seed in seeds for found in study(seed)]
    store("translation", setting(len(seeds), NOTE) | {"sizes": sizes, "scores": scores})


if __name__ == "__main__":
    main()

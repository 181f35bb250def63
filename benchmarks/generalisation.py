"""What helps against overfitting, what a winner's score is worth, and which heads gates leave open, over seeds.

Run `python -m benchmarks.generalisation` from the checkout; it takes about four minutes on one thread.
"""

import argparse

import numpy as np
import torch

from benchmarks.timing import setting, store
from mha_lib.encoder import bag_of_words, sentiment
from mha_lib.generalisation import model_selection
from mha_lib.generalisation import reviews as generalisation
from mha_lib.generalisation.gates import HeadGates, expected_open
from mha_lib.heads import pointers
from mha_lib.training import loop as training

NUM_REVIEWS, MORE = 200, (100, 200, 400, 800)
CURES = {
    "nothing": {},
    "dropout 0.1": {"dropout": 0.1},
    "weight decay 1.0": {"weight_decay": 1.0},
    "label smoothing 0.1": {"smoothing": 0.1},
    "early stopping by loss": {"looks_at": generalisation.review_loss},
    "early stopping by errors": {"looks_at": generalisation.error_share},
    "learning rate 0.007": {"lr": 7e-3},
    "nouns swapped": {"swapped": True},
    "nouns swapped, dropout 0.1": {"swapped": True, "dropout": 0.1},
}
RANGES = {"lr": (3e-4, 1e-2), "dropout": [0.0, 0.1, 0.2], "weight_decay": (1e-3, 1.0), "num_layers": [1, 2, 3]}
NUM_SETTINGS, NUM_CHOOSING = 8, 100
PRICES = (0.03, 0.3, 1.0)
NOTE = "Scored on 1,000 reviews that chose nothing; a baseline has a seed because the reviews have."


def row(task, model, seed, **scores):
    """Return one row of the results, and show it."""
    found = {"task": task, "model": model, "seed": seed} | {name: round(float(s), 4) for name, s in scores.items()}
    print(found, flush=True)
    return found


def judged(task, name, seed, model, train, test):
    """Return a row with accuracy on both sides and the loss on reviews that are new."""
    loss = training.held_out_loss(model, generalisation.review_loss, [test])
    shares = {"training": generalisation.right_share(model, *train), "new": generalisation.right_share(model, *test)}
    return row(task, name, seed, **shares, **{"loss, new": loss})


def cure_rows(seed):
    """Return a row for each cure, all on the same 200 reviews, and one of a bag of words."""
    train, validation, test = generalisation.few_reviews(np.random.default_rng(seed), NUM_REVIEWS)
    task, rows = f"{NUM_REVIEWS} reviews", []
    for name, cure in CURES.items():
        cure = dict(cure)
        looks_at = cure.pop("looks_at", None)
        stop = training.EarlyStop(looks_at, [validation], every=20, patience=5) if looks_at else training.never
        rows.append(judged(task, name, seed, generalisation.fitted(seed, train, stop=stop, **cure), train, test))
    return [*rows, bag_row(task, seed, train, test)]


def bag_row(task, seed, train, test):
    """Return the row of logistic regression on counted words."""
    (x, labels), (new, wanted) = (
        (bag_of_words.count_words(ids, len(sentiment.VOCABULARY)), y) for ids, y in (train, test)
    )
    fitted = bag_of_words.fit_logistic(x, labels.numpy())
    shares = [(bag_of_words.predict_logistic(a, *fitted) == b.numpy()).mean() for a, b in ((x, labels), (new, wanted))]
    return row(task, "bag of words", seed, training=shares[0], new=shares[1])


def more_rows(seed):
    """Return a row for each number of reviews; each training takes as many steps."""
    rows = []
    for count in MORE:
        train, _, test = generalisation.few_reviews(np.random.default_rng(seed), count)
        rows.append(judged("more reviews", f"{count} reviews", seed, generalisation.fitted(seed, train), train, test))
    return rows


def search_rows(seed):
    """Return what a random search finds: the winner's two scores, and means over settings, low and high rates apart."""
    rng = np.random.default_rng(seed)
    train, validation, test = generalisation.few_reviews(rng, NUM_REVIEWS, NUM_CHOOSING)
    rates, found = [], []
    for _ in range(NUM_SETTINGS):
        settings = model_selection.draw_settings(rng, RANGES)
        model = generalisation.fitted(seed, train, swapped=True, **settings)
        rates.append(settings["lr"])
        found.append([generalisation.right_share(model, *part) for part in (validation, test)])
        print({name: round(value, 4) for name, value in settings.items()}, np.round(found[-1], 3), flush=True)
    return summary_rows(seed, np.array(rates), np.array(found))


def summary_rows(seed, rates, found):
    """Return the rows of one search. rates: (settings,)   found: validation and test, (settings, 2)"""
    winner = np.arange(len(rates)) == found[:, 0].argmax()
    groups = {"winner": winner, "all settings": rates > 0, "rates below 0.002": rates < 0.002}
    groups |= {"rates above 0.005": rates > 0.005}
    means = {name: found[own].mean(axis=0) for name, own in groups.items() if own.any()}
    return [row("random search", name, seed, validation=v, test=t) for name, (v, t) in means.items()]


def gate_rows(seed):
    """Return a row for each price of an open gate, and for two ways to have two heads without gates."""
    test = pointers.draw_examples(np.random.default_rng(99), 2000)
    rows = []
    for price in PRICES:
        reader, closed = gated_reader(seed, price)
        share = pointers.accuracy(reader, test, closed).min()
        rows.append(row("two pointers", f"gates, price {price}", seed, heads=8 - len(closed), worse=share))
    for name, num_heads in (("2 heads from the start", 2), ("8 heads, 6 silenced after", 8)):
        rng = np.random.default_rng(seed)
        reader = pointers.train(pointers.PointerReader(num_heads, rng), rng)
        share = pointers.accuracy(reader, test, pointers.least_missed(reader, test, num_heads - 2)).min()
        rows.append(row("two pointers", name, seed, heads=2, worse=share))
    return rows


def gated_reader(seed, price):
    """Return a trained reader of two pointers with 8 gated heads, and its closed ones; the gates are taken out."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    reader = pointers.PointerReader(8, rng)
    reader.heads = gates = HeadGates(8)
    made = [(pointers.draw_examples(rng, 128),) for _ in range(1000)]
    training.train(
        reader,
        lambda reader, examples: pointers.reading_loss(reader, examples) + price * expected_open([gates]),
        made,
        lr=3e-2,
        warm_up=0.05,
        weight_decay=0.0,
    )
    reader.heads = torch.nn.Identity()
    return reader, gates.closed()


def main():
    """Train, score, and store one file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=5, help="of the cures; the rest takes three")
    seeds = parser.parse_args().seeds
    torch.set_num_threads(1)
    rows = [row for seed in range(seeds) for row in cure_rows(seed)]
    rows += [row for make in (more_rows, search_rows, gate_rows) for seed in range(3) for row in make(seed)]
    sizes = {"reviews": NUM_REVIEWS, "settings": NUM_SETTINGS, "reviews_that_choose": NUM_CHOOSING}
    store("generalisation", setting(seeds, NOTE) | {"sizes": sizes, "scores": rows})


if __name__ == "__main__":
    main()

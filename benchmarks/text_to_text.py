"""Held-out scores of chapter 13 over seeds: one T5 for three tasks, span pretraining, and four models on one task.

Run `python -m benchmarks.text_to_text` from the checkout; it takes about ten minutes on one thread.
"""

import argparse

import numpy as np
import torch

from benchmarks.timing import setting, store
from mha_lib.text_to_text import side_by_side, small_tasks
from mha_lib.text_to_text.small_tasks import ADVERBS, BAD, GOOD, LABELS, NOUNS
from mha_lib.text_to_text.t5 import T5
from mha_lib.text_to_text.tasks import corrupt_text, draw_spans, mean_rouge_l, text_loss, write
from mha_lib.training import loop as training
from mha_lib.translation.texts import exact_match

SIZES = {"d_model": 48, "num_heads": 4, "d_ff": 96, "num_layers": 2}
NUM_REPORTS, NUM_REVIEWS, NUM_TEST, STEPS = 20000, 6000, 200, 1000
NUM_LABELLED_ADJECTIVES, NUM_LABELLED = 4, 48  # four good ones and four bad ones
NUM_LABELLED_REPORTS = 500
NOTE = "Trained and scored on texts and rows that are apart; a baseline has a seed because the test has."


def fit(model, pairs, steps, rng):
    """Train a model on pairs of texts (source, target), with 32 in a batch."""
    sources, targets = (torch.from_numpy(small_tasks.encode(texts)) for texts in zip(*pairs, strict=True))
    epochs = -(-32 * steps // len(pairs)) + 1
    made = training.batches(rng, sources, targets, size=32, epochs=epochs)[:steps]
    training.train(model, text_loss, made, lr=3e-3, warm_up=50 / steps)
    return model


def new_model(seed):
    """Return an untrained T5 for the words of the small tasks."""
    torch.manual_seed(seed)
    return T5(len(small_tasks.vocabulary()), **SIZES)


def row(task, model, seed, **scores):
    """Return one row of the results, and show it."""
    found = {"task": task, "model": model, "seed": seed} | {
        name: round(float(score), 4) for name, score in scores.items()
    }
    print(found, flush=True)
    return found


def judged(task, name, seed, texts, wanted):
    """Return a row with exact match and ROUGE-L."""
    return row(task, name, seed, exact=exact_match(texts, wanted), rouge_l=mean_rouge_l(texts, wanted))


def three_tasks(seed):
    """Return the rows of one model that does three tasks, and of baselines that never learned anything."""
    rng = np.random.default_rng(seed)
    train, test = small_tasks.split(rng, NUM_REPORTS, NUM_REVIEWS, NUM_TEST)
    pairs = [(small_tasks.prompt(example), example.target) for example in train]
    model = fit(new_model(seed), pairs, STEPS, rng)
    baselines = {
        "summarise": {"first sentence": small_tasks.lead_1, "template, first city": small_tasks.first_city},
        "translate": {"dictionary, masculine": small_tasks.masculine},
        "classify": {"always positive": lambda text: LABELS[1]},
    }
    rows = []
    for task, simple in baselines.items():
        chosen = [example for example in test if example.task == task]
        wanted = [example.target for example in chosen]
        answers = {name: [answer(example.source) for example in chosen] for name, answer in simple.items()}
        answers["T5"] = write(model, [small_tasks.prompt(example) for example in chosen])
        rows += [judged(task, name, seed, texts, wanted) for name, texts in answers.items()]
    return rows


def opinions_hidden(rng, count):
    """Return pairs of texts: reviews whose adjective or verb is hidden, which the other one gives away."""
    chosen = rng.choice(len(small_tasks.reviews()), count, replace=False)
    texts = [small_tasks.english(small_tasks.reviews()[i]) for i in chosen]
    return [
        corrupt_text(text, [[place, place + 1]]) for text, place in zip(texts, rng.choice([4, 7], count), strict=True)
    ]


def labelled_reviews(rng):
    """Return (train, test): pairs of short reviews with their label; no adjective of the test is in training."""
    known, new = [], []
    for label, adjectives in zip(LABELS, (BAD, GOOD), strict=True):
        for i, adjective in enumerate(rng.permutation(list(adjectives))):
            found = [small_tasks.short_review(n, a, adjective) for n in NOUNS for a in ADVERBS]
            pairs = [(f"classify : {text}", label) for text in found]
            (known if i < NUM_LABELLED_ADJECTIVES else new).extend(pairs)
    return [known[i] for i in rng.permutation(len(known))[:NUM_LABELLED]], new


def new_adjectives(seed):
    """Return the rows of a classifier that meets adjectives without a label, pretrained on spans or from scratch."""
    rng = np.random.default_rng(seed)
    train, test = labelled_reviews(rng)
    pretrained = fit(new_model(seed), opinions_hidden(rng, 6000), 600, rng)
    rows = []
    for name, model in (("opinion words hidden first", pretrained), ("from scratch", new_model(seed))):
        fit(model, train, 400, rng)
        texts = write(model, [source for source, _ in test], 3)
        rows.append(row("new adjectives", name, seed, exact=exact_match(texts, [label for _, label in test])))
    return [*rows, row("new adjectives", "always positive", seed, exact=0.5)]


def few_summaries(seed):
    """Return the rows of summaries learned from few reports, after random spans of reports or from scratch."""
    rng = np.random.default_rng(seed)
    reports = small_tasks.draw_reports(rng, 6000 + NUM_LABELLED_REPORTS + NUM_TEST)
    test, labelled, others = reports[:NUM_TEST], reports[NUM_TEST:-6000], reports[-6000:]
    spans = [draw_spans(rng, len(example.source.split())) for example in others]
    hidden = [corrupt_text(example.source, found) for example, found in zip(others, spans, strict=True)]
    rows, wanted = [], [example.target for example in test]
    pretrained = fit(new_model(seed), hidden, 400, rng)
    for name, model in (("random spans hidden first", pretrained), ("from scratch", new_model(seed))):
        fit(model, [(small_tasks.prompt(example), example.target) for example in labelled], 300, rng)
        texts = write(model, [small_tasks.prompt(example) for example in test])
        rows.append(judged("few summaries", name, seed, texts, wanted))
    return [
        *rows,
        judged("few summaries", "template, first city", seed, [small_tasks.first_city(e.source) for e in test], wanted),
    ]


def missing_numbers(seed):
    """Return the rows of the four models that fill in missing numbers, and of always the commonest number."""
    train, test = side_by_side.split_rows(np.random.default_rng(seed))
    rows = []
    for name in side_by_side.KINDS:
        model = side_by_side.trained(name, train, seed)
        one, at_once, in_turn = side_by_side.filled(name, model, test)
        scores = {"one missing": float(np.mean(one)), "its hardest place": min(one), "two, in turn": in_turn}
        rows.append(row("missing numbers", name, seed, **scores, **({"two, at once": at_once} if at_once else {})))
    commonest = [np.bincount(column).argmax() for column in train.T]
    shares = (test == commonest).mean(axis=0)
    rows.append(
        row(
            "missing numbers",
            "the commonest",
            seed,
            **{"one missing": shares.mean(), "its hardest place": shares.min()},
        )
    )
    return rows


def main():
    """Train and score for each seed, and store the rows."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=3)
    seeds = range(parser.parse_args().seeds)
    torch.set_num_threads(1)
    sizes = {"reports": NUM_REPORTS, "reviews": NUM_REVIEWS, "test_a_task": NUM_TEST, "steps": STEPS, **SIZES}
    studies = (three_tasks, missing_numbers, new_adjectives, few_summaries)
    scores = [found for study in studies for seed in seeds for found in study(seed)]
    store("text_to_text", setting(len(seeds), NOTE) | {"sizes": sizes, "scores": scores})


if __name__ == "__main__":
    main()

"""What pretraining buys: families, questions and search with the book's encoder, an untrained one, and counting.

Run `python -m benchmarks.bert` from the checkout; it takes some ten minutes on one thread (`--times 1`: a third).
"""

import argparse
import json

import numpy as np
import torch

from benchmarks.timing import setting, store
from mha_lib.bert import corpus, families, fine_tuning, probing, search
from mha_lib.bert import masking as bert
from mha_lib.bert import question_answering as qa
from mha_lib.bert.checkpoints import BOOK_FOLDER, load_book_encoder
from mha_lib.training import loop as training

PACKAGES = (corpus.STANDARD_LIBRARY, "numpy", "matplotlib")  # the first that the encoder read: the same split as then
FAMILY_STEPS = {100: 30, 500: 70}  # by the number of labels; all steps are for `--times 1`
QUESTION_STEPS, SEARCH_STEPS = 50, 20
NOTE = (
    "Scored on modules that were held out from pretraining and training alike; questions are learned on NumPy and "
    "asked about Matplotlib. The untrained encoder has the same sizes and training. Of bag of words, the best of four "
    "penalties as the test judges."
)


def sides():
    """Return (train, held_out) lists of Docstring, split as for pretraining."""
    return corpus.split(corpus.docstrings(PACKAGES))


def family_rows(data, encoders, tokenizer, seed, times):
    """Return a row for each number of labels and model: the share of held-out texts whose family is named."""
    known, asked = (families.texts(side) for side in data)
    ids, classes = family_tensors(tokenizer, asked)
    rows = []
    for count, steps in FAMILY_STEPS.items():
        some = family_tensors(tokenizer, families.few(np.random.default_rng(seed), known, count))
        for name, encoder in encoders.items():
            model = tuned_classifier(encoder, some, seed, times * steps)
            right = fine_tuning.predictions(model, ids).argmax(-1) == classes
            rows.append(row(f"family, {count:,} labels", name, seed, accuracy=right.float().mean().item()))
        bags = [(probing.bag_of_tokens(x, tokenizer.get_vocab_size()), y) for x, y in (some, (ids, classes))]
        found = probing.linear_accuracy(*bags, len(families.NAMES))
        rows.append(row(f"family, {count:,} labels", "bag of words", seed, accuracy=found))
    return rows


def family_tensors(tokenizer, labelled):
    """Return (ids, classes) of a list of families.Text."""
    ids = bert.encode_texts(tokenizer, [text.text for text in labelled], families.MAX_TOKENS)
    return ids, torch.tensor([text.family for text in labelled])


def tuned_classifier(encoder, some, seed, steps):
    """Return a classifier after `steps` batches of 32."""
    torch.manual_seed(seed)
    model = fine_tuning.TextClassifier(encoder, len(families.NAMES))
    epochs = steps * 32 // len(some[0]) + 1
    made = training.batches(np.random.default_rng(seed), *some, size=32, epochs=epochs)[:steps]
    training.train(model, fine_tuning.classification_loss, made, lr=1e-3)
    return model


def question_rows(data, encoders, tokenizer, seed, times):
    """Return a row for each model: exact match and F1 of its answers about Matplotlib, the rule's among them."""
    known = qa.questions([d for d in data[0] if d.package == "numpy"])
    asked = qa.questions([d for d in data[1] if d.package == "matplotlib"])
    learned, encoded = qa.with_answers(qa.encode(tokenizer, known)), qa.encode(tokenizer, asked)
    wanted = [question.answer for question in asked]
    rows = [row("questions", 'the rule "NAME :"', seed, **qa.answer_scores(map(qa.by_rule, asked), wanted))]
    for name, encoder in encoders.items():
        torch.manual_seed(seed)
        model = fine_tuning.SpanFinder(encoder)
        made = training.batches(np.random.default_rng(seed), *learned, size=16, epochs=9)[: times * QUESTION_STEPS]
        training.train(model, fine_tuning.question_loss, made, lr=1e-3)
        rows.append(row("questions", name, seed, **qa.answer_scores(qa.answers(model, encoded, asked), wanted)))
    return rows


def search_rows(data, encoders, tokenizer, seed, times):
    """Return a row for each way to search: recall and mean reciprocal rank over the held-out docstrings."""
    known, asked = (search.pairs(side) for side in data)
    texts = [pair.query for pair in asked], [pair.document for pair in asked]
    rows = [row("search", "BM25", seed, **search.search_scores(search.bm25_scores(*texts)))]
    tensors = [
        bert.encode_texts(tokenizer, side, search.MAX_TOKENS)
        for side in ([pair.query for pair in known], [pair.document for pair in known])
    ]
    for name, encoder in encoders.items():
        found = search.cosine_scores(encoder, tokenizer, *texts)
        rows.append(row("search", f"{name}, as it is", seed, **search.search_scores(found)))
        tuned = fine_tuning.copied(encoder)
        made = training.batches(np.random.default_rng(seed), *tensors, size=32, epochs=9)[: times * SEARCH_STEPS]
        training.train(tuned, search.contrastive_loss, made, lr=1e-3)
        found = search.cosine_scores(tuned, tokenizer, *texts)
        rows.append(row("search", f"{name}, contrastive", seed, **search.search_scores(found)))
    return rows


def row(task, model, seed, **metrics):
    """Return one row of the table, printed too."""
    made = {"task": task, "model": model, "seed": seed} | {name: round(value, 4) for name, value in metrics.items()}
    print(made, flush=True)
    return made


def main():
    """Train and score for each seed, and store the rows."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--times", type=int, default=3, help="how many times the fewest steps (%(default)d)")
    given = parser.parse_args()
    seeds = range(given.seeds)
    torch.set_num_threads(1)
    data, (encoder, tokenizer) = sides(), load_book_encoder()
    scores = []
    for seed in seeds:
        encoders = {"pretrained": encoder, "from scratch": fine_tuning.untrained_like(encoder, seed)}
        for rows in (family_rows, question_rows, search_rows):
            scores += rows(data, encoders, tokenizer, seed, given.times)
    made = json.loads((BOOK_FOLDER / "scores.json").read_text("utf-8"))["made"]
    steps = {f"family, {count} labels": steps for count, steps in FAMILY_STEPS.items()}
    steps |= {"questions": QUESTION_STEPS, "search": SEARCH_STEPS}
    sizes = {"steps": {task: given.times * count for task, count in steps.items()}, "encoder_made": made}
    store("bert", setting(len(seeds), NOTE) | {"sizes": sizes, "scores": scores})


if __name__ == "__main__":
    main()

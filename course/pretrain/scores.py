"""How good a pretrained encoder is on held-out text, against counting, and the files that say so."""

import datetime
import json
import os
import platform
from dataclasses import asdict
from importlib.metadata import version

import torch

from mha_lib.bert import corpus
from mha_lib.bert.guessing import baseline_scores, encoder_score
from mha_lib.bert.masking import all_rows, choose_tokens, stream

LENGTHS = (64, 128)
BERT_SHARE = 0.15  # of tokens that are hidden, as Devlin et al., 2019, section 3.1 do
SEED = 1234  # of the tokens that are hidden in held-out text


def held_out_scores(encoder, train, held_out, asked):
    """Return the scores of the encoder at each length, of the unigram and of the bigram, on hidden tokens.

    train, held_out: (n,) streams of tokens   asked: the share of tokens that are hidden
    """
    scores = {
        f"encoder, rows of {length}": encoder_score(encoder, *examples(held_out, length, asked)) for length in LENGTHS
    }
    rows, chosen = examples(held_out, LENGTHS[0], asked)
    return scores | baseline_scores(train, rows, chosen, encoder.token_embedding.num_embeddings)


def examples(held_out, length, asked):
    """Return rows of held-out text and which of their tokens to hide, both (b, length), the same every time."""
    rows = all_rows(held_out, length)
    return rows, choose_tokens(rows, asked, torch.Generator().manual_seed(SEED))


def package_scores(encoder, tokenizer, held_out, asked):
    """Return the encoder's score on each package's held-out text alone; a package with less than a row has none.

    held_out: a list of Docstring   asked: the share of tokens that are hidden
    """
    texts = {}
    for package, _, text in held_out:
        texts.setdefault(package, []).append(text)
    streams = {package: stream(tokenizer, some) for package, some in texts.items()}
    return {
        package: encoder_score(encoder, *examples(tokens, LENGTHS[0], asked))
        for package, tokens in streams.items()
        if len(tokens) >= LENGTHS[0]
    }


def report(encoder, tokenizer, training, sides, streams):
    """Return all that is worth knowing of a run, to lie beside its weights.

    sides: (train, held_out) lists of Docstring   streams: (train, held_out) tokens
    """
    names = ("python", "torch", "tokenizers", "numpy", "matplotlib")
    progress = training.progress
    return {
        "made": str(datetime.date.today()),
        "command": f"python -m course.pretrain --minutes {training.recipe.minutes:g}",
        "held_out": held_out_scores(encoder, *streams, training.recipe.asked),
        "held_out_as_bert": held_out_scores(encoder, *streams, BERT_SHARE),
        "held_out_by_package": package_scores(encoder, tokenizer, sides[1], training.recipe.asked),
        "hidden_tokens": int(examples(streams[1], LENGTHS[0], training.recipe.asked)[1].sum()),
        "parameters": sum(p.numel() for p in encoder.parameters()),
        "minutes": round(progress["seconds"] / 60, 1),
        "steps": progress["steps"],
        "tokens_read": progress["tokens"],
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "threads": progress["threads"],
        "versions": {name: platform.python_version() if name == "python" else version(name) for name in names},
        "text": {"train": corpus.tally(sides[0]), "held out": corpus.tally(sides[1])},
        "tokens": {"train": len(streams[0]), "held out": len(streams[1])},
        "recipe": asdict(training.recipe),
        "history": progress["history"],
    }


def model_card(facts):
    """Return a page about the encoder, in Markdown, every number out of the report."""
    recipe, versions = facts["recipe"], facts["versions"]
    scores = "\n".join(
        f"| {name} | {s['accuracy']:.3f} | {s['perplexity']:.1f} | {facts['held_out_as_bert'][name]['accuracy']:.3f} |"
        for name, s in facts["held_out"].items()
    )
    alone = {package: f"{s['accuracy']:.3f}" for package, s in facts["held_out_by_package"].items()}
    texts = "\n".join(
        f"| {package} | {t['docstrings']:,} | {t['words']:,} | {alone.get(package, '')} |"
        for package, t in facts["text"]["train"].items()
    )
    notes = " ".join(line["note"] for line in facts["history"] if "note" in line)
    return f"""\
# The book's own text encoder

A small encoder that guesses hidden words in the documentation of Python packages: {recipe["num_layers"]} layers, \
{recipe["d_model"]} wide, {recipe["num_heads"]} heads, rotary positions, pre-norm, lower-case WordPiece with \
{recipe["vocab_size"]:,} tokens, {facts["parameters"] / 1e6:.2f} million parameters, stored in float16.

    from mha_lib.bert.checkpoints import load_encoder
    encoder, tokenizer = load_encoder("mha_lib/data/encoder")

## How good it is

Measured on modules that it never read, {facts["hidden_tokens"]:,} tokens hidden by [MASK], {recipe["asked"]:.0%} of \
each row. The bigram is shown the true token to the left, even where the encoder must do without.

| who guesses | accuracy | perplexity | accuracy if only {BERT_SHARE:.0%} are hidden, as in BERT |
| --- | --- | --- | --- |
{scores}

It read rows of {recipe["length"]} tokens only.

## How it was made

`{facts["command"]}` on {facts["made"]}: {facts["minutes"]:g} minutes, {facts["steps"]:,} steps, \
{facts["tokens_read"] / 1e6:.1f} million tokens read, seed {recipe["seed"]}, {facts["machine"]}, \
{"one thread" if facts["threads"] == 1 else f"{facts['threads']} threads"}. Python \
{versions["python"]}, torch {versions["torch"]}, tokenizers {versions["tokenizers"]}. The learning rate follows the \
clock, so a faster machine makes a better encoder, and no two runs are alike to the last digit. All settings and the \
way there are in scores.json. {notes}

## What it read

Docstrings of installed packages (NumPy {versions["numpy"]}, Matplotlib {versions["matplotlib"]}), found and cleaned \
by `mha_lib.bert.corpus`. No sentence of them is in these files: only the weights, and the vocabulary of word pieces.

| package | docstrings | words | accuracy on its own held-out text |
| --- | --- | --- | --- |
{texts}

## What it is not

It knows the English of programmers' documentation and nothing else, and has no knowledge of the world to speak of. It \
is for learning how such encoders work; do not build on its answers.
"""


def write_report(facts, folder):
    """Write scores.json and the model card."""
    (folder / "scores.json").write_text(json.dumps(facts, indent=2) + "\n", "utf-8")
    (folder / "README.md").write_text(model_card(facts), "utf-8")

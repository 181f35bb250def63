"""Pretrain the book's own text encoder: `python -m course.pretrain [--minutes 120] [--out mha_lib/data/encoder]`.

It reads the docstrings of installed packages, learns a vocabulary from them, and then, for the time it is given, to
guess hidden tokens. Interrupt it whenever you like: the same command goes on where it stopped. In the end it is scored
on held-out modules, and the weights (float16), the vocabulary, scores.json and a model card are written.
"""

import argparse
import json
import os
import shutil
import sys
from pathlib import Path

import torch
from tokenizers import Tokenizer

from course.errors import CourseError
from course.pretrain.data import PACKAGES, fingerprint, stream, train_tokenizer
from course.pretrain.loop import Recipe, Training, train
from course.pretrain.scores import LENGTHS, encoder_score, examples, report, write_report
from course.project import ROOT
from mha_lib.bert import corpus
from mha_lib.bert.checkpoints import load_encoder, save_encoder

GLANCE = 200  # about as many rows of held-out text, from all of it, are scored along the way


def main(arguments=None):
    """Run the command; return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m course.pretrain", description="Pretrain the book's text encoder.")
    parser.add_argument("--minutes", type=float, default=Recipe.minutes, help="time for training (%(default)g)")
    parser.add_argument("--out", type=Path, default=ROOT / "mha_lib" / "data" / "encoder", help="where the result goes")
    parser.add_argument("--build", type=Path, default=ROOT / "build" / "pretrain", help="where an unfinished run lies")
    parser.add_argument(
        "--threads", type=int, default=2, help="1 is faster where others keep the cores busy (%(default)d)"
    )
    given = parser.parse_args(arguments)
    torch.set_num_threads(given.threads)
    os.environ.setdefault("ONEDNN_MAX_CPU_ISA", "AVX512_CORE")  # some virtual machines promise bfloat16 and crash on it
    print("Reading the docstrings of installed packages; this takes a minute.")
    try:
        print(pretrain(corpus.docstrings(PACKAGES), Recipe(minutes=given.minutes), given.build, given.out))
    except CourseError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def pretrain(docstrings, recipe, build, out, every=300.0):
    """Return what has been done, in words: the run finished and written to `out`, or stopped and kept in `build`.

    Raises CourseError if `build` holds another run, or `out` a better encoder.
    """
    sides = corpus.split(docstrings)
    tokenizer = find_tokenizer(build, sides[0], recipe)
    streams = [stream(tokenizer, (docstring.text for docstring in side)) for side in sides]
    training = Training(recipe, fingerprint(*streams))
    if (build / "state.pt").is_file():
        training.resume(build / "state.pt")
    rows, chosen = (some[:: len(some) // GLANCE + 1] for some in examples(streams[1], LENGTHS[0], recipe.asked))
    done = train(training, streams[0], build / "state.pt", lambda encoder: encoder_score(encoder, rows, chosen), every)
    if not done:
        minutes = training.progress["seconds"] / 60
        return f"Stopped after {minutes:.1f} of {recipe.minutes:g} minutes. The same command goes on from here."
    save_encoder(training.encoder, tokenizer, build / "encoder", torch.float16)
    facts = report(load_encoder(build / "encoder")[0], tokenizer, training, sides, streams)
    write_report(facts, build / "encoder")
    publish(build / "encoder", out)
    return f"Written to {out}: {said(facts)}. Delete {build} before another run."


def find_tokenizer(build, docstrings, recipe):
    """Return the tokenizer of the run in `build`, or a new one, which is kept there."""
    path = build / "tokenizer.json"
    if path.is_file():
        return Tokenizer.from_file(str(path))
    tokenizer = train_tokenizer([docstring.text for docstring in docstrings], recipe.vocab_size)
    build.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(path))
    return tokenizer


def publish(made, out):
    """Copy the encoder in `made` to `out`. Raises CourseError if a better one is there."""
    if (out / "scores.json").is_file():
        old, new = (accuracy(json.loads((folder / "scores.json").read_text("utf-8"))) for folder in (out, made))
        if old > new:
            raise CourseError(
                f"{out} holds a better encoder: it guesses {old:.1%} of the hidden tokens, this one {new:.1%}. "
                f"Nothing there was touched; the new one is in {made}. Delete the old one if you want it replaced."
            )
    shutil.copytree(made, out, dirs_exist_ok=True)


def accuracy(facts):
    """Return the share of hidden tokens that an encoder guesses, by its report."""
    return facts["held_out"][f"encoder, rows of {LENGTHS[0]}"]["accuracy"]


def said(facts):
    """Return the scores of a report in one line."""
    return ", ".join(f"{name} {score['accuracy']:.1%}" for name, score in facts["held_out"].items())


if __name__ == "__main__":
    sys.exit(main())

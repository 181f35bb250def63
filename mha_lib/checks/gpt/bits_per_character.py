"""Exercise bits_per_character: bits per character."""

import math

import numpy as np

from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.exercise import Exercise, Probe
from mha_lib.gpt import ngrams

UNIT = "How many nats is one bit, and which of the two numbers is larger?"
PER_WHAT = "Two models cut the same text into tokens of different lengths. Per what can they be compared?"


def bits_per_character(nats, num_tokens, num_characters):
    """Return bits a character from the mean loss a token in nats."""
    bits = nats / math.log(2)
    return bits * num_tokens / num_characters


def bits_by_log2(nats, num_tokens, num_characters):
    """Return the same: a nat is log2(e) bits."""
    return nats * np.log2(np.e) / (num_characters / num_tokens)


def bits_probes(rng):
    """Return losses: the worked example, characters as tokens, words, a text of one token, a loss of nothing."""
    return [
        Probe("the worked example", (math.log(8), 10, 30)),
        Probe("characters as tokens", (1.45, 500, 500)),
        Probe("tokens of many characters", (5.2, 120, 517)),
        Probe("a single token", (0.7, 1, 4)),
        Probe("bytes, more of them than characters", (1.1, 330, 300)),
        Probe("a drawn loss", (float(rng.uniform(1.5, 3.0)), 700, 2900)),
    ]


EXERCISE = Exercise(
    reference=ngrams.bits_per_character,
    worked=bits_per_character,
    returns="one number",
    probes=bits_probes,
    mistakes=(
        edit("nats for bits", UNIT, ("nats / math.log(2)", "nats")),
        edit("multiplied by ln 2", UNIT, ("nats / math", "nats * math")),
        edit("divided by 2", UNIT, ("math.log(2)", "2")),
        edit("the logarithm of base 10", "Which logarithm was the loss made with?", ("math.log(2)", "math.log10(2)")),
        edit(
            "the logarithm of the loss",
            "Is the loss a probability, or has its logarithm been taken already?",
            ("nats / math.log(2)", "math.log2(nats)"),
        ),
        edit("bits a token", PER_WHAT, (" * num_tokens / num_characters", " + 0 * num_characters")),
        edit(
            "tokens and characters exchanged",
            "Longer tokens, same loss a token: does a character then cost more or less?",
            ("num_tokens / num_characters", "num_characters / num_tokens"),
        ),
        edit("bits of the whole text", PER_WHAT, (" / num_characters", " + 0 * num_characters")),
        edit(
            "the perplexity",
            "A number of bits, or the number of choices that they stand for?",
            ("return bits", "return 2**bits"),
        ),
    ),
    equivalents=(bits_by_log2,),
    hints=(
        "First the whole text's loss, then in bits, then per character.",
        "ln x = ln 2 times log2 x. So a bit is ln 2, some 0.69, nats.",
        "nats * num_tokens / num_characters / math.log(2)",
    ),
)

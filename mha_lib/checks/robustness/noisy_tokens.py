"""Exercise noisy_tokens: noise that spares the special tokens."""

import numpy as np

from mha_lib.diagnosis.broken import edit, rewrite
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.robustness import noise as library

OWN = "Each token has a draw of its own, and a replacement of its own in the same place."
WHICH = "Which tokens are special: those below num_special, or those above it? And num_special itself?"


def noisy_tokens(ids, draws, replacements, rate, num_special):
    """Return the ids with each ordinary token replaced where its draw lies below the rate; special ones stay."""
    hit = (draws < rate) & (ids >= num_special)
    return np.where(hit, replacements, ids)


def noisy_by_copying(ids, draws, replacements, rate, num_special):
    """Return the same: a copy in which the tokens that are hit are overwritten."""
    noisy = ids.copy()
    hit = np.logical_and(ids >= num_special, draws < rate)
    noisy[hit] = replacements[hit]
    return noisy


def noisy_token_by_token(ids, draws, replacements, rate, num_special):
    """Return the same, as a loop."""
    noisy = np.array(ids)
    for place in np.ndindex(noisy.shape):
        if noisy[place] >= num_special and draws[place] < rate:
            noisy[place] = replacements[place]
    return noisy


def noisy_by_rows(ids, draws, replacements, rate, num_special):
    """Return rows that are replaced as a whole, where their first draw is below the rate."""
    return np.where((draws[:, :1] < rate) & (ids >= num_special), replacements, ids)


def noise_probe(rng, label, shape, rate, num_special, vocab_size):
    """Return a probe in which special and ordinary tokens stand side by side, and draws on both sides of the rate."""
    ids = rng.integers(0, vocab_size, shape)
    ids[:, 0], ids[:, 1], ids[:, -1] = 0, num_special, num_special + 1
    draws = rng.random(shape).round(2)
    draws[:, :2] = rate / 2
    replacements = rng.integers(num_special, vocab_size, shape)
    return Probe(label, (ids, draws, np.where(replacements == ids, vocab_size, replacements), rate, num_special))


def noise_probes(rng):
    """Return sentences: the worked example, ragged sizes, square, one sentence, none hit, all hit."""
    ids, draws = np.array([[1, 5, 6, 0]]), np.array([[0.0, 0.3, 0.1, 0.0]])
    return [
        Probe("the worked example", (ids, draws, np.array([[7, 8, 9, 7]]), 0.2, 2)),
        noise_probe(rng, "a rate of 0", (2, 5), 0.0, 2, 9),
        noise_probe(rng, "a rate of 1", (2, 6), 1.0, 3, 9),
        noise_probe(rng, "1 sentence of 7 tokens", (1, 7), 0.4, 3, 11),
        noise_probe(rng, "5 sentences of 5 tokens", (5, 5), 0.5, 2, 9),
        noise_probe(rng, "3 sentences of 8 tokens, 4 kinds of them special", (3, 8), 0.3, 4, 13),
    ]


def special_tokens_stay(output, ids, draws, replacements, rate, num_special):
    """Return whether every special token is where it was."""
    return np.shape(output) == ids.shape and bool(
        np.all(np.asarray(output)[ids < num_special] == ids[ids < num_special])
    )


EXERCISE = Exercise(
    reference=library.noisy_tokens,
    worked=noisy_tokens,
    returns="the ids, some of them replaced: (b, n) integers",
    probes=noise_probes,
    mistakes=(
        edit("special tokens replaced as well", WHICH, (" & (ids >= num_special)", "")),
        edit("only special tokens replaced", WHICH, ("ids >= num_special", "ids < num_special")),
        edit("the first ordinary token spared", WHICH, ("ids >= num_special", "ids > num_special")),
        edit("only [PAD] spared", WHICH, ("ids >= num_special", "ids > 0")),
        edit(
            "kept where it should be replaced",
            "At a rate of 0.1, how many of ten tokens should change?",
            ("draws < rate", "draws >= rate"),
        ),
        edit("either is enough", "Must both conditions hold, or one of them?", (") & (", ") | (")),
        rewrite("one draw for a whole sentence", OWN, noisy_by_rows),
        edit("one replacement for all", OWN, ("hit, replacements", "hit, replacements.flat[0]")),
        edit(
            "replaced by a special token",
            "What should a reader see in the place of a word: another word, or a hole?",
            ("hit, replacements", "hit, 0"),
        ),
        edit(
            "the replacement added",
            "Is a replacement a number to add, or a token to put there?",
            ("hit, replacements", "hit, ids + replacements"),
        ),
        edit(
            "returns which tokens were hit",
            "What is to come back: ids, or a mask?",
            ("return np.where(hit, replacements, ids)", "return hit"),
        ),
    ),
    equivalents=(noisy_by_copying, noisy_token_by_token),
    hints=(
        "A token changes if two things hold: its draw is low, and it is no special one.",
        "Both are comparisons of whole arrays: draws with rate, ids with num_special. & joins them.",
        "np.where((draws < rate) & (ids >= num_special), replacements, ids)",
    ),
    properties=(Property("special tokens stay", special_tokens_stay),),
)

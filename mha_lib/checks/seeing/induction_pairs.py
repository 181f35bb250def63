"""Exercise induction_pairs: the table of induction."""

import numpy as np

from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.seeing import measures as library

WHICH_PLACE = "The query's token was seen before, at s. Which place does the query want: s, the one after, or before?"


def induction_pairs(tokens):
    """Return the pairs in which the key follows an earlier occurrence of the query's token."""
    n = tokens.shape[-1]
    same = tokens[:, :, None] == tokens[:, None, :]
    seen = same & np.tri(n, k=-1, dtype=bool)
    wanted = np.zeros_like(seen)
    wanted[:, :, 1:] = seen[:, :, :-1]
    return wanted


def induction_by_loop(tokens):
    """Return the same, pair by pair."""
    b, n = tokens.shape
    wanted = np.zeros((b, n, n), dtype=bool)
    for sentence, i in np.ndindex(b, n):
        for s in range(i):
            wanted[sentence, i, s + 1] = tokens[sentence, s] == tokens[sentence, i]
    return wanted


def induction_by_rolling(tokens):
    """Return the same; what np.roll brings round to the first column is False, for no query comes after the last."""
    same = tokens[..., :, None] == tokens[..., None, :]
    return np.roll(np.tril(same, -1), 1, axis=-1)


def token_probes(rng):
    """Return tokens: the worked example, one that comes three times, twice in a row, never again; batches."""
    return [
        Probe("the worked example", (np.array([[5, 8, 2, 5]]),)),
        Probe("a token that comes three times", (np.array([[1, 2, 1, 3, 1, 4]]),)),
        Probe("a token twice in a row", (np.array([[7, 7, 3]]),)),
        Probe("no token twice", (np.array([[4, 2, 9]]),)),
        Probe("3 sentences of 3 tokens", (rng.integers(2, size=(3, 3)),)),
        Probe("a sentence of 1 token", (np.array([[3]]),)),
        Probe("2 sentences of 9 tokens out of 3", (rng.integers(3, size=(2, 9)),)),
        Probe("a stretch of 3 tokens, repeated", (np.tile(rng.permutation(9)[:3], (1, 3)),)),
    ]


def no_future(wanted, tokens):
    """Return whether no wanted key lies after its query, and none is the first token."""
    wanted = np.asarray(wanted)
    return not np.triu(wanted, 1).any() and not wanted[..., 0].any()


SHIFT = "wanted[:, :, 1:] = seen[:, :, :-1]"


EXERCISE = Exercise(
    reference=library.induction_pairs,
    worked=induction_pairs,
    returns="a table of booleans for each sentence: (b, n, n)",
    probes=token_probes,
    mistakes=(
        edit("the same token instead of the one after it", WHICH_PLACE, (SHIFT, "wanted = seen")),
        edit("the token before instead of the one after", WHICH_PLACE, (SHIFT, "wanted[:, :, :-1] = seen[:, :, 1:]")),
        edit(
            "looks into the future",
            "May the key stand after its query? A token that comes again later: who may look where?",
            ("same & np.tri(n, k=-1, dtype=bool)", "same & ~np.eye(n, dtype=bool)"),
        ),
        edit(
            "a token taken for its own repetition",
            "Is place i an earlier occurrence of the token at place i?",
            ("np.tri(n, k=-1, dtype=bool)", "np.tri(n, dtype=bool)"),
        ),
        edit(
            "rows and columns exchanged",
            "Row i belongs to query i. Which of the two places comes later: the row or the column?",
            ("return wanted", "return wanted.swapaxes(1, 2)"),
        ),
        edit(
            "the latest occurrence alone",
            "A token that was seen twice before: how many keys are wanted?",
            ("return wanted", "return wanted & (np.cumsum(wanted[:, :, ::-1], -1)[:, :, ::-1] == 1)"),
        ),
        edit(
            "the first occurrence alone",
            "A token that was seen twice before: how many keys are wanted?",
            ("return wanted", "return wanted & (np.cumsum(wanted, -1) == 1)"),
        ),
        edit(
            "numbers instead of booleans",
            "What does a mask hold in this book?",
            ("return wanted", "return wanted * 1.0"),
        ),
    ),
    equivalents=(induction_by_loop, induction_by_rolling),
    hints=(
        "First the table of equal tokens, then only the earlier places, then one step to the right.",
        "same[b, i, s] is tokens[b, i] == tokens[b, s]. np.tri(n, k=-1) is True where s < i. What is wanted at s + 1?",
        "wanted[:, :, 1:] = (same & np.tri(n, k=-1, dtype=bool))[:, :, :-1]",
    ),
    properties=(Property("no wanted key comes after its query, and none is the first token", no_future),),
)

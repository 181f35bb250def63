"""Exercise hide_tokens: hide tokens."""

import numpy as np

from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.exercise import Exercise, Probe, Property

TEN = "Of ten chosen tokens: how many are hidden, how many replaced, how many kept? Count yours."
WHICH_LABELS = "The encoder is asked about some tokens only. Do the others have a right answer to miss?"


def hide_tokens(ids, chance, fate, others, rate):
    """Return what the encoder is shown and the labels, one above the other: (2, b, n)."""
    chosen = (chance < rate) & (ids >= 5)
    spoiled = np.where(fate < 0.8, 4, np.where(fate < 0.9, others, ids))
    shown = np.where(chosen, spoiled, ids)
    labels = np.where(chosen, ids, -100)
    return np.stack([shown, labels])


def hide_tokens_by_loop(ids, chance, fate, others, rate):
    """Return the same, token by token."""
    both = np.array([ids, np.full(ids.shape, -100)])
    for place in np.argwhere(ids >= 5):
        row, column = place
        if chance[row, column] >= rate:
            continue
        both[1, row, column] = ids[row, column]
        if fate[row, column] < 0.8:
            both[0, row, column] = 4
        elif fate[row, column] < 0.9:
            both[0, row, column] = others[row, column]
    return both


def hidden_probe(rng, label, shape, rate, special=True):
    """Return a probe of hiding: (b, n) tokens of 12, special ones at the ends, and lots with two decimals."""
    ids = rng.integers(5, 12, shape)
    if special:
        ids[:, 0], ids[:, -1] = 2, 3
    chance, fate = (rng.uniform(size=shape).round(2) for _ in range(2))
    return Probe(label, (ids, chance, fate, (ids - 5 + rng.integers(1, 7, shape)) % 7 + 5, rate))


def hide_probes(rng):
    """Return tokens and lots: the worked example, a text without luck, square, special tokens, ten thousand tokens."""
    worked = np.array([[2, 7, 8, 9, 10, 5, 3]])
    chance = np.array([[0.01, 0.1, 0.9, 0.05, 0.14, 0.02, 0.7]])
    fate = np.array([[0.3, 0.5, 0.1, 0.85, 0.95, 0.81, 0.5]])
    return [
        Probe("the worked example", (worked, chance, fate, np.array([[6, 6, 6, 6, 6, 11, 6]]), 0.15)),
        Probe("nothing chosen", (worked, chance + 0.2, fate, worked, 0.15)),
        hidden_probe(rng, "3 rows of 3 tokens, all of them asked", (3, 3), 1.5, special=False),
        hidden_probe(rng, "special tokens at the ends", (40, 4), 0.5),
        hidden_probe(rng, "10,000 tokens, a quarter chosen", (100, 100), 0.25),
    ]


def labels_are_true(both, ids, *args):
    """Return whether every label is the true token of its place, or -100."""
    return bool(np.all((both[1] == ids) | (both[1] == -100)))


def unasked_is_kept(both, ids, *args):
    """Return whether what is not asked about is shown as it is."""
    return bool(np.all((both[1] != -100) | (both[0] == ids)))


SPOILED = "np.where(fate < 0.8, 4, np.where(fate < 0.9, others, ids))"


LABELS = "labels = np.where(chosen, ids, -100)"


EXERCISE = Exercise(
    reference=hide_tokens,
    returns="what is shown and the labels, one above the other: integers (2, b, n)",
    probes=hide_probes,
    mistakes=(
        edit(
            "special tokens are chosen too",
            "May the encoder be asked what [CLS] is? Which numbers do words have?",
            (" & (ids >= 5)", ""),
        ),
        edit("the first word is never chosen", "Which is the smallest number of a word?", ("ids >= 5", "ids > 5")),
        edit(
            "a rate of 0.15, whatever was given",
            "Who says how many tokens are chosen?",
            ("chance < rate", "chance < 0.15"),
        ),
        edit("every chosen token becomes [MASK]", TEN, (SPOILED, "np.full_like(ids, 4)")),
        edit("a tenth of the rest is replaced", TEN, ("fate < 0.9", "fate < 0.82")),
        edit("none is kept", TEN, ("np.where(fate < 0.9, others, ids)", "others")),
        edit("none is replaced", TEN, ("np.where(fate < 0.9, others, ids)", "ids")),
        edit(
            "the hidden ones are overwritten",
            TEN,
            (SPOILED, "np.where(fate < 0.9, others, np.where(fate < 0.8, 4, ids))"),
        ),
        edit(
            "eight replaced and one hidden",
            TEN,
            (SPOILED, "np.where(fate < 0.8, others, np.where(fate < 0.9, 4, ids))"),
        ),
        edit(
            "tokens that nobody chose are spoiled",
            "How many tokens of the whole text should change?",
            ("np.where(chosen, spoiled, ids)", "np.where(ids >= 5, spoiled, ids)"),
        ),
        edit("a label for every token", WHICH_LABELS, (LABELS, "labels = ids")),
        edit(
            "labels only where something changed",
            "One chosen token in ten is shown as it is. Is it asked about?",
            (LABELS, "labels = np.where(shown != ids, ids, -100)"),
        ),
        edit(
            "the label is what is shown",
            "What should the encoder say: what it sees, or what stood there?",
            (LABELS, "labels = np.where(chosen, shown, -100)"),
        ),
        edit("labels where nothing is asked", WHICH_LABELS, (LABELS, "labels = np.where(chosen, -100, ids)")),
        edit("0 for what is not asked", "Is 0 the number of a token?", ("ids, -100)", "ids, 0)")),
        edit("labels above, tokens below", "Which of the two comes first?", ("[shown, labels]", "[labels, shown]")),
    ),
    equivalents=(hide_tokens_by_loop,),
    hints=(
        "First who is chosen, then what becomes of the chosen, then the labels. Labels need only the first step.",
        "Two np.where inside of each other make three fates: below 0.8, below 0.9, and the rest.",
        "shown = np.where(chosen, spoiled, ids); labels = np.where(chosen, ids, -100)",
    ),
    properties=(
        Property("each label is the true token or -100", labels_are_true),
        Property("what is not asked about is shown as it is", unasked_is_kept),
    ),
)

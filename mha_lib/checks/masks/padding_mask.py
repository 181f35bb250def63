"""Exercise padding_mask: the padding mask."""

import numpy as np

from mha_lib import masks as library
from mha_lib.checks.masks.shared import BOOLEANS, READ_ALOUD
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.exercise import Exercise, Probe, Property


def padding_mask(lengths, num_keys):
    """Return True where the key's position is below the sentence's length."""
    positions = np.arange(num_keys)
    return positions < lengths[:, None, None]


def padding_by_loop(lengths, num_keys):
    """Return the same, sentence by sentence."""
    mask = np.zeros((len(lengths), 1, num_keys), dtype=bool)
    for sentence, length in enumerate(lengths):
        mask[sentence, 0, :length] = True
    return mask


def padding_by_rows_of_a_triangle(lengths, num_keys):
    """Return the same: row n of a lower triangle without its diagonal has n times True."""
    return np.tri(num_keys + 1, num_keys, -1, dtype=bool)[lengths][:, None, :]


def padding_probes(rng):
    """Return ragged lengths: the worked example, one sentence, as many sentences as keys, an empty one."""
    return [
        Probe("the worked example", (np.array([3, 1]), 4)),
        Probe("a single sentence", (np.array([2]), 5)),
        Probe("3 sentences in a shuffled order", (rng.permutation([2, 5, 3]), 5)),
        Probe("as many sentences as keys", (np.array([2, 4, 1, 3]), 4)),
        Probe("an empty sentence", (np.array([2, 0]), 3)),
    ]


def as_many_true_as_words(mask, lengths, num_keys):
    """Return whether each sentence has as many True as words."""
    return np.array_equal(mask.sum(axis=-1).ravel(), lengths)


EXERCISE = Exercise(
    reference=library.padding_mask,
    worked=padding_mask,
    returns="booleans, sentences by 1 by keys: (b, 1, k)",
    probes=padding_probes,
    mistakes=(
        edit("polarity inverted", READ_ALOUD, ("positions < ", "positions >= ")),
        edit(
            "one padded key too many",
            "A sentence of 3 words fills positions 0, 1 and 2. Does position 3 pass your comparison?",
            ("positions < ", "positions <= "),
        ),
        edit(
            "the last word hidden too",
            "A sentence of 3 words fills positions 0, 1 and 2. Does position 2 pass your comparison?",
            ("positions < ", "positions + 1 < "),
        ),
        edit(
            "on the query axis",
            "Should anybody read the padding? Then which axis must know about it: who asks, or who is asked?",
            ("positions < ", "positions[:, None] < "),
        ),
        edit(
            "no axis for the queries",
            "Scores have shape (b, q, k). Write the axes of your mask under it: what stands under q?",
            ("lengths[:, None, None]", "lengths[:, None]"),
        ),
        edit(
            "the sentences on the query axis",
            "Scores have shape (b, q, k). Under which of these axes do your sentences stand?",
            ("lengths[:, None, None]", "lengths[None, :, None]"),
        ),
        edit(
            "the first sentence's length for all",
            "Are all sentences of a batch equally long?",
            ("lengths[:, None, None]", "np.full_like(lengths, lengths[0])[:, None, None]"),
        ),
        edit(
            "padding at the front",
            "Where does the padding stand: before the words or after them?",
            ("positions < lengths", "positions >= num_keys - lengths"),
        ),
        edit(
            "masks the queries too",
            "A padded query whose whole row is hidden: what is its softmax? Does anybody use its output?",
            ("positions < lengths[:, None, None]", "(positions[:, None] < lengths[:, None, None])"),
            ("return ", "return (positions < lengths[:, None, None]) & "),
        ),
        edit(
            "numbers instead of booleans",
            BOOLEANS,
            ("positions < lengths[:, None, None]", "(positions < lengths[:, None, None]) * 1.0"),
        ),
    ),
    equivalents=(padding_by_loop, padding_by_rows_of_a_triangle),
    hints=(
        "Number the keys. A key is a word if its number is below the length of its sentence.",
        "Compare np.arange(num_keys) with the lengths. Which shape must the lengths have for (b, 1, k) to come out?",
        "np.arange(num_keys) < lengths[:, None, None]",
    ),
    properties=(Property("each sentence has as many True as words", as_many_true_as_words),),
)

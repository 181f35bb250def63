"""Exercise swap_tokens: exchange."""

import numpy as np

from mha_lib.diagnosis.broken import edit, rewrite
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.fairness.counterfactual import swap_tokens as library_swap


def swap_tokens(ids, pairs):
    """Return token numbers with each token of a pair exchanged for its partner."""
    result = ids.copy()
    for first, second in pairs:
        result[ids == first] = second
        result[ids == second] = first
    return result


def swap_by_dictionary(ids, pairs):
    """Return the same, token by token."""
    partner = {}
    for first, second in pairs.tolist():
        partner[first], partner[second] = second, first
    return np.array([[partner.get(token, token) for token in row] for row in ids.tolist()]).reshape(ids.shape)


def swap_by_marking(ids, pairs):
    """Return the same in one go for each pair: the sum of both, less the one that stands there."""
    result = ids
    for first, second in pairs:
        result = np.where((ids == first) | (ids == second), first + second - ids, result)
    return result


def swap_one_after_another(ids, pairs):
    """Return what becomes of the tokens if the second exchange reads what the first has written."""
    result = ids.copy()
    for first, second in pairs:
        result[result == first] = second
        result[result == second] = first
    return result


def swap_probes(rng):
    """Return sentences and pairs: the worked example, both of a pair in one row, no pair there, a batch of one."""
    pairs = rng.permutation(12)[:6].reshape(3, 2)
    return [
        Probe("the worked example", (np.array([[7, 1, 8, 1]]), np.array([[7, 8]]))),
        Probe("3 sentences of 5 tokens, 3 pairs", (rng.integers(12, size=(3, 5)), pairs)),
        Probe("4 sentences of 4 tokens", (rng.integers(6, size=(4, 4)), np.array([[4, 1], [0, 3]]))),
        Probe("no word of any pair", (np.array([[2, 9], [5, 5]]), np.array([[3, 4]]))),
        Probe("a batch of 1 sentence with every token", (np.arange(8)[None], np.array([[6, 0], [2, 5]]))),
        Probe("both words of a pair, twice over", (np.array([[3, 4, 3], [4, 4, 3]]), np.array([[4, 3]]))),
    ]


def twice_is_nothing(swapped, ids, pairs):
    """Return whether exchanging once more brings the sentences back."""
    return np.shape(swapped) == ids.shape and bool(np.array_equal(library_swap(swapped, pairs), ids))


EXERCISE = Exercise(
    reference=swap_tokens,
    returns="token numbers in the shape of ids: (b, n)",
    probes=swap_probes,
    mistakes=(
        rewrite(
            "one exchange after another",
            "Follow the first word of a pair through your lines. Is it exchanged back again?",
            swap_one_after_another,
        ),
        edit(
            "one way only",
            "A counterfactual of a text on group 1 is a text on group 0. Do you make those too?",
            ("        result[ids == second] = first\n", ""),
        ),
        edit("the first pair alone", "How many pairs are there?", ("in pairs", "in pairs[:1]")),
        edit(
            "the last pair alone",
            "Which array does each round of your loop write into?",
            (
                "result = ids.copy()\n    for first, second in pairs:\n",
                "for first, second in pairs:\n        result = ids.copy()\n",
            ),
        ),
        edit(
            "zeros where no word is exchanged",
            "What happens to a token that is in no pair?",
            ("ids.copy()", "np.zeros_like(ids)"),
        ),
    ),
    equivalents=(swap_by_dictionary, swap_by_marking),
    hints=(
        "Two questions for each pair: where does the first stand, and where the second? Ask both before you write.",
        "Write into a copy, and look for tokens in the original.",
        "result[ids == first] = second; result[ids == second] = first, for each pair.",
    ),
    properties=(Property("exchanging twice brings every sentence back", twice_is_nothing),),
)

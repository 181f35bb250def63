"""Exercise fill_in_turn: one after the other."""

import numpy as np

from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property

AFTER_FIRST = "The first number is filled in. What does the model see when you ask for the second?"


def fill_in_turn(score, tokens, places, mask):
    """Return the tokens with those at `places` replaced by the likeliest, one after the other: (n,)."""
    filled = tokens.copy()
    filled[places] = mask
    for place in places:
        filled[place] = score(filled)[place].argmax()
    return filled


def fill_by_lists(score, tokens, places, mask):
    """Return the same, with a list of what is known so far."""
    known = [mask if i in set(places.tolist()) else int(token) for i, token in enumerate(tokens)]
    for place in places.tolist():
        known = [*known[:place], int(np.argmax(score(np.array(known)), axis=-1)[place]), *known[place + 1 :]]
    return np.array(known)


def neighbour_scorer(rng, num_tokens):
    """Return a function that scores every place by all tokens, each place reading the others its own way."""
    table = draw(rng, num_tokens + 1, num_tokens)

    def score(tokens):
        """Return the scores of each place: (n,) -> (n, v)."""
        n = len(tokens)
        reads = np.cos(1.0 + np.arange(n)[:, None] * 2.3 + np.arange(n) * 1.7)
        return reads @ table[np.minimum(tokens, num_tokens)]

    return score


def differing(tokens):
    """Return scores by which each of two places wants what the other one is not; 1 is a little likelier than 0."""
    return np.array([[2.0 * (other == 1), 2.0 * (other == 0) + 0.5, -9.0] for other in tokens[::-1]])


def fill_probes(rng):
    """Return what scores, tokens and places: the worked example, one missing, an order of its own, all missing."""
    return [
        Probe("the worked example", (differing, np.array([0, 0]), np.array([0, 1]), 2)),
        Probe("one missing token", (neighbour_scorer(rng, 5), rng.integers(0, 5, 4), np.array([2]), 5)),
        Probe("all tokens missing", (neighbour_scorer(rng, 6), rng.integers(0, 6, 5), np.array([3, 0, 4, 1, 2]), 6)),
        *[
            Probe(f"{len(places)} of 7 tokens missing", (neighbour_scorer(rng, 9), rng.integers(0, 9, 7), places, 9))
            for places in (np.array([5, 1, 3]), np.array([6, 0]), np.array([4, 2, 6, 1]))
        ],
    ]


def touches_only_places(filled, score, tokens, places, mask):
    """Return whether the tokens that were not missing are as they were."""
    kept = np.setdiff1d(np.arange(len(tokens)), places)
    return np.array_equal(np.asarray(filled)[kept], tokens[kept])


EXERCISE = Exercise(
    reference=fill_in_turn,
    returns="the tokens, all places filled in, as an array of integers: (n,)",
    probes=fill_probes,
    mistakes=(
        edit(
            "all places at once",
            AFTER_FIRST,
            (
                "    for place in places:\n        filled[place] = score(filled)[place].argmax()\n",
                "    filled[places] = score(filled)[places].argmax(axis=-1)\n",
            ),
        ),
        edit(
            "reads the answers",
            "What does the model see at a place that is missing?",
            ("    filled[places] = mask\n", ""),
        ),
        edit(
            "hides one place at a time",
            "Two are missing. When you ask for the first, what stands at the second?",
            ("    filled[places] = mask\n", ""),
            ("        filled[place] =", "        filled[place] = mask\n        filled[place] ="),
        ),
        edit(
            "left to right, whatever was asked",
            "In which order do the places come?",
            ("for place in places", "for place in np.sort(places)"),
        ),
        edit(
            "in the opposite order",
            "In which order do the places come?",
            ("for place in places", "for place in places[::-1]"),
        ),
        edit(
            "the least likely token",
            "Is the best token the one with the largest score or the smallest?",
            ("argmax", "argmin"),
        ),
        edit(
            "scores of the wrong place",
            "score returns a row for each place. Which row belongs to the one you ask for?",
            ("[place].argmax()", "[place - 1].argmax()"),
        ),
        edit(
            "the last place stays hidden",
            "How many places are there to fill?",
            ("for place in places", "for place in places[:-1]"),
        ),
    ),
    equivalents=(fill_by_lists,),
    hints=(
        "Hide all the places first. Then ask for one, write it down, and ask for the next with that in view.",
        "score(filled) is (n, v): row `place` scores the tokens for that place.",
        "filled[place] = score(filled)[place].argmax(), for each place in turn, on a copy of the tokens.",
    ),
    properties=(Property("tokens that were not missing stay", touches_only_places),),
)

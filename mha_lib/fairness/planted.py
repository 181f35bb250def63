"""Chapter 22. Planted associations: made sentences in which it is known who stands beside what, and how often.

Both peoples and their names are invented, so that nobody is meant. How far jobs lean to one of them is a number.
"""

import numpy as np

import mha_lib.similarity.words as counting
from mha_lib.similarity.vectors import unit

NAMES = (
    ("adal", "arven", "asko", "avri", "azur", "alen"),
    ("bodo", "belor", "baska", "byrn", "bilo", "borin"),
)
PLACES = (("harbour", "island", "ferry", "lagoon"), ("valley", "mountain", "meadow", "orchard"))
FOOD = (("plums", "rye", "herring", "leeks"), ("cheese", "honey", "barley", "pears"))
"""What else differs between the two peoples; nothing of it has to do with jobs."""
JOBS = (
    ("baker", "mason", "weaver", "potter", "tailor", "miller"),
    ("cooper", "glazier", "saddler", "tanner", "turner", "joiner"),
)
"""Jobs that lean to the first people, and jobs that lean to the second, as far as anything is planted."""

FORMS = (
    "{name} the {job} lives near the {place} and eats {food}",
    "the {job} {name} eats {food} near the {place}",
    "near the {place} the {job} {name} eats {food}",
    "{food} are what {name} the {job} eats near the {place}",
)
VOCABULARY = (
    *(word for pairs in (NAMES, PLACES, FOOD, JOBS) for half in pairs for word in half),
    *("the", "near", "lives", "eats", "and", "are", "what"),
)
WINDOW = 6


def job_sentences(rng, count, lean):
    """Return a list of sentences, tuples of words; a job meets the people that it leans to with chance (1 + lean) / 2.

    rng: numpy.random.Generator   lean: from 0, nothing is planted, to 1, each job has one people only

    Raises ValueError for any other lean.
    """
    if not 0 <= lean <= 1:
        raise ValueError(f"lean must lie between 0 and 1, got {lean}")
    return [_sentence(rng, lean) for _ in range(count)]


def _sentence(rng, lean):
    side = int(rng.integers(2))
    people = side if rng.random() < (1 + lean) / 2 else 1 - side
    pools = {"name": NAMES[people], "place": PLACES[people], "food": FOOD[people], "job": JOBS[side]}
    drawn = {key: pool[rng.integers(len(pool))] for key, pool in pools.items()}
    return tuple(FORMS[rng.integers(len(FORMS))].format(**drawn).split())


def company(sentences):
    """Return one vector of length 1 for each word of VOCABULARY: how much more than by chance each other word is near.

    -> (v, v), the rows of chapter 1's positive pointwise mutual information
    """
    tokens = [word for sentence in sentences for word in (*sentence, *[""] * WINDOW)]
    counts = counting.count_neighbours(tokens, VOCABULARY, WINDOW)
    return unit(counting.positive_pmi(counts))


def rows(vectors, words):
    """Return the vectors of some words of VOCABULARY: (v, d) -> (n, d)."""
    return np.asarray(vectors)[[VOCABULARY.index(word) for word in words]]

"""Exercise nearest: the nearest."""

import numpy as np

from mha_lib.checks.similarity.cosine import cosine
from mha_lib.diagnosis.broken import edit, rewrite
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.similarity import vectors as similarity


def nearest(query, vectors, count):
    """Return the positions of the rows with the largest cosine, best first."""
    lengths = np.sqrt((vectors**2).sum(axis=1) * (query**2).sum())
    cosines = vectors @ query / np.where(lengths > 0, lengths, 1.0)
    return np.argsort(-cosines, kind="stable")[:count]


def nearest_leaving_out_one_length(query, vectors, count):
    """Return the same: the query's own length divides every row alike, so the order does not need it."""
    lengths = np.linalg.norm(vectors, axis=1)
    lengths[lengths == 0] = 1.0
    return np.argsort(-(vectors @ query) / lengths, kind="stable")[:count]


def nearest_by_sorting(query, vectors, count):
    """Return the same with Python's own sort, which keeps the order of equals."""
    cosines = [cosine(query, row) for row in vectors]
    return np.array(sorted(range(len(vectors)), key=lambda i: -cosines[i])[:count])


def nearest_by_distance(query, vectors, count):
    """Return the rows whose tips lie nearest to the query's."""
    return np.argsort(((vectors - query) ** 2).sum(axis=1), kind="stable")[:count]


def nearest_probes(rng):
    """Return a query and rows: the worked example, many rows, all of them, equal cosines, a row of zeros."""
    ties = np.array([[0.0, 1.0], [2.0, 0.0], [-1.0, 0.0], [4.0, 0.0], [0.0, -3.0], [8.0, 0.0]])
    zeros = np.array([[-2.0, -1.0], [0.0, 0.0], [1.0, 1.0], [-1.0, 3.0], [3.0, 1.0]])
    return [
        Probe(
            "the worked example", (np.array([1.0, 0.0]), np.array([[0.0, 1.0], [5.0, 1.0], [2.0, 0.0], [1.0, 1.0]]), 2)
        ),
        Probe("12 vectors of 3 entries", (draw(rng, 3), draw(rng, 12, 3), 5)),
        Probe("as many as there are", (draw(rng, 2), draw(rng, 5, 2), 5)),
        Probe("rows of equal cosine", (np.array([3.0, 0.0]), ties, 4)),
        Probe("a row of zeros", (np.array([2.0, 1.0]), zeros, 4)),
    ]


def no_position_twice(value, query, vectors, count):
    """Return whether all positions differ."""
    return len(np.unique(value)) == np.size(value)


def best_first(value, query, vectors, count):
    """Return whether the cosines fall from left to right."""
    cosines = similarity.cosine(query, vectors[np.asarray(value, dtype=int)])
    return bool(np.all(np.diff(cosines) <= 1e-12))


EXERCISE = Exercise(
    reference=similarity.nearest,
    worked=nearest,
    returns="positions of rows, whole numbers, best first: (count,)",
    probes=nearest_probes,
    mistakes=(
        edit(
            "ranks by dot product",
            "A long vector scores high with everybody. What does the cosine do about length?",
            (" / np.where(lengths > 0, lengths, 1.0)", ""),
        ),
        edit(
            "the farthest first",
            "argsort puts the smallest first. Which end do you want?",
            ("argsort(-cosines", "argsort(cosines"),
        ),
        edit(
            "equal cosines in reverse order",
            "Turning a sorted list round also turns equals round. Can you sort something else instead?",
            ('np.argsort(-cosines, kind="stable")', 'np.argsort(cosines, kind="stable")[::-1]'),
        ),
        edit(
            "returns the cosines",
            "Asked for is where the rows are, not how near.",
            ('np.argsort(-cosines, kind="stable")', "-np.sort(-cosines)"),
        ),
        edit(
            "returns the rows",
            "Asked for are the positions of the rows.",
            ("return np", "return vectors[np"),
            ("[:count]", "][:count]"),
        ),
        edit("returns all of them", "How many were asked for?", ("[:count]", "")),
        edit(
            "divides by zero at a row of zeros",
            "A row of zeros has cosine 0: better than a negative one. Where does your sort put 0/0?",
            ("np.where(lengths > 0, lengths, 1.0)", "lengths"),
        ),
        rewrite(
            "ranks by distance",
            "A vector and its double point the same way. Are they near by your measure?",
            nearest_by_distance,
        ),
    ),
    equivalents=(nearest_leaving_out_one_length, nearest_by_sorting),
    hints=(
        "First a cosine for each row, then sort, then cut.",
        "np.argsort returns positions, smallest first: sort the cosines with their sign turned, kind='stable'.",
        "np.argsort(-cosines, kind='stable')[:count], where cosines holds cosine(query, row) for each row of vectors",
    ),
    properties=(
        Property("no position comes twice", no_position_twice),
        Property("the cosines fall from left to right", best_first),
    ),
)

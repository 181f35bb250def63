"""Exercise attend_one: one query, by loop."""

import numpy as np

from mha_lib.checks.attention.shared import VARIANCE
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe


def attend_one(query, keys, values):
    """Return what one query reads: the values, averaged with its softmax weights."""
    scores = [float(np.dot(query, key)) / np.sqrt(len(query)) for key in keys]
    largest = max(scores)
    exponentials = [np.exp(score - largest) for score in scores]
    total = sum(exponentials)
    output = np.zeros(values.shape[1])
    for exponential, value in zip(exponentials, values, strict=True):
        output = output + exponential / total * value
    return output


def attend_one_as_matrices(query, keys, values):
    """Return the same from two products of a matrix and a vector."""
    scores = keys @ query / np.sqrt(query.size)
    weights = np.exp(scores - np.logaddexp.reduce(scores))
    return weights @ values


def one_query_probes(rng):
    """Return inputs for one query: keys and values differ in width and number."""
    return [
        Probe(
            "the worked example",
            (
                np.array([2.0, 2.0, 0.0, 0.0]),
                np.array([[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0]]),
                np.array([[4.0], [8.0]]),
            ),
        ),
        Probe("3 keys of width 4, values of width 2", (draw(rng, 4), draw(rng, 3, 4), draw(rng, 3, 2))),
        Probe("4 keys of width 4, values of width 4", (draw(rng, 4), draw(rng, 4, 4), draw(rng, 4, 4))),
        Probe("a single key", (draw(rng, 3), draw(rng, 1, 3), draw(rng, 1, 5))),
        Probe("scores of ±1000", (np.array([1000.0, 0.0]), np.array([[1.5, 0.2], [-1.5, 0.3]]), draw(rng, 2, 3))),
    ]


EXERCISE = Exercise(
    reference=attend_one,
    returns="what the query reads, as wide as a value: (e,)",
    probes=one_query_probes,
    mistakes=(
        edit("no scale", VARIANCE, (" / np.sqrt(len(query))", "")),
        edit("divides by d, not its root", VARIANCE, ("np.sqrt(len(query))", "len(query)")),
        edit("no normaliser", "Do the weights of the query sum to 1?", ("exponential / total", "exponential")),
        edit(
            "averages the keys",
            "What gets averaged: what was matched, or what is stored under it?",
            ("zip(exponentials, values", "zip(exponentials, keys"),
            ("values.shape[1]", "keys.shape[1]"),
        ),
        edit(
            "every key weighs the same",
            "Change the query. Does your output change?",
            ("exponential / total", "1 / len(keys)"),
        ),
        edit(
            "takes the best match alone",
            "This is a hard lookup. What does a softmax do instead of picking one?",
            ("exponential / total * value", "(exponential == max(exponentials)) * value"),
        ),
        edit(
            "no maximum subtracted",
            "What is exp(1000)? What may you subtract from every score?",
            ("np.exp(score - largest)", "np.exp(np.float64(score))"),
        ),
    ),
    equivalents=(attend_one_as_matrices,),
    hints=(
        "Three steps: compare the query with each key, turn the scores into weights, average the values.",
        "A score is a dot product over the root of the width. The weights are exp(score - largest) over their sum.",
        "weights = [...] as in chapter 2, then output = sum of weights[i] * values[i] over i.",
    ),
)

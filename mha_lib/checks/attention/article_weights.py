"""Exercise article_weights: find the mistake."""

import numpy as np

from mha_lib.checks.attention.shared import POSITIVE, SUMS
from mha_lib.diagnosis.broken import edit, rewrite
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe


def article_weights(query, keys):
    """Return the weights of one query: exp of each dot product over the sum of them all."""
    scores = keys @ query
    exponentials = np.exp(scores - scores.max())
    return exponentials / exponentials.sum()


def article_weights_unshifted(query, keys):
    """Return the same, safe because the scores are small here."""
    return np.exp(keys @ query) / np.exp(keys @ query).sum()


def article_weights_as_printed(query, keys):
    """Return what is printed: the numerator alone."""
    return np.exp(keys @ query)


def article_probes(rng):
    """Return one query and its keys, without a scale: the printed formula has none."""
    return [
        Probe("the worked example", (np.array([1.0, 0.0]), np.array([[np.log(3.0), 5.0], [0.0, 2.0]]))),
        Probe("a single key", (draw(rng, 4), draw(rng, 1, 4))),
        Probe(
            "a negative score for every key", (np.array([1.0, 0.0]), np.array([[-1.0, 2.0], [-2.0, 1.0], [-0.5, 7.0]]))
        ),
        Probe("5 keys of width 3", (draw(rng, 3, scale=1.0), draw(rng, 5, 3, scale=1.0))),
    ]


EXERCISE = Exercise(
    reference=article_weights,
    returns="the weights of one query, one a key: (k,)",
    probes=article_probes,
    mistakes=(
        rewrite(
            "the numerator alone", "Do your weights sum to 1? What must each be divided by?", article_weights_as_printed
        ),
        edit(
            "divides by the sum of the scores",
            "The normaliser must turn this very list into shares of 1.",
            ("exponentials / exponentials.sum()", "np.exp(scores) / scores.sum()"),
        ),
        edit(
            "divides the scores, without exp",
            "Can a weight be negative? What does exp do to a negative score?",
            ("return exponentials / exponentials.sum()", "return scores / scores.sum()"),
        ),
        edit(
            "divides by the largest",
            "Divided by the largest, the best key gets weight 1. What is left for the others?",
            ("return exponentials / exponentials.sum()", "return exponentials"),
        ),
        edit(
            "divides by the number of keys",
            "Would this sum to 1 for other scores?",
            ("return exponentials / exponentials.sum()", "return np.exp(scores) / len(keys)"),
        ),
    ),
    equivalents=(article_weights_unshifted,),
    hints=(
        "Add up the weights that the printed formula gives. What should that sum be?",
        "Each weight is a share of a whole. The whole is the sum of all the exponentials.",
        "np.exp(scores) / np.exp(scores).sum(), with scores = keys @ query.",
    ),
    properties=(SUMS, POSITIVE),
)

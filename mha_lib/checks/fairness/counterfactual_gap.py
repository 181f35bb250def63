"""Exercise counterfactual_gap: the counterfactual gap."""

import numpy as np

from mha_lib.diagnosis.broken import edit, rewrite
from mha_lib.diagnosis.exercise import Exercise, Probe
from mha_lib.fairness.counterfactual import NO_GROUP, counterfactual_gap

WHOSE_TEXT = "In which of the two texts does the name of group 0 stand? It depends on the text's own group."
SILENT_TEXTS = "What does exchanging change in a text that speaks of neither group? May it take part in the mean?"


def gap_by_group(chances, swapped, groups):
    """Return the same: the two groups' gains, added up and shared out among all who speak."""
    first, second = groups == 0, groups == 1
    gained = (chances[first] - swapped[first]).sum() + (swapped[second] - chances[second]).sum()
    return gained / (first.sum() + second.sum())


def gap_by_columns(chances, swapped, groups):
    """Return the same: for each text the output with either name, then one difference of means."""
    speaks = groups >= 0
    both = np.stack([chances, swapped], axis=1)[speaks]
    who = groups[speaks]
    rows = np.arange(len(who))
    return both[rows, who].mean() - both[rows, 1 - who].mean()


def mean_of_group_means(chances, swapped, groups):
    """Return the mean of the two groups' mean gains, however many texts each has."""
    gains = [(chances - swapped)[groups == 0], (swapped - chances)[groups == 1]]
    return float(np.mean([some.mean() for some in gains if len(some)]))


def chance(rng, n):
    """Return n chances with two decimals."""
    return rng.integers(1, 100, n) / 100


def gap_probes(rng):
    """Return outputs and groups: the worked example, one text, groups of unlike sizes, silent texts, no gap."""
    some = chance(rng, 5)
    mixed = rng.permutation(np.array([0, 0, 0, 0, 1, NO_GROUP, NO_GROUP]))
    return [
        Probe("the worked example", (np.array([0.9, 0.2, 0.5]), np.array([0.3, 0.6, 0.5]), np.array([0, 1, NO_GROUP]))),
        Probe("one text of group 1", (np.array([0.3]), np.array([0.8]), np.array([1]))),
        Probe("outputs that exchanging does not move", (some, some.copy(), np.array([0, 1, 1, 0, NO_GROUP]))),
        Probe("gaps of both signs", (np.array([0.9, 0.1, 0.7]), np.array([0.2, 0.8, 0.1]), np.array([0, 0, 1]))),
        Probe(
            "silent texts whose outputs moved", (chance(rng, 4), chance(rng, 4), np.array([0, NO_GROUP, 1, NO_GROUP]))
        ),
        Probe("7 texts, most of group 0", (chance(rng, 7), chance(rng, 7), mixed)),
    ]


EXERCISE = Exercise(
    reference=counterfactual_gap,
    returns="the mean gap, a number",
    probes=gap_probes,
    mistakes=(
        edit(
            "original less exchanged, whatever the group",
            WHOSE_TEXT,
            ("np.where(groups == 0, chances - swapped, swapped - chances)", "chances - swapped"),
        ),
        edit("the sign turned round", "Positive if which group is favoured?", ("groups == 0", "groups != 0")),
        edit("counts silent texts too", SILENT_TEXTS, ("gain[speaks].mean()", "np.where(speaks, gain, 0).mean()")),
        edit("takes silent texts for group 1", SILENT_TEXTS, ("gain[speaks]", "gain")),
        edit(
            "gaps without their sign",
            "One text gains, one loses as much. Which group is favoured on the whole?",
            ("gain[speaks].mean()", "np.abs(gain[speaks]).mean()"),
        ),
        edit(
            "the sum",
            "Would twice as many texts make a model twice as unfair?",
            ("gain[speaks].mean()", "gain[speaks].sum()"),
        ),
        edit(
            "decisions instead of outputs",
            "An output moves from 0.9 to 0.6. Does your gap see it?",
            (
                "chances - swapped, swapped - chances",
                "(chances > 0.5) * 1.0 - (swapped > 0.5), (swapped > 0.5) * 1.0 - (chances > 0.5)",
            ),
        ),
        edit(
            "texts of group 0 alone",
            "May a text on group 1 be exchanged as well?",
            ("speaks = groups != NO_GROUP", "speaks = groups == 0 if (groups == 0).any() else groups > 9"),
            ("gain[speaks].mean()", "(gain[speaks].mean() if speaks.any() else 0)"),
        ),
        rewrite("a mean of two means", "A mean over what: over texts, or over groups?", mean_of_group_means),
    ),
    equivalents=(gap_by_group, gap_by_columns),
    hints=(
        "For every text there are two outputs: one with a name of group 0, one with a name of group 1. Which is which?",
        "A text of group 0 has its group-0 output in chances; a text of group 1 has it in swapped.",
        "np.where(groups == 0, chances - swapped, swapped - chances), then the mean over groups >= 0.",
    ),
)

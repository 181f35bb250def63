"""Exercise equalised_odds_gap: the gap of equalised odds."""

import numpy as np

from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.fairness.gaps import equalised_odds_gap

WHO_IS_ASKED = "A true positive rate asks among whom? Write the fraction, and look below the line."
BOTH_RATES = "Two rates must agree between the groups. Does your gap see both of them?"


def odds_by_loop(decisions, labels, groups):
    """Return the same, counted person by person."""
    spreads = []
    for label in (1, 0):
        rates = []
        for group in set(groups.tolist()):
            mine = [d for d, t, g in zip(decisions, labels, groups, strict=True) if t == label and g == group]
            rates.append(sum(mine) / len(mine))
        spreads.append(max(rates) - min(rates))
    return float(max(spreads))


def odds_by_errors(decisions, labels, groups):
    """Return the same from shares of errors: a rate and what is missing to 1 have one spread."""
    wrong = (decisions != labels).astype(float)
    spread = 0.0
    for label in (0, 1):
        rates = [wrong[(groups == group) & (labels == label)].mean() for group in np.unique(groups)]
        spread = max(spread, max(rates) - min(rates))
    return spread


def people(rng, *sizes):
    """Return decisions, labels and groups of people, shuffled; each group of `sizes` has both labels and both fates."""
    groups = np.repeat(np.arange(len(sizes)), sizes)
    labels = np.concatenate([np.arange(size) % 3 == 0 for size in sizes]).astype(int)
    decisions = (rng.random(len(groups)) < 0.3 + 0.25 * groups + 0.2 * labels).astype(int)
    order = rng.permutation(len(groups))
    return decisions[order], labels[order], groups[order]


def odds_probes(rng):
    """Return people: the worked example, unlike rates in each way, three groups, groups not numbered from 0."""
    pencil = counted(((4, 1, 1, 4), (4, 1, 1, 9)))
    decisions, labels, groups = people(rng, 9, 8)
    return [
        Probe("the worked example", pencil),
        Probe("the false positives differ more", counted(((2, 1, 3, 1), (3, 2, 1, 6)))),
        Probe("the true positives differ more", counted(((5, 1, 2, 4), (1, 4, 1, 4)))),
        Probe("a perfect classifier of unlike groups", (labels.copy(), labels, groups)),
        Probe("groups 3 and 7", (decisions, labels, np.where(groups == 0, 7, 3))),
        Probe("three groups", people(rng, 8, 11, 7)),
        Probe(
            "four groups, the middle ones far apart", counted(((3, 3, 2, 4), (5, 1, 4, 2), (1, 5, 1, 8), (3, 2, 2, 4)))
        ),
    ]


def counted(tables):
    """Return people from counts, for each group: true positives, false negatives, false positives, true negatives."""
    decided, truth, member = [], [], []
    for group, counts in enumerate(tables):
        for (decision, label), count in zip(((1, 1), (0, 1), (1, 0), (0, 0)), counts, strict=True):
            decided += [decision] * count
            truth += [label] * count
            member += [group] * count
    return np.array(decided), np.array(truth), np.array(member)


def between_0_and_1(gap, *people):
    """Return whether a gap lies between 0 and 1."""
    return bool(0 <= gap <= 1)


EXERCISE = Exercise(
    reference=equalised_odds_gap,
    returns="the larger of two spreads, a number",
    probes=odds_probes,
    mistakes=(
        edit("true positive rates alone", BOTH_RATES, ("for label in (0, 1)", "for label in (1,)")),
        edit("false positive rates alone", BOTH_RATES, ("for label in (0, 1)", "for label in (0,)")),
        edit(
            "the mean of the two spreads",
            "One spread is 0 and the other 0.4. Are the odds equalised to 0.2?",
            ("max(gaps)", "sum(gaps) / 2"),
        ),
        edit("the sum of the two spreads", "Which of the two is asked for?", ("max(gaps)", "sum(gaps)")),
        edit("the smaller spread", "May one rate agree and the other not?", ("max(gaps)", "min(gaps)")),
        edit(
            "shares of all people",
            WHO_IS_ASKED,
            ("decisions[labels == label][some].mean()", "decisions[labels == label][some].sum() / len(labels)"),
        ),
        edit(
            "shares of the group, whatever the label",
            WHO_IS_ASKED,
            (
                "decisions[labels == label][some].mean()",
                "decisions[labels == label][some].sum() / (groups == groups[labels == label][some][0]).sum()",
            ),
        ),
        edit(
            "asks among the decisions, not among the labels",
            WHO_IS_ASKED,
            ("decisions, labels, groups = (", "labels, decisions, groups = ("),
        ),
        edit(
            "compares the first two groups",
            "How many groups are there? Whose rate is the largest, whose the smallest?",
            ("np.unique(groups)]\n", "np.unique(groups)[:2]]\n"),
        ),
        edit(
            "the standard deviation of the rates",
            "A spread is the largest less the smallest. What is yours?",
            ("np.ptp(", "np.std("),
        ),
    ),
    equivalents=(odds_by_loop, odds_by_errors),
    hints=(
        "Take the people with label 1, group by group: how many of them were decided 1? Then the same for label 0.",
        "For each label one list of rates, a rate a group; its spread is the largest less the smallest.",
        "max over labels of np.ptp([decisions[(labels == label) & (groups == g)].mean() for g in np.unique(groups)])",
    ),
    properties=(Property("a gap lies between 0 and 1", between_0_and_1),),
)

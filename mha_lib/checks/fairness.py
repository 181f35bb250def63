"""Exercises of chapter 22: effect size, permutation p-value and its mutants, exchanged words, and gaps of groups."""

import itertools

import numpy as np

from mha_lib.association import ROUNDING
from mha_lib.counterfactual import NO_GROUP, counterfactual_gap
from mha_lib.counterfactual import swap_tokens as library_swap
from mha_lib.diagnosis.broken import edit, rewrite
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.diagnosis.exposure import Exposure, misses
from mha_lib.fairness import equalised_odds_gap
from mha_lib.similarity import pairwise_cosine, unit

LENGTHS = "Make a vector ten times longer. Does your answer change? Should it?"
WHOSE_SPREAD = "Whose associations are spread out here: those of x, or those of both sets together?"
THE_GIVEN = "Is the partition that you were given one of all partitions? Can p then be 0?"
WHO_IS_ASKED = "A true positive rate asks among whom? Write the fraction, and look below the line."
BOTH_RATES = "Two rates must agree between the groups. Does your gap see both of them?"
WHOSE_TEXT = "In which of the two texts does the name of group 0 stand? It depends on the text's own group."
SILENT_TEXTS = "What does exchanging change in a text that speaks of neither group? May it take part in the mean?"


def effect_size(x, y, a, b):
    """Return by how many standard deviations the associations of two sets of words differ."""
    of_x = pairwise_cosine(x, a).mean(axis=1) - pairwise_cosine(x, b).mean(axis=1)
    of_y = pairwise_cosine(y, a).mean(axis=1) - pairwise_cosine(y, b).mean(axis=1)
    spread = np.concatenate([of_x, of_y]).std(ddof=1)
    return (of_x.mean() - of_y.mean()) / spread


def effect_size_by_loop(x, y, a, b):
    """Return the same, word by word."""

    def one(w):
        nearness = [[np.dot(w, v) / (np.linalg.norm(w) * np.linalg.norm(v)) for v in some] for some in (a, b)]
        return sum(nearness[0]) / len(a) - sum(nearness[1]) / len(b)

    of_x, of_y = [one(w) for w in x], [one(w) for w in y]
    both = of_x + of_y
    middle = sum(both) / len(both)
    variance = sum((value - middle) ** 2 for value in both) / (len(both) - 1)
    return (sum(of_x) / len(x) - sum(of_y) / len(y)) / variance**0.5


def effect_size_by_one_direction(x, y, a, b):
    """Return the same: all associations are shadows on one direction."""
    direction = unit(a).mean(0) - unit(b).mean(0)
    of_x, of_y = unit(x) @ direction, unit(y) @ direction
    return (of_x.mean() - of_y.mean()) / np.std([*of_x, *of_y], ddof=1)


def permutation_p(scores_x, scores_y):
    """Return the exact one-sided permutation p-value, the given partition counted too."""
    pool = np.concatenate([scores_x, scores_y])
    n, size = len(scores_x), len(pool)
    observed = np.mean(scores_x) - np.mean(scores_y)
    extreme, total = 0, 0
    for chosen in itertools.combinations(range(size), n):
        rest = [i for i in range(size) if i not in chosen]
        apart = pool[list(chosen)].mean() - pool[rest].mean()
        extreme += apart >= observed - 1e-12
        total += 1
    return extreme / total


def permutation_p_by_sums(scores_x, scores_y):
    """Return the same from the first sums alone: the larger the one, the smaller the other."""
    pool = [*scores_x, *scores_y]
    sums = np.array([sum(some) for some in itertools.combinations(pool, len(scores_x))])
    return float((sums > np.sum(scores_x) - 1e-10).mean())


def permutation_p_by_orders(scores_x, scores_y):
    """Return the same from all orders: each partition comes up equally often."""
    pool, n = np.array([*scores_x, *scores_y]), len(scores_x)
    orders = pool[np.array(list(itertools.permutations(range(len(pool)))))]
    sums = orders[:, :n].sum(axis=1)
    return np.mean(sums >= np.sum(scores_x) - ROUNDING)


def permutation_p_by_halves(scores_x, scores_y):
    """Return the p-value among equal halves only, whatever the sizes given."""
    pool = np.concatenate([scores_x, scores_y])
    chosen = list(itertools.combinations(range(len(pool)), len(pool) // 2))
    sums = pool[np.array(chosen)].mean(axis=1)
    return np.mean(sums >= np.mean(scores_x) - 1e-12)


def sampling_with_replacement(scores_x, scores_y):
    """Return the share among all draws in which a number may come twice."""
    pool, n = np.concatenate([scores_x, scores_y]), len(scores_x)
    draws = pool[np.array(list(itertools.product(range(len(pool)), repeat=n)))]
    return np.mean(draws.sum(axis=1) >= np.sum(scores_x) - 1e-12)


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


def vectors(rng, *shape):
    """Return vectors of unlike lengths that do not average to zeros."""
    return draw(rng, *shape) + 0.4


def effect_probes(rng):
    """Return four sets of vectors: the worked example, ragged, square, two words a set, long beside short."""
    pencil = [
        np.array(some) for some in ([[1.0, 0.0], [4.0, 3.0]], [[0.0, 1.0], [3.0, 4.0]], [[1.0, 0.0]], [[0.0, 2.0]])
    ]
    long = np.array([[1.0], [10.0], [100.0]])
    return [
        Probe("the worked example", tuple(pencil)),
        Probe("sets of 3, 5, 2 and 4 words", tuple(vectors(rng, n, 6) for n in (3, 5, 2, 4))),
        Probe("sets of 1, 2, 3 and 1 words", tuple(vectors(rng, n, 4) for n in (1, 2, 3, 1))),
        Probe("3 words in every set, 3 numbers in each", tuple(vectors(rng, 3, 3) for _ in range(4))),
        Probe("vectors of very unlike lengths", tuple(vectors(rng, 3, 4) * long for _ in range(4))),
        Probe("sets of 4, 2, 5 and 3 words", tuple(vectors(rng, n, 5) for n in (4, 2, 5, 3))),
    ]


def p_probes(rng):
    """Return associations: the worked example, ties, the far end, unequal sizes, one number against several."""
    return [
        Probe("the worked example", (np.array([1.0, 0.2]), np.array([-0.2, -1.0]))),
        Probe("one number against 4", (draw(rng, 1), draw(rng, 4))),
        Probe("3 against 3", (draw(rng, 3) + 0.5, draw(rng, 3))),
        Probe("the second set is the larger one", (np.array([-1.0, 0.5, -2.0]), np.array([2.0, 1.5, 3.0]))),
        Probe("numbers that all agree", (np.ones(2), np.ones(3))),
        Probe("ties across the sets", (np.array([2.0, 1.0, 3.0]), np.array([1.0, 2.0, 0.0]))),
        Probe("2 against 5", (draw(rng, 2) + 1, draw(rng, 5))),
    ]


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


def at_most_two(size, x, y, a, b):
    """Return whether an effect size lies between -2 and 2."""
    return bool(np.all(np.abs(size) <= 2 + 1e-9))


def a_share_above_zero(p, *scores):
    """Return whether a p-value is above 0 and at most 1."""
    return bool(0 < p <= 1)


def twice_is_nothing(swapped, ids, pairs):
    """Return whether exchanging once more brings the sentences back."""
    return np.shape(swapped) == ids.shape and bool(np.array_equal(library_swap(swapped, pairs), ids))


def between_0_and_1(gap, *people):
    """Return whether a gap lies between 0 and 1."""
    return bool(0 <= gap <= 1)


EFFECT_SIZE = Exercise(
    reference=effect_size,
    returns="the effect size, a number",
    probes=effect_probes,
    mistakes=(
        edit(
            "dot products for cosines",
            LENGTHS,
            ("pairwise_cosine(x, a)", "(x @ a.T)"),
            ("pairwise_cosine(x, b)", "(x @ b.T)"),
            ("pairwise_cosine(y, a)", "(y @ a.T)"),
            ("pairwise_cosine(y, b)", "(y @ b.T)"),
        ),
        edit(
            "ignores the second attributes",
            "What does nearness to b take away?",
            (" - pairwise_cosine(x, b).mean(axis=1)", ""),
            (" - pairwise_cosine(y, b).mean(axis=1)", ""),
        ),
        edit(
            "adds up cosines instead of averaging them",
            "Give one attribute set twice as many words. What happens to your sum?",
            ("mean(axis=1)", "sum(axis=1)"),
        ),
        edit(
            "the sign turned round",
            "If x goes with a, is your effect size positive?",
            ("of_x.mean() - of_y.mean()", "of_y.mean() - of_x.mean()"),
        ),
        edit(
            "the spread of x alone",
            WHOSE_SPREAD,
            (
                "np.concatenate([of_x, of_y]).std(ddof=1)",
                "np.atleast_1d(of_x).std(ddof=len(of_x) > 1) + 1e-9 * (len(of_x) == 1)",
            ),
        ),
        edit(
            "divides by n, not by n - 1",
            "n + m numbers have how many free deviations from their mean?",
            ("ddof=1", "ddof=0"),
        ),
        edit(
            "divides by the variance",
            "In which unit should the answer be: in associations squared?",
            (".std(ddof=1)", ".var(ddof=1)"),
        ),
        edit("the raw difference", "In which unit is your answer? Compare it with the spread.", (" / spread", "")),
        edit(
            "the spread of each set by itself",
            WHOSE_SPREAD,
            ("np.concatenate([of_x, of_y]).std(ddof=1)", "np.sqrt((of_x.var() + of_y.var()) / 2)"),
        ),
    ),
    equivalents=(effect_size_by_loop, effect_size_by_one_direction),
    hints=(
        "First one number for each word: how much nearer does it lie to a than to b? Then compare two sets of numbers.",
        "mean cosine with a less mean cosine with b, for all words of x and of y. The spread is that of all of them.",
        "(of_x.mean() - of_y.mean()) / np.concatenate([of_x, of_y]).std(ddof=1)",
    ),
    properties=(Property("an effect size lies between -2 and 2", at_most_two),),
)

PERMUTATION_P = Exercise(
    reference=permutation_p,
    returns="a share of all partitions, a number",
    probes=p_probes,
    mistakes=(
        edit("counts only what is farther apart", THE_GIVEN, (">= observed - 1e-12", "> observed + 1e-12")),
        edit(
            "two-sided",
            "Which end of the list of differences is asked about: one, or both?",
            ("apart >= observed", "abs(apart) >= abs(observed)"),
        ),
        edit(
            "the other tail",
            "Is p small when x lies far above y?",
            ("apart >= observed - 1e-12", "apart <= observed + 1e-12"),
        ),
        edit(
            "leaves the given partition out",
            THE_GIVEN,
            ("return extreme / total", "return (extreme - 1) / max(total - 1, 1)"),
        ),
        edit(
            "counts the given partition twice",
            "The given partition is among those that you go through. Must it be added?",
            ("return extreme / total", "return (extreme + 1) / (total + 1)"),
        ),
        edit(
            "1 - p",
            "Is your answer the share that is as extreme, or the share that is not?",
            ("return extreme / total", "return 1 - extreme / total"),
        ),
        edit("a count, no share", "Out of how many?", ("return extreme / total", "return float(extreme)")),
        rewrite("halves, whatever the sizes", "How many words had x? So has every partition.", permutation_p_by_halves),
        rewrite("draws with replacement", "May one word stand in a set twice?", sampling_with_replacement),
    ),
    equivalents=(permutation_p_by_sums, permutation_p_by_orders),
    hints=(
        "If the labels x and y meant nothing, any n of the n + m numbers could have been x. Go through all of them.",
        "itertools.combinations(range(n + m), n) gives the places of a first set; the others are the second.",
        "Count partitions with mean(first) - mean(second) >= observed - 1e-12, and divide by their number.",
    ),
    properties=(Property("a p-value is above 0 and at most 1", a_share_above_zero),),
)

SWAP_TOKENS = Exercise(
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

COUNTERFACTUAL_GAP = Exercise(
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

EQUALISED_ODDS_GAP = Exercise(
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


def expose_effect_size():
    """Return (x, y, a, b) on which every broken effect size gives itself away."""
    x, y = np.array([[3.0, 1.0], [2.0, 0.5]]), np.array([[1.0, 4.0], [0.0, 2.0], [1.0, 1.0]])
    return x, y, np.array([[5.0, 1.0], [1.0, 0.0], [2.0, 2.0]]), np.array([[1.0, 3.0]])


def expose_by_drawing():
    """Return the same kind of input, drawn."""
    rng = np.random.default_rng(3)
    return tuple(rng.normal(0.5, 1.0, (n, 4)) for n in (3, 2, 2, 4))


def _all_of_length_1():
    return tuple(unit(some) for some in expose_effect_size())


def _equal_attributes():
    x, y, a, _ = expose_effect_size()
    return x, y, a, np.array([[1.0, 3.0], [0.0, 2.0], [1.0, 2.0]])


def _second_at_right_angles():
    sets = [[3, 1, 0], [2, 0.5, 0]], [[1, 4, 0], [0, 2, 0]], [[5, 1, 0]], [[0, 0, 2]]
    return tuple(np.array(some, dtype=float) for some in sets)


def _one_set_twice():
    x, _, a, b = expose_effect_size()
    return x, x.copy(), a, b


EXPOSE_EFFECT_SIZE = Exposure(
    reference=expose_effect_size,
    target=EFFECT_SIZE,
    mistakes=(
        misses("dot products for cosines", "When are dot products and cosines the same numbers?", _all_of_length_1),
        misses("adds up cosines instead of averaging them", "Both sets as large: what cancels?", _equal_attributes),
        misses("ignores the second attributes", "When does b take nothing away?", _second_at_right_angles),
        misses("the sign turned round", "Which number is its own opposite?", _one_set_twice),
        misses("divides by n, not by n - 1", "What is 0 divided by anything?", _one_set_twice),
        misses("divides by the variance", "What is 0 divided by anything?", _one_set_twice),
        misses("the raw difference", "What is 0 divided by anything?", _one_set_twice),
    ),
    hints=(
        "A broken version survives where its mistake makes no difference. When are a sum and a mean the same?",
        "Vectors of unlike lengths, x unlike y, and attribute sets of two sizes, none at right angles to the words.",
        "Two numbers a word are enough: x of 2 words such as (3, 1), y of 3, a of 3, b of a single word.",
    ),
    equivalents=(expose_by_drawing,),
    returns="a tuple (x, y, a, b)",
)

EXERCISES = (EFFECT_SIZE, EXPOSE_EFFECT_SIZE, PERMUTATION_P, SWAP_TOKENS, COUNTERFACTUAL_GAP, EQUALISED_ODDS_GAP)

"""Chapter 22. Association tests: does one set of words lie nearer to another, and by more than chance?

The word embedding association test of Caliskan, Bryson and Narayanan, 2017. It measures vectors; what it says of a
text, a model or people is another question.
"""

from itertools import combinations
from math import comb
from typing import NamedTuple

import numpy as np

from mha_lib.similarity.vectors import pairwise_cosine

MOST_PARTITIONS = 200_000  # that are gone through one by one; beyond it, draw
ROUNDING = 1e-12  # two sums of the same numbers in another order differ by less


class Association(NamedTuple):
    """What a test found: the effect size, the p-value, and how many partitions of the words there are."""

    effect_size: float
    p_value: float
    num_partitions: int


def associations(words, a, b):
    """Return how much nearer each word lies to the first attribute words than to the second, in cosines.

    words: (n, d)   a: (i, d)   b: (j, d)  ->  (n,), the mean cosine with `a` less the mean cosine with `b`

    Raises ValueError if one of the sets is empty.
    Source: Caliskan et al., 2017, supplementary materials, s(w, A, B).

    >>> associations([[1.0, 0.0], [4.0, 3.0]], [[1.0, 0.0]], [[0.0, 1.0]]).round(6).tolist()
    [1.0, 0.2]
    """
    sizes = [len(words), len(a), len(b)]
    if 0 in sizes:
        raise ValueError(f"every set needs a word, got {sizes} vectors of words and of the two sets of attributes")
    return pairwise_cosine(words, a).mean(axis=1) - pairwise_cosine(words, b).mean(axis=1)


def effect_size(x, y, a, b):
    """Return by how many standard deviations the associations of two sets of words differ: between -2 and 2.

    x: (n, d)   y: (m, d)   a: (i, d)   b: (j, d)  ->  a number, positive if `x` goes with `a` and `y` with `b`

    The deviation is that of all n + m associations together, divided by n + m - 1. Where they agree up to rounding
    there is nothing to measure, and the effect size is 0.
    Source: Caliskan et al., 2017, supplementary materials. They leave open which deviation is meant.

    >>> x, y = [[1.0, 0.0], [4.0, 3.0]], [[0.0, 1.0], [3.0, 4.0]]
    >>> round(float(effect_size(x, y, [[1.0, 0.0]], [[0.0, 1.0]])), 4)
    1.4412
    """
    of_x, of_y = associations(x, a, b), associations(y, a, b)
    deviation = np.concatenate([of_x, of_y]).std(ddof=1)
    if deviation < ROUNDING:
        return 0.0
    return (of_x.mean() - of_y.mean()) / deviation


def permutation_p(scores_x, scores_y):
    """Return how often chance separates the two sets as far as they are: the exact one-sided permutation p-value.

    scores_x: (n,)   scores_y: (m,)  ->  the share of all partitions of the n + m numbers into n and m, the given one
    among them, whose first mean exceeds the second by at least as much

    Never 0, for the given partition counts too. Sums that differ by rounding alone are equal.
    Raises ValueError if a set is empty, or if there are more than MOST_PARTITIONS partitions.
    Source: Caliskan et al., 2017, supplementary materials, where n = m.

    >>> round(float(permutation_p([1.0, 0.2], [-0.2, -1.0])), 4)
    0.1667
    """
    differences = partition_differences(scores_x, scores_y)
    return np.mean(differences >= differences[0] - ROUNDING)


def partition_differences(scores_x, scores_y):
    """Return the difference of the two means for each partition of the numbers into n and m, the given one first.

    scores_x: (n,)   scores_y: (m,)  ->  as many as there are partitions

    Raises ValueError if a set is empty, or if there are more than MOST_PARTITIONS of them.

    >>> partition_differences([1.0, 0.2], [-0.2, -1.0]).round(6).tolist()
    [1.2, 0.8, 0.0, 0.0, -0.8, -1.2]
    """
    pool, n = _pooled(scores_x, scores_y)
    if comb(len(pool), n) > MOST_PARTITIONS:
        raise ValueError(f"{comb(len(pool), n):,} partitions are more than {MOST_PARTITIONS:,}; sample some of them")
    chosen = np.array(list(combinations(range(len(pool)), n)))
    seconds = (pool.sum() - pool[chosen].sum(axis=1)) / len(scores_y)
    return pool[chosen].mean(axis=1) - seconds


def sampled_permutation_p(scores_x, scores_y, rng, draws=9999):
    """Return the same from some partitions drawn at random: (1 + as far apart) / (1 + drawn).

    scores_x: (n,)   scores_y: (m,)   rng: numpy.random.Generator   draws: how many partitions

    The 1 is the given partition. Without it p could be 0, and a p-value of 0 claims too much.
    Raises ValueError if a set is empty.
    Source: Phipson and Smyth, 2010.

    >>> sampled_permutation_p([5.0, 6.0, 7.0], [1.0, 2.0, 3.0], np.random.default_rng(0)) < 0.1
    True
    """
    pool, n = _pooled(scores_x, scores_y)
    shuffled = rng.permuted(np.tile(pool, (draws, 1)), axis=1)
    apart = shuffled[:, :n].mean(axis=1) - shuffled[:, n:].mean(axis=1)
    observed = np.mean(scores_x) - np.mean(scores_y)
    return float((1 + np.sum(apart >= observed - ROUNDING)) / (1 + draws))


def association_test(x, y, a, b):
    """Return an Association: do `x` and `y` differ in which of the attributes `a` and `b` they lie near?

    x: (n, d)   y: (m, d)   a: (i, d)   b: (j, d)

    Raises ValueError if there are too many partitions to go through.
    """
    of_x, of_y = associations(x, a, b), associations(y, a, b)
    num_partitions = comb(len(of_x) + len(of_y), len(of_x))
    return Association(float(effect_size(x, y, a, b)), float(permutation_p(of_x, of_y)), num_partitions)


def holm(p_values):
    """Return p-values made larger for having been several, each in its place: Holm's correction.

    p_values: (n,)  ->  (n,), at most 1

    The smallest is multiplied by n, the next by n - 1, and so on; none may fall below a smaller one's. If only those
    at or below 0.05 count, then the chance that any of them is false is at most 0.05, however they hang together.
    Source: Holm, 1979.

    >>> holm([0.04, 0.01, 0.03]).round(6).tolist()
    [0.06, 0.03, 0.06]
    """
    p_values = np.asarray(p_values, dtype=float)
    order = np.argsort(p_values)
    grown = np.maximum.accumulate(p_values[order] * np.arange(len(p_values), 0, -1))
    result = np.empty_like(p_values)
    result[order] = np.minimum(grown, 1.0)
    return result


def leave_one_out(x, y, a, b):
    """Return the effect sizes that remain if each word of each set is left out in turn: (n + m + i + j,).

    x: (n, d)   y: (m, d)   a: (i, d)   b: (j, d), two words in every set at least

    Raises ValueError if a set has a single word: without it there is nothing to measure.
    """
    sets = [np.asarray(some, dtype=float) for some in (x, y, a, b)]
    if min(map(len, sets)) < 2:
        raise ValueError(f"to leave one out, each set needs two words, got {[len(some) for some in sets]}")
    sizes = []
    for place, some in enumerate(sets):
        for i in range(len(some)):
            shorter = [*sets[:place], np.delete(some, i, axis=0), *sets[place + 1 :]]
            sizes.append(effect_size(*shorter))
    return np.array(sizes)


def _pooled(scores_x, scores_y):
    """Return the numbers of both sets in one row, and how many are of the first."""
    if not len(scores_x) or not len(scores_y):
        raise ValueError(f"both sets need a number, got {len(scores_x)} and {len(scores_y)}")
    return np.concatenate([scores_x, scores_y]), len(scores_x)

"""Chapter 22. Fairness in numbers: what a classifier's decisions are like for one group and for another.

Decisions and labels are 0 or 1; 1 is what one would rather get. Groups are integers, and there may be any number.
"""

from typing import NamedTuple

import numpy as np


class Rates(NamedTuple):
    """One group's numbers.

    size          how many there are
    base          the share whose label is 1
    selected      the share whose decision is 1
    true_positive  of those with label 1, the share with decision 1
    false_positive  of those with label 0, the share with decision 1
    precision     of those with decision 1, the share with label 1
    """

    size: int
    base: float
    selected: float
    true_positive: float
    false_positive: float
    precision: float


def group_rates(decisions, labels, groups):
    """Return a dictionary of group -> Rates; a share of nobody is NaN.

    decisions, labels, groups: (n,)

    >>> group_rates([1, 0, 1, 1], [1, 0, 0, 1], [0, 0, 1, 1])[1]
    Rates(size=2, base=0.5, selected=1.0, true_positive=1.0, false_positive=1.0, precision=0.5)
    """
    decisions, labels, groups = (np.asarray(some) for some in (decisions, labels, groups))
    found = {}
    for group in np.unique(groups).tolist():
        decided, truth = decisions[groups == group], labels[groups == group]
        shares = [_share(truth, truth >= 0), _share(decided, truth >= 0)]
        shares += [_share(decided, truth == 1), _share(decided, truth == 0), _share(truth, decided == 1)]
        found[group] = Rates(len(truth), *shares)
    return found


def demographic_parity_gap(decisions, groups):
    """Return the largest difference between two groups' shares of decision 1: 0 if all are alike.

    decisions, groups: (n,)

    It asks nothing about labels. Source: Dwork et al., 2012, section 3, call it statistical parity.

    >>> demographic_parity_gap([1, 1, 0, 1, 0, 0], [0, 0, 0, 1, 1, 1]).round(6)
    np.float64(0.333333)
    """
    decisions, groups = np.asarray(decisions), np.asarray(groups)
    shares = [decisions[groups == group].mean() for group in np.unique(groups)]
    return np.ptp(shares)


def equalised_odds_gap(decisions, labels, groups):
    """Return the larger of two spreads: that of the groups' true positive rates and that of their false positive rates.

    decisions, labels, groups: (n,)  ->  0 if both rates are the same for all groups

    A spread is the largest rate less the smallest. Raises ValueError if a group lacks one of the labels.
    Source: Hardt, Price and Srebro, 2016, definition 2.1.

    >>> equalised_odds_gap([1, 0, 1, 1], [1, 0, 0, 1], [0, 0, 1, 1])
    np.float64(1.0)
    """
    decisions, labels, groups = (np.asarray(some) for some in (decisions, labels, groups))
    gaps = []
    for label in (0, 1):
        members = [groups[labels == label] == group for group in np.unique(groups)]
        if not all(some.any() for some in members):
            raise ValueError(f"a group has nobody with label {label}, so its rate is unknown")
        gaps.append(np.ptp([decisions[labels == label][some].mean() for some in members]))
    return max(gaps)


def implied_false_positive_rate(base, true_positive, precision):
    """Return the false positive rate that a base rate, a true positive rate and a precision leave no choice about.

    Each a number or an array. It is base / (1 - base) * (1 - precision) / precision * true_positive, by counting.
    Source: Chouldechova, 2017, eq. 2.6.

    >>> round(implied_false_positive_rate(base=0.5, true_positive=0.8, precision=0.8), 6)
    0.2
    """
    return base / (1 - base) * (1 - precision) / precision * true_positive


def bootstrap_interval(metric, *arrays, rng, draws=1000, level=0.9):
    """Return (low, high) between which a metric lies in a `level` share of samples drawn from the rows themselves.

    metric: a function of the arrays   arrays: of one length n   rng: numpy.random.Generator

    Rows are drawn with replacement, n of them, `draws` times. A sample on which the metric raises ValueError is left
    out. Source: Efron and Tibshirani, 1993, chapter 13 (the percentile interval).

    >>> low, high = bootstrap_interval(np.mean, np.array([0.0, 1.0] * 50), rng=np.random.default_rng(0))
    >>> bool(0.4 < low < 0.5 < high < 0.6)
    True
    """
    arrays = [np.asarray(array) for array in arrays]
    values = []
    for _ in range(draws):
        rows = rng.integers(len(arrays[0]), size=len(arrays[0]))
        try:
            values.append(metric(*(array[rows] for array in arrays)))
        except ValueError:
            continue
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _share(values, among):
    return float(values[among].mean()) if among.any() else float("nan")

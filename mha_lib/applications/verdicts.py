"""Chapter 21. A model beside its baseline: scores by ranks, and a verdict by a rule that was fixed beforehand."""

from typing import NamedTuple

import numpy as np

MARGIN = 0.02  # a difference that nobody would change a system for
WINS, LOSES, TIE = "attention wins", "the baseline wins", "a tie"


class Verdict(NamedTuple):
    """Who wins, by how much on average, and how far chance alone can move that: two standard errors."""

    word: str
    difference: float
    two_errors: float


def verdict(model, baseline, margin=MARGIN):
    """Return the Verdict on two lists of scores on the same test examples, higher being better.

    model, baseline: (n,), one score an example: 1 or 0 for right or wrong, or minus an error

    One side wins if its mean is ahead by more than `margin` and by more than two standard errors of the paired
    difference. All else is a tie. The examples must not depend on each other, or the errors come out too small; and
    they say nothing of what another training run would bring.
    Raises ValueError if the two are not scores of as many examples, two at least.

    >>> verdict(np.array([1.0, 1.0, 1.0, 0.0]), np.array([0.0, 0.0, 0.0, 0.0])).word
    'attention wins'
    >>> verdict(np.array([1.0, 0.0]), np.array([0.0, 1.0])).word
    'a tie'
    """
    model, baseline = np.asarray(model, dtype=float), np.asarray(baseline, dtype=float)
    if model.shape != baseline.shape or model.ndim != 1 or len(model) < 2:
        raise ValueError(f"both need one score for each of 2 or more examples, got {model.shape} and {baseline.shape}")
    gaps = model - baseline
    difference, two_errors = gaps.mean(), 2 * gaps.std(ddof=1) / np.sqrt(len(gaps))
    if abs(difference) <= max(margin, two_errors):
        return Verdict(TIE, difference, two_errors)
    return Verdict(WINS if difference > 0 else LOSES, difference, two_errors)


def area_under_curve(scores, labels):
    """Return how often an example of class 1 scores higher than one of class 0, over all such pairs; a tie is half.

    scores: (n,)   labels: (n,) 0 or 1  ->  a number from 0 to 1

    0.5 is what guessing brings. Only the order of the scores counts. It is the area under the curve of true against
    false alarms, for every threshold at once. Raises ValueError unless both classes occur.
    Source: Hanley and McNeil, 1982, which shows that the two are the same.

    >>> area_under_curve(np.array([3.0, 1.0, 2.0, 2.0]), np.array([1, 0, 1, 0]))
    0.875
    """
    return float(share_below(scores, labels).mean())


def share_below(scores, labels):
    """Return for each example of class 1 the share of class 0 that scores lower, a tie counting half: (num_ones,).

    Their mean is the area under the curve; one by one they can be compared with another model's.
    """
    scores, ones = np.asarray(scores), np.asarray(labels) == 1
    if ones.all() or not ones.any():
        raise ValueError(f"both classes must occur, got {int(ones.sum())} of class 1 among {len(ones)}")
    zeros = np.sort(scores[~ones])
    below, up_to = (np.searchsorted(zeros, scores[ones], side) for side in ("left", "right"))
    return (below + up_to) / (2 * len(zeros))


def hits(scores, wanted, k):
    """Return which rows have the wanted item among their k best: (b,) booleans; ties count against it.

    scores: (b, v), higher is better   wanted: (b,) integers, one item a row

    An item is among the k best if fewer than k *other* items score as high or higher. So a model that scores everything
    alike hits nothing, as it deserves.

    >>> hits(np.array([[0.1, 0.7, 0.2], [0.5, 0.5, 0.0]]), np.array([2, 0]), k=1).tolist()
    [False, False]
    """
    own = np.take_along_axis(scores, wanted[:, None], axis=1)
    return (scores >= own).sum(axis=1) - 1 < k


def hit_rate(scores, wanted, k):
    """Return the share of rows whose wanted item is among their k best; ties count against it. See `hits`.

    >>> hit_rate(np.array([[0.1, 0.7, 0.2], [0.6, 0.5, 0.0]]), np.array([2, 0]), k=1)
    0.5
    """
    return float(hits(scores, wanted, k).mean())


def skill(errors, baseline_errors):
    """Return for each example the share of the baseline's mean error that was saved: 1 is perfect, below 0 is worse.

    errors: (n,)   baseline_errors: (n,), on the same examples  ->  (n,)

    The baseline's own skill is 0 on average, whatever the errors are measured in.
    Source: Murphy, 1988 (skill scores), there with squared errors.

    >>> skill(np.array([1.0, 0.0]), np.array([2.0, 2.0])).tolist()
    [0.5, 1.0]
    """
    return 1 - np.asarray(errors) / np.mean(baseline_errors)


class Entry(NamedTuple):
    """One study: its name, its metric, the scores of each model on each example, the Verdict on the first two."""

    study: str
    metric: str
    scores: dict
    verdict: Verdict


class Ledger:
    """The studies in order: each with all of its scores and its verdict, also those that we did not like.

    >>> ledger = Ledger()
    >>> ledger.enter("coins", "accuracy", {"attention": np.ones(4), "a coin": np.array([1.0, 0.0, 0.0, 0.0])})
    'attention wins'
    >>> print(ledger.table())
    study                 measured by           beside                          verdict
    coins                 accuracy              a coin                          attention wins
    """

    def __init__(self):
        self.entries = []

    def enter(self, study, metric, scores):
        """Return the word of the verdict on the first two of `scores`, a dict of name -> (n,); the rest is kept too."""
        model, baseline = list(scores.values())[:2]
        self.entries.append(Entry(study, metric, scores, verdict(model, baseline)))
        return self.entries[-1].verdict.word

    def table(self):
        """Return the verdicts as text, a line a study. Words only: they are the same on every machine."""
        lines = [("study", "measured by", "beside", "verdict")]
        lines += [(e.study, e.metric, list(e.scores)[1], e.verdict.word) for e in self.entries]
        return "\n".join(f"{a:22}{b:22}{c:32}{d}" for a, b, c, d in lines)

    def rows(self, seed):
        """Return a row of numbers for every model of every study, as `mha_lib.training.stored_scores` keeps them."""
        return [
            {"task": e.study, "model": name, "seed": seed, e.metric: round(float(np.mean(values)), 4) + 0.0}
            for e in self.entries
            for name, values in e.scores.items()
        ]

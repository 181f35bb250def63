"""Scores by ranks are what loops and scikit-learn say, and a verdict follows the rule that was fixed beforehand."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score, top_k_accuracy_score

from mha_lib.applications import verdicts as applications
from mha_lib.applications.verdicts import (
    LOSES,
    TIE,
    WINS,
    Ledger,
    area_under_curve,
    hit_rate,
    hits,
    share_below,
    skill,
    verdict,
)


@pytest.fixture
def rng():
    return np.random.default_rng(5)


def test_the_area_is_the_share_of_pairs_in_order_a_tie_being_half(rng):
    scores, labels = rng.integers(6, size=40) / 4, rng.integers(2, size=40)
    won = [
        1.0 if a > b else 0.5 if a == b else 0.0
        for a in scores[labels == 1].tolist()
        for b in scores[labels == 0].tolist()
    ]
    assert area_under_curve(scores, labels) == pytest.approx(sum(won) / len(won))


@pytest.mark.parametrize("ties", [False, True])
def test_the_area_is_scikit_learns(rng, ties):
    scores, labels = rng.normal(size=200), rng.integers(2, size=200)
    scores = scores.round(1) if ties else scores
    assert area_under_curve(scores, labels) == pytest.approx(roc_auc_score(labels, scores))


def test_the_area_sees_the_order_of_the_scores_alone(rng):
    scores, labels = rng.normal(size=50), rng.integers(2, size=50)
    assert area_under_curve(np.exp(scores), labels) == pytest.approx(area_under_curve(scores, labels))
    assert area_under_curve(-scores, labels) == pytest.approx(1 - area_under_curve(scores, labels))


def test_one_by_one_the_shares_are_those_of_each_example_of_class_1():
    assert share_below(np.array([3.0, 1.0, 2.0, 2.0]), np.array([1, 0, 1, 0])).tolist() == [1.0, 0.75]


@pytest.mark.parametrize("labels", [np.ones(3), np.zeros(3)])
def test_an_area_without_both_classes_is_refused(labels):
    with pytest.raises(ValueError, match=r"both classes must occur, got (0|3) of class 1 among 3"):
        area_under_curve(np.arange(3.0), labels)


@pytest.mark.parametrize("k", [1, 2, 5])
def test_without_ties_the_hit_rate_is_scikit_learns(rng, k):
    scores, wanted = rng.normal(size=(60, 7)), rng.integers(7, size=60)
    assert hit_rate(scores, wanted, k) == pytest.approx(top_k_accuracy_score(wanted, scores, k=k, labels=np.arange(7)))


def test_hits_are_counted_by_the_rivals_ahead_ties_being_ahead():
    scores = np.array([[3.0, 2.0, 2.0, 1.0]])
    found = {k: [bool(hits(scores, np.array([item]), k)[0]) for item in range(4)] for k in (1, 2, 3, 4)}
    assert found == {
        1: [True, False, False, False],
        2: [True, False, False, False],
        3: [True, True, True, False],
        4: [True] * 4,
    }


def test_a_model_that_scores_all_items_alike_hits_nothing():
    assert hit_rate(np.zeros((4, 5)), np.array([0, 1, 2, 3]), k=4) == 0.0


def test_the_errors_of_a_verdict_are_those_of_the_paired_differences(rng):
    ours, theirs = rng.normal(size=30), rng.normal(size=30)
    found = verdict(ours, theirs)
    gaps = [a - b for a, b in zip(ours, theirs, strict=True)]
    mean = sum(gaps) / 30
    spread = (sum((gap - mean) ** 2 for gap in gaps) / 29) ** 0.5
    assert found.difference == pytest.approx(mean)
    assert found.two_errors == pytest.approx(2 * spread / 30**0.5)


@pytest.mark.parametrize(
    ("ahead", "noise", "word"),
    [(0.1, 0.1, WINS), (-0.1, 0.1, LOSES), (0.01, 0.001, TIE), (-0.01, 0.001, TIE), (0.1, 2.0, TIE), (-0.1, 2.0, TIE)],
)
def test_who_wins_must_be_ahead_by_the_margin_and_by_more_than_chance(ahead, noise, word):
    alternating = noise * np.resize([1.0, -1.0], 100)
    assert verdict(ahead + alternating, np.zeros(100)).word == word


def test_on_the_same_examples_small_differences_count_for_more_than_on_others(rng):
    easy = rng.normal(size=200)
    assert verdict(easy + 0.1, easy).word == WINS
    assert verdict(rng.permutation(easy) + 0.1, easy).word == TIE


@pytest.mark.parametrize("pair", [(np.ones(3), np.ones(4)), (np.ones((2, 2)), np.ones((2, 2))), ([1], [1])])
def test_scores_that_are_no_pairs_are_refused(pair):
    with pytest.raises(ValueError, match="one score for each of 2 or more examples"):
        verdict(*pair)


def test_the_skill_of_the_baseline_is_0_and_of_no_errors_1():
    errors = np.array([1.0, 3.0])
    assert skill(errors, errors).mean() == 0
    assert skill(np.zeros(2), errors).tolist() == [1.0, 1.0]
    assert skill(2 * errors, errors).mean() == -1
    assert skill(10 * errors, 10 * errors).tolist() == skill(errors, errors).tolist()


def test_a_ledger_judges_the_first_two_and_keeps_the_rest():
    ledger = Ledger()
    scores = {"attention": np.zeros(4), "counting": np.ones(4), "a rule": np.full(4, 0.5)}
    assert ledger.enter("logs", "accuracy", scores) == LOSES
    assert "counting" in ledger.table()
    assert "a rule" not in ledger.table()
    assert ledger.rows(3) == [
        {"task": "logs", "model": "attention", "seed": 3, "accuracy": 0.0},
        {"task": "logs", "model": "counting", "seed": 3, "accuracy": 1.0},
        {"task": "logs", "model": "a rule", "seed": 3, "accuracy": 0.5},
    ]


def test_what_a_tie_is_was_said_once():
    assert applications.MARGIN == 0.02

"""Chapter 22: exchanged words, gaps of groups, mitigation, planted text, the audit; loops are the oracle."""

import numpy as np
import pytest
import torch
from sklearn.metrics import confusion_matrix

import mha_lib as mha
from mha_lib.fairness import association, audit, counterfactual, mitigation, planted, planted_reviews
from mha_lib.fairness import gaps as fairness

RNG = np.random.default_rng(5)
DECISIONS, LABELS, GROUPS = RNG.integers(2, size=60), RNG.integers(2, size=60), RNG.integers(3, size=60)
REVIEWS = planted_reviews.make_reviews(np.random.default_rng(0), 3000, skew=0.8)


def rate(value, label, group):
    """The oracle: a share, person by person."""
    mine = [d for d, t, g in zip(DECISIONS, LABELS, GROUPS, strict=True) if t == label and g == group]
    return sum(d == value for d in mine) / len(mine)


def test_exchanging_equals_the_loop_and_twice_is_nothing():
    ids, pairs = RNG.integers(9, size=(4, 5)), np.array([[3, 1], [8, 2]])
    partner = {3: 1, 1: 3, 8: 2, 2: 8}
    swapped = mha.swap_tokens(ids, pairs)
    assert swapped.tolist() == [[partner.get(token, token) for token in row] for row in ids.tolist()]
    np.testing.assert_array_equal(mha.swap_tokens(swapped, pairs), ids)


def test_a_token_in_two_pairs_is_refused():
    with pytest.raises(ValueError, match="got 4 places and 3 tokens"):
        mha.swap_tokens([[1]], [[1, 2], [2, 3]])


def test_a_gap_equals_the_loop():
    chances, swapped, groups = RNG.random(9), RNG.random(9), np.array([0, 1, -1, 0, 0, 1, -1, 1, 0])
    gains = [(a - b) if g == 0 else (b - a) for a, b, g in zip(chances, swapped, groups, strict=True) if g != -1]
    assert mha.counterfactual_gap(chances, swapped, groups) == pytest.approx(sum(gains) / len(gains))


def test_a_gap_of_texts_that_speak_of_nobody_is_refused():
    with pytest.raises(ValueError, match="none of the 2 texts speaks of a group"):
        mha.counterfactual_gap([0.1, 0.2], [0.1, 0.2], [-1, -1])


def test_augmented_texts_have_every_name_under_every_label_equally_often():
    ids, labels = counterfactual.augment(REVIEWS.ids, REVIEWS.labels, planted_reviews.PAIRS)
    for first, second in planted_reviews.PAIRS:
        told = [labels[(ids == name).any(axis=1)] for name in (first, second)]
        assert sorted(told[0]) == sorted(told[1])


def test_rates_equal_the_counts_of_sklearn():
    for group, found in fairness.group_rates(DECISIONS, LABELS, GROUPS).items():
        (tn, fp), (fn, tp) = confusion_matrix(LABELS[group == GROUPS], DECISIONS[group == GROUPS])
        size = tn + fp + fn + tp
        expected = (size, (tp + fn) / size, (tp + fp) / size, tp / (tp + fn), fp / (fp + tn), tp / (tp + fp))
        np.testing.assert_allclose(found, expected)


def test_a_share_of_nobody_is_nan():
    rates = fairness.group_rates([0, 0], [1, 1], [0, 0])[0]
    assert np.isnan([rates.false_positive, rates.precision]).all()


def test_gaps_are_the_largest_less_the_smallest():
    selected = [DECISIONS[group == GROUPS].mean() for group in range(3)]
    assert mha.demographic_parity_gap(DECISIONS, GROUPS) == pytest.approx(max(selected) - min(selected))
    spreads = [[rate(1, label, group) for group in range(3)] for label in (0, 1)]
    expected = max(max(rates) - min(rates) for rates in spreads)
    assert mha.equalised_odds_gap(DECISIONS, LABELS, GROUPS) == pytest.approx(expected)


def test_odds_of_a_group_without_a_label_are_refused():
    with pytest.raises(ValueError, match="nobody with label 0"):
        mha.equalised_odds_gap([1, 0, 1], [1, 0, 1], [0, 0, 1])


def test_the_implied_rate_is_the_counted_one():
    rates = fairness.group_rates(DECISIONS, LABELS, GROUPS)[1]
    implied = fairness.implied_false_positive_rate(rates.base, rates.true_positive, rates.precision)
    assert implied == pytest.approx(rates.false_positive)


def test_an_interval_covers_the_truth_about_as_often_as_it_says():
    rng, hits = np.random.default_rng(0), 0
    for _ in range(100):
        low, high = fairness.bootstrap_interval(np.mean, rng.random(60), rng=rng, draws=200, level=0.9)
        hits += low <= 0.5 <= high
    assert 80 <= hits <= 98


def test_an_interval_of_a_mean_is_as_wide_as_the_normal_one():
    numbers = np.random.default_rng(1).normal(size=400)
    low, high = fairness.bootstrap_interval(np.mean, numbers, rng=np.random.default_rng(0), draws=2000, level=0.9)
    assert high - low == pytest.approx(2 * 1.645 * numbers.std() / 20, rel=0.08)


def test_projected_vectors_stand_at_right_angles_and_keep_the_rest():
    vectors, direction, other = RNG.normal(size=(5, 4)), np.array([0.0, 3.0, 4.0, 0.0]), np.array([0.0, 4.0, -3.0, 0.0])
    left = mha.project_out(vectors, direction)
    np.testing.assert_allclose(left @ direction, 0, atol=1e-12)
    np.testing.assert_allclose(left @ other, vectors @ other)
    with pytest.raises(ValueError, match="zeros"):
        mha.project_out(vectors, np.zeros(4))


def test_weights_make_group_and_label_independent_and_keep_the_counts():
    weights = mitigation.reweigh(REVIEWS.groups, REVIEWS.labels)
    shares = [np.average(REVIEWS.labels[REVIEWS.groups == g], weights=weights[REVIEWS.groups == g]) for g in (0, 1)]
    np.testing.assert_allclose(shares, REVIEWS.labels.mean())
    assert weights.sum() == pytest.approx(len(weights))
    with pytest.raises(ValueError, match="nobody with one of the labels"):
        mitigation.reweigh([0, 0, 1], [0, 1, 1])


def test_jobs_meet_the_people_they_lean_to_as_often_as_planted():
    sentences = planted.job_sentences(np.random.default_rng(1), 4000, lean=0.6)
    own = [not set(planted.NAMES[0]).isdisjoint(s) for s in sentences if not set(planted.JOBS[0]).isdisjoint(s)]
    assert np.mean(own) == pytest.approx(0.8, abs=0.03)
    with pytest.raises(ValueError, match="lean must lie between 0 and 1, got 2"):
        planted.job_sentences(np.random.default_rng(1), 1, lean=2)


def test_places_and_food_belong_to_the_people_of_the_name():
    for sentence in planted.job_sentences(np.random.default_rng(1), 200, lean=0.0):
        first = not set(planted.NAMES[0]).isdisjoint(sentence)
        assert set(planted.PLACES[first] + planted.FOOD[first]).isdisjoint(sentence)


def test_a_planted_lean_is_found_and_none_is_not():
    def p(seed, lean):
        vectors = planted.company(planted.job_sentences(np.random.default_rng(seed), 400, lean))
        sets = (planted.rows(vectors, words) for words in (*planted.JOBS, *planted.NAMES))
        return association.association_test(*sets).p_value

    assert all(p(seed, 0.6) < 0.05 for seed in range(5))
    assert np.mean([p(seed, 0.0) <= 0.05 for seed in range(60)]) < 0.15


def test_raters_differ_from_even_ones_only_where_a_sentence_is_mixed():
    clear = ~REVIEWS.mixed
    np.testing.assert_array_equal(REVIEWS.labels[clear], REVIEWS.even[clear])
    for group, share in ((0, 0.9), (1, 0.1)):
        chosen = REVIEWS.mixed & (REVIEWS.groups == group)
        assert REVIEWS.labels[chosen].mean() == pytest.approx(share, abs=0.04)
        assert REVIEWS.even[chosen].mean() == pytest.approx(0.5, abs=0.06)


def test_even_raters_are_those_without_skew():
    even = planted_reviews.make_reviews(np.random.default_rng(0), 300, skew=0.0)
    np.testing.assert_array_equal(even.labels, even.even)
    with pytest.raises(ValueError, match=r"skew must lie between 0 and 1, got -0\.5"):
        planted_reviews.make_reviews(np.random.default_rng(0), 3, skew=-0.5)


def test_a_review_that_is_written_out_comes_back_as_its_numbers():
    texts = [planted_reviews.read(ids) for ids in REVIEWS.ids[:9]]
    np.testing.assert_array_equal(planted_reviews.encode(*texts), REVIEWS.ids[:9])


@pytest.mark.parametrize("text", ["the film is long", "the film by carl is long"])
def test_what_is_no_review_is_refused_with_its_words(text):
    with pytest.raises(ValueError, match=f"6 words of VOCABULARY, got '{text}'"):
        planted_reviews.encode(text)


def test_the_names_of_a_review_are_of_its_group_and_every_pair_has_one_of_each():
    for ids, group in zip(REVIEWS.ids[:50], REVIEWS.groups, strict=False):
        assert not set(planted.NAMES[group]).isdisjoint(planted_reviews.read(ids).split())
    words = [[planted_reviews.VOCABULARY[i] for i in pair] for pair in planted_reviews.PAIRS]
    assert [tuple(half) for half in zip(*words, strict=True)] == list(planted.NAMES)


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (-0.1, 0.1, "within"),
        (0.12, 0.3, "beyond"),
        (-0.5, -0.11, "beyond"),
        (0.05, 0.2, "cannot"),
        (-0.05, 0.2, "cannot"),
        (-0.3, 0.3, "cannot"),
    ],
)
def test_a_verdict_goes_by_the_interval(low, high, verdict):
    assert audit.Finding("gap", (low + high) / 2, low, high, limit=0.1).verdict.startswith(verdict)


def test_a_gap_that_is_unknown_is_not_within_its_limit():
    assert audit.Finding("gap", float("nan"), 0.0, 0.0, limit=0.1).verdict == audit.UNKNOWN


def test_a_measured_finding_is_the_metric_with_its_interval():
    found = audit.measure("gap", 0.1, mha.demographic_parity_gap, DECISIONS, GROUPS)
    rng = np.random.default_rng(0)
    low, high = fairness.bootstrap_interval(mha.demographic_parity_gap, DECISIONS, GROUPS, rng=rng, draws=200)
    assert found == ("gap", mha.demographic_parity_gap(DECISIONS, GROUPS), low, high, 0.1)


def test_a_report_has_every_number_a_count_and_what_was_not_tested():
    findings = [audit.Finding("gap one", 0.3, 0.2, 0.4, 0.1), audit.Finding("gap two", 0.0, -0.05, 0.05, 0.1)]
    report = audit.audit_report("a model", findings, ["real text"], before={"gap one": findings[0]._replace(value=0.8)})
    assert "| gap one | +0.80 | +0.30 | +0.20 to +0.40 | 0.10 | beyond the limit |" in report
    assert "| gap two | – | +0.00 |" in report
    assert "Of 2: 1 beyond the limit, 0 cannot be said, 1 within the limit." in report
    assert report.endswith("- real text")


def test_a_report_that_leaves_nothing_untested_is_refused():
    with pytest.raises(ValueError, match="name what is missing"):
        audit.audit_report("a model", [], [])


def test_a_card_counts_parameters_and_has_a_row_for_each_group():
    rates = fairness.group_rates(DECISIONS, LABELS, GROUPS)
    card = audit.model_card("m", torch.nn.Linear(3, 2), {"seed": 0}, "a", "b", rates, ["x", "y", "z"])
    assert "- **parameters**: 8" in card
    assert f"| z | {rates[2].size} | {rates[2].base:.2f} |" in card

"""Calibration against loops, PyTorch's cross-entropy and scikit-learn's curve."""

import math

import numpy as np
import pytest
import torch
from sklearn.calibration import calibration_curve

import mha_lib as mha
from mha_lib.robustness import calibration


def error_by_loop(confidences, correct, num_bins):
    total = 0.0
    for number in range(num_bins):
        low, high = number / num_bins, (number + 1) / num_bins
        last = number == num_bins - 1
        inside = [(c, r) for c, r in zip(confidences, correct, strict=True) if low <= c < high or (last and c == 1)]
        if inside:
            stated = math.fsum(c for c, _ in inside) / len(inside)
            right = sum(r for _, r in inside) / len(inside)
            total += len(inside) / len(confidences) * abs(stated - right)
    return total


@pytest.fixture
def answers():
    rng = np.random.default_rng(5)
    confidences = (rng.integers(0, 100, 400) + 0.37) / 100
    confidences[:5] = 1.0
    return confidences, rng.random(400) < confidences**2


@pytest.mark.parametrize("num_bins", [1, 3, 10, 25])
def test_the_error_is_what_a_loop_over_bins_gives(answers, num_bins):
    assert calibration.calibration_error(*answers, num_bins) == pytest.approx(error_by_loop(*answers, num_bins))


def test_a_pencil_agrees():
    found = calibration.calibration_error([0.9, 0.9, 0.6, 0.6], [True, True, True, False], 10)
    assert found == pytest.approx((0.1 + 0.1) / 2)


def test_filled_bins_are_those_of_scikit_learn(answers):
    counts, stated, right = calibration.reliability(*answers, 7)
    theirs_right, theirs_stated = calibration_curve(answers[1], answers[0], n_bins=7)
    np.testing.assert_allclose(stated[counts > 0], theirs_stated)
    np.testing.assert_allclose(right[counts > 0], theirs_right)


def test_every_answer_is_in_one_bin_and_1_is_in_the_last(answers):
    assert calibration.reliability(*answers, 9)[0].sum() == 400
    assert calibration.reliability([1.0, 0.0], [True, True], 3)[0].tolist() == [1, 0, 1]


def test_an_honest_model_has_no_error_and_a_boaster_all_of_it():
    assert calibration.calibration_error([0.5] * 4, [True, False] * 2, 10) == 0
    assert calibration.calibration_error([1.0] * 4, [False] * 4, 10) == 1


def test_lengths_must_agree_and_confidences_be_shares():
    with pytest.raises(ValueError, match=r"\(2,\) answers, \(1,\) confidences"):
        calibration.reliability([0.5], [True, False], 3)
    with pytest.raises(ValueError, match=r"from 0 to 1, got 0.5 to 1.5"):
        calibration.reliability([0.5, 1.5], [True, False], 3)


@pytest.mark.parametrize("temperature", [0.3, 1.0, 4.0])
def test_the_loss_is_pytorchs_cross_entropy_of_divided_scores(temperature):
    rng = np.random.default_rng(2)
    scores, labels = rng.normal(size=(11, 4)) * 3, rng.integers(0, 4, 11)
    theirs = torch.nn.functional.cross_entropy(torch.from_numpy(scores) / temperature, torch.from_numpy(labels))
    assert calibration.temperature_loss(scores, labels, temperature) == pytest.approx(theirs.item())


def test_scores_of_thousands_have_a_finite_loss():
    assert calibration.temperature_loss([[5000.0, 0.0]], [1], 0.5) == pytest.approx(10_000)


@pytest.mark.parametrize("temperature", [0.0, -1.0])
def test_a_temperature_must_be_positive(temperature):
    with pytest.raises(ValueError, match=f"above 0, got {temperature}"):
        calibration.temperature_loss([[0.0, 1.0]], [0], temperature)


def test_the_fitted_temperature_has_the_least_loss_of_many():
    rng = np.random.default_rng(3)
    scores, labels = rng.normal(size=(200, 3)) * 4, rng.integers(0, 3, 200)
    scores[np.arange(200), labels] += 4
    fitted = calibration.fitted_temperature(scores, labels)
    least = calibration.temperature_loss(scores, labels, fitted)
    assert least <= min(calibration.temperature_loss(scores, labels, t) for t in np.geomspace(0.05, 50, 300)) + 1e-12


def test_scores_that_are_too_large_by_a_factor_get_that_factor_back():
    rng = np.random.default_rng(4)
    scores, labels = rng.normal(size=(100, 3)), rng.integers(0, 3, 100)
    scores[np.arange(100), labels] += 1
    once, thrice = (calibration.fitted_temperature(factor * scores, labels) for factor in (1, 3))
    assert thrice == pytest.approx(3 * once)


def test_a_temperature_changes_no_verdict():
    scores = np.random.default_rng(6).normal(size=(50, 4))
    np.testing.assert_array_equal(mha.softmax(scores / 7).argmax(-1), mha.softmax(scores).argmax(-1))


def test_confidence_is_the_largest_probability():
    scores = np.random.default_rng(7).normal(size=(9, 4))
    theirs = torch.softmax(torch.from_numpy(scores), dim=-1).max(dim=-1).values
    np.testing.assert_allclose(calibration.confidence(scores), theirs)

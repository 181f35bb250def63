"""softmax against plain loops, at the edges of floats, and against torch."""

import numpy as np
import pytest

import mha_lib as mha
from tests.support import reference

LEADS = [(), (5,), (2, 5), (2, 3, 5)]
NUM_KEYS = 7
ROWS_FAR_APART = np.array([[0.0, 1.0, 2.0], [-2000.0, -2001.0, -1999.5], [1000.0, 1002.0, 1000.5]])


def draw_scores(lead=(5,)):
    return np.random.default_rng(7).normal(0, 1.5, (*lead, NUM_KEYS))


@pytest.mark.parametrize("lead", LEADS)
def test_softmax_equals_the_loop(lead):
    scores = draw_scores(lead)
    expected = reference.over_rows(reference.softmax, scores, core=(1,))
    np.testing.assert_allclose(mha.softmax(scores), expected, rtol=1e-13)


@pytest.mark.parametrize("lead", LEADS)
def test_logsumexp_equals_the_loop(lead):
    scores = draw_scores(lead)
    expected = reference.over_rows(reference.logsumexp, scores, core=(1,))
    np.testing.assert_allclose(mha.logsumexp(scores), expected, rtol=1e-13)


@pytest.mark.parametrize("lead", LEADS)
def test_entropy_equals_the_loop(lead):
    weights = mha.softmax(draw_scores(lead))
    expected = reference.over_rows(reference.entropy, weights, core=(1,))
    np.testing.assert_allclose(mha.entropy(weights), expected, rtol=1e-12)


@pytest.mark.parametrize("lead", LEADS)
def test_the_jacobian_equals_central_differences(lead):
    scores = draw_scores(lead)
    expected = reference.over_rows(reference.softmax_jacobian, scores, core=(1,))
    np.testing.assert_allclose(mha.softmax_jacobian(mha.softmax(scores)), expected, atol=1e-9)


@pytest.mark.parametrize("lead", LEADS)
@pytest.mark.parametrize("temperature", [0.3, 1, 2.5])
def test_temperature_equals_the_loop(lead, temperature):
    scores = draw_scores(lead)
    expected = reference.over_rows(reference.softmax, scores / temperature, core=(1,))
    np.testing.assert_allclose(mha.softmax_with_temperature(scores, temperature), expected, rtol=1e-12)


def test_a_worked_example_by_hand():
    np.testing.assert_allclose(mha.softmax(np.log([1.0, 2.0, 3.0])), [1 / 6, 2 / 6, 3 / 6])
    np.testing.assert_allclose(mha.logsumexp(np.log([1.0, 2.0, 3.0])), np.log(6))
    np.testing.assert_allclose(mha.softmax_with_temperature(np.log([1.0, 3.0]), 0.5), [0.1, 0.9])
    np.testing.assert_allclose(mha.entropy([0.5, 0.25, 0.25]), 1.5 * np.log(2))
    expected = [[1 / 4, -1 / 8, -1 / 8], [-1 / 8, 3 / 16, -1 / 16], [-1 / 8, -1 / 16, 3 / 16]]
    np.testing.assert_allclose(mha.softmax_jacobian([0.5, 0.25, 0.25]), expected)


@pytest.mark.parametrize("constant", [-1000.0, 0.25, 100.0, 1000.0])
def test_the_same_added_to_every_score_changes_no_weight(constant):
    scores = draw_scores()
    np.testing.assert_allclose(mha.softmax(scores + constant), mha.softmax(scores), rtol=1e-12)
    np.testing.assert_allclose(mha.logsumexp(scores + constant), mha.logsumexp(scores) + constant, rtol=1e-12)


def test_rows_far_apart_do_not_disturb_each_other():
    for function in (mha.softmax, mha.logsumexp):
        together = function(ROWS_FAR_APART)
        assert np.isfinite(together).all()
        np.testing.assert_allclose(together, [function(row) for row in ROWS_FAR_APART])


def test_the_largest_floats_are_no_obstacle():
    largest = np.finfo(float).max
    np.testing.assert_array_equal(mha.softmax([largest, largest, 0.0]), [0.5, 0.5, 0.0])


def test_a_score_of_minus_infinity_gets_nothing_and_changes_nothing():
    scores = draw_scores(())
    hidden = np.append(scores, -np.inf)
    np.testing.assert_allclose(mha.softmax(hidden)[:-1], mha.softmax(scores))
    assert mha.softmax(hidden)[-1] == 0.0
    np.testing.assert_allclose(mha.logsumexp(hidden), mha.logsumexp(scores))


def test_a_row_without_a_finite_score_gives_nan():
    with np.errstate(invalid="ignore"):
        assert np.isnan(mha.softmax([-np.inf, -np.inf])).all()
        assert np.isnan(mha.logsumexp([-np.inf, -np.inf]))


def test_a_single_key_gets_everything():
    np.testing.assert_array_equal(mha.softmax([[3.0], [-8.0]]), [[1.0], [1.0]])


def test_whole_numbers_and_lists_are_scores_too():
    np.testing.assert_array_equal(mha.softmax([0, 1]), mha.softmax(np.array([0.0, 1.0])))
    np.testing.assert_array_equal(mha.logsumexp([0, 1]), mha.logsumexp(np.array([0.0, 1.0])))


def test_weights_are_shares_in_the_order_of_the_scores():
    scores = draw_scores()
    weights = mha.softmax(scores)
    assert (weights > 0).all()
    np.testing.assert_allclose(weights.sum(axis=-1), 1)
    np.testing.assert_array_equal(weights.argsort(axis=-1), scores.argsort(axis=-1))


def test_logsumexp_lies_between_the_maximum_and_log_k_above_it():
    scores = draw_scores((200,))
    above = mha.logsumexp(scores) - scores.max(axis=-1)
    assert (above > 0).all()
    assert (above < np.log(NUM_KEYS)).all()
    np.testing.assert_allclose(mha.logsumexp(np.zeros(NUM_KEYS)), np.log(NUM_KEYS))


def test_the_slope_of_logsumexp_is_softmax():
    scores, step = draw_scores(()), 1e-5
    nudges = step * np.eye(NUM_KEYS)
    slope = (mha.logsumexp(scores + nudges) - mha.logsumexp(scores - nudges)) / (2 * step)
    np.testing.assert_allclose(slope, mha.softmax(scores), atol=1e-9)


def test_low_temperature_picks_and_high_temperature_shares():
    scores = [0.0, 2.0, 1.0]
    np.testing.assert_allclose(mha.softmax_with_temperature(scores, 1e-3), [0, 1, 0], atol=1e-12)
    np.testing.assert_allclose(mha.softmax_with_temperature(scores, 1e9), np.full(3, 1 / 3))


@pytest.mark.parametrize("temperature", [0, -0.5])
def test_a_temperature_that_is_not_positive_is_refused_by_its_value(temperature):
    with pytest.raises(ValueError, match=f"temperature must be above 0, got {temperature}"):
        mha.softmax_with_temperature([0.0, 1.0], temperature)


def test_entropy_runs_from_zero_to_log_k():
    entropies = mha.entropy([[0.0, 1.0, 0.0], [1 / 3, 1 / 3, 1 / 3]])
    np.testing.assert_allclose(entropies, [0.0, np.log(3)])
    assert not np.signbit(entropies).any(), "a key with everything must give 0.0, not -0.0"


def test_rows_and_columns_of_the_jacobian_sum_to_zero():
    jacobian = mha.softmax_jacobian(mha.softmax(draw_scores((2, 5))))
    assert jacobian.shape == (2, 5, NUM_KEYS, NUM_KEYS)
    np.testing.assert_allclose(jacobian.sum(axis=-1), 0, atol=1e-15)
    np.testing.assert_array_equal(jacobian, np.swapaxes(jacobian, -1, -2))


def test_the_size_of_the_jacobian_is_twice_what_the_squares_leave():
    weights = mha.softmax(draw_scores())
    size = np.abs(mha.softmax_jacobian(weights)).sum(axis=(-1, -2))
    np.testing.assert_allclose(size, 2 * (1 - (weights**2).sum(axis=-1)))


@pytest.mark.parametrize("function", [mha.softmax, mha.logsumexp, mha.entropy, mha.softmax_jacobian])
def test_the_argument_is_left_alone(function):
    given = np.array([[0.5, 0.25, 0.25], [0.0, 1.0, 0.0]])
    before = given.copy()
    function(given)
    np.testing.assert_array_equal(given, before)


def test_torch_agrees():
    torch = pytest.importorskip("torch")
    scores = np.concatenate([draw_scores((3,))[:, :3], ROWS_FAR_APART])
    tensor = torch.from_numpy(scores)
    np.testing.assert_allclose(mha.softmax(scores), torch.softmax(tensor, dim=-1).numpy(), rtol=1e-12)
    np.testing.assert_allclose(mha.logsumexp(scores), torch.logsumexp(tensor, dim=-1).numpy(), rtol=1e-12)

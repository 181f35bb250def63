"""Windows end where they should, nothing of the future leaks back, and simple forecasts are what they say."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from mha_lib.applications import series


@pytest.fixture
def rng():
    return np.random.default_rng(2)


@pytest.mark.parametrize(("num_past", "num_ahead"), [(3, 2), (2, 5), (4, 4), (9, 2)])
def test_windows_are_cut_as_a_loop_would(rng, num_past, num_ahead):
    values = rng.normal(size=11)
    past, future = series.forecast_windows(values, num_past, num_ahead)
    starts = range(11 - num_past - num_ahead + 1)
    assert past.tolist() == [values[i : i + num_past].tolist() for i in starts]
    assert future.tolist() == [values[i + num_past : i + num_past + num_ahead].tolist() for i in starts]


def test_windows_are_copies(rng):
    values = rng.normal(size=9)
    kept = values.copy()
    past, future = series.forecast_windows(values, 3, 2)
    past[:], future[:] = 0, 0
    assert np.array_equal(values, kept)


def test_a_series_shorter_than_a_window_is_refused():
    with pytest.raises(ValueError, match=r"the series has 4 values, fewer than one window \(3 \+ 2\)"):
        series.forecast_windows(np.arange(4.0), 3, 2)


def test_no_value_after_the_last_training_day_moves_the_training(rng):
    values = rng.normal(size=40)
    before = series.split_in_time(values, 5, 3, 25)
    values[25:] += 100
    after = series.split_in_time(values, 5, 3, 25)
    assert np.array_equal(before[0], after[0])
    assert np.array_equal(before[1], after[1])


def test_every_test_value_is_asked_for_once_and_was_never_trained_on():
    values = np.arange(40.0)
    _, future, past, asked = series.split_in_time(values, 5, 3, 25)
    scale, shift = values[:25].std(), values[:25].mean()
    back = asked * scale + shift
    assert back.ravel().tolist() == pytest.approx(list(range(25, 40)))
    assert (future * scale + shift).max() == pytest.approx(24)
    before = [[first - 5 + i for i in range(5)] for first in range(25, 40, 3)]
    assert past * scale + shift == pytest.approx(np.array(before))


def test_the_training_part_is_scaled_to_mean_0_and_deviation_1(rng):
    values = 7 + 3 * rng.normal(size=60)
    past, future, _, _ = series.split_in_time(values, 4, 2, 41)
    known = np.concatenate([past[:, 0], past[-1, 1:], future[-1]])
    assert len(known) == 41
    assert known.mean() == pytest.approx(0, abs=1e-12)
    assert known.std() == pytest.approx(1)


def test_the_seasonal_forecast_is_right_on_a_pure_season():
    values = np.tile([1.0, 5.0, 2.0, 9.0], 8)
    past, future = series.forecast_windows(values, 6, 7)
    assert np.array_equal(series.seasonal_naive(past, 7, period=4), future)
    assert not np.array_equal(series.seasonal_naive(past, 7, period=3), future)


def test_a_past_shorter_than_a_period_is_refused():
    with pytest.raises(ValueError, match="a past of 3 values does not hold a period of 4"):
        series.seasonal_naive(np.ones((2, 3)), 1, period=4)


def test_the_last_value_is_repeated():
    assert series.last_value(np.array([[1, 2], [3, 4]]), 3).tolist() == [[2, 2, 2], [4, 4, 4]]


@pytest.mark.parametrize("penalty", [0.5, 30.0])
def test_the_linear_forecast_is_scikit_learns_ridge(rng, penalty):
    past, future = rng.normal(size=(50, 4)) + 2, rng.normal(size=(50, 3)) - 1
    weights = series.fit_linear(past, future, penalty)
    theirs = Ridge(alpha=penalty).fit(past, future)
    assert np.allclose(series.predict_linear(past, weights), theirs.predict(past), atol=1e-8)


def test_the_linear_forecast_finds_a_linear_law(rng):
    past = rng.normal(size=(30, 3))
    future = past @ np.array([[1.0, 0.0], [-2.0, 1.0], [0.5, 3.0]]) + np.array([4.0, -1.0])
    weights = series.fit_linear(past, future, penalty=0.0)
    assert np.allclose(series.predict_linear(past, weights), future)


def test_the_made_weather_lingers_around_its_cycle(rng):
    values = series.seasonal_series(rng, 4800) - 2 * np.arange(4800) / 4800
    cycle = values.reshape(-1, 24).mean(axis=0)
    rest = (values.reshape(-1, 24) - cycle).ravel()
    assert np.ptp(cycle) > 8
    assert np.corrcoef(rest[:-1], rest[1:])[0, 1] == pytest.approx(0.9, abs=0.03)


def test_no_step_of_the_walk_knows_of_the_one_before(rng):
    steps = np.diff(series.random_walk(rng, 5000))
    assert np.corrcoef(steps[:-1], steps[1:])[0, 1] == pytest.approx(0, abs=0.04)
    assert steps.std() == pytest.approx(1, abs=0.05)

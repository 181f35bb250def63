"""Chapter 21. Series: windows of a past and a future, simple forecasts, and made series to try them on."""

import numpy as np


def forecast_windows(values, num_past, num_ahead):
    """Return (past, future): every window of a series, cut where what is known ends and what is asked for begins.

    values: (n,)  ->  (m, num_past) and (m, num_ahead), each window one step further on, as many as fit

    The first future value is the one right behind the last past value.
    Raises ValueError if the series is shorter than one window.

    >>> past, future = forecast_windows(np.arange(5), num_past=2, num_ahead=2)
    >>> past.tolist(), future.tolist()
    ([[0, 1], [1, 2]], [[2, 3], [3, 4]])
    """
    length = num_past + num_ahead
    if len(values) < length:
        raise ValueError(f"the series has {len(values)} values, fewer than one window ({num_past} + {num_ahead})")
    windows = np.lib.stride_tricks.sliding_window_view(values, length).copy()
    return windows[:, :num_past], windows[:, num_past:]


def split_in_time(values, num_past, num_ahead, num_train):
    """Return (past, future, test_past, test_future): windows to train on and to test on, scaled, with no leak.

    values: (n,)   num_train: how many values the training may know

    Training windows end before `num_train`. Test futures begin at `num_train` or later, and do not overlap; their
    pasts may reach back into training, for by then it is known. Both are scaled by the mean and the standard deviation
    of the first `num_train` values alone.

    >>> parts = split_in_time(np.array([1.0, 3.0, 1.0, 3.0, 5.0, 9.0]), num_past=2, num_ahead=1, num_train=4)
    >>> [part.tolist() for part in parts[1:]]
    [[[-1.0], [1.0]], [[-1.0, 1.0], [1.0, 3.0]], [[3.0], [7.0]]]
    """
    known = values[:num_train]
    scaled = (values - known.mean()) / known.std()
    train = forecast_windows(scaled[:num_train], num_past, num_ahead)
    past, future = forecast_windows(scaled[num_train - num_past :], num_past, num_ahead)
    return *train, past[::num_ahead], future[::num_ahead]


def last_value(past, num_ahead):
    """Return the last known value, repeated: (m, num_past) -> (m, num_ahead).

    >>> last_value(np.array([[1, 2, 5]]), 2).tolist()
    [[5, 5]]
    """
    return np.repeat(past[:, -1:], num_ahead, axis=1)


def seasonal_naive(past, num_ahead, period):
    """Return what was one period earlier: (m, num_past) -> (m, num_ahead).

    Where the future is longer than a period, the last period is repeated.
    Raises ValueError if the past is shorter than a period.
    Source: Hyndman and Athanasopoulos, 2021, section 5.2.

    >>> seasonal_naive(np.array([[9, 1, 2, 3]]), num_ahead=5, period=3).tolist()
    [[1, 2, 3, 1, 2]]
    """
    if past.shape[1] < period:
        raise ValueError(f"a past of {past.shape[1]} values does not hold a period of {period}")
    last = past[:, -period:]
    return last[:, np.arange(num_ahead) % period]


def fit_linear(past, future, penalty=1.0):
    """Return the weights of a linear forecast, one column a value ahead: (num_past + 1, num_ahead).

    past: (m, num_past)   future: (m, num_ahead)   penalty: on the squared weights; the last row, the offset, goes free

    Every value ahead has its own weights for every past value: an autoregression that forecasts directly.
    Source: Zeng et al., 2023, section 4 (one linear layer from the past to the future).

    >>> weights = fit_linear(np.array([[0.0], [1.0], [2.0]]), np.array([[1.0], [3.0], [5.0]]), penalty=0.0)
    >>> weights.round(6).tolist()
    [[2.0], [1.0]]
    """
    x = np.column_stack([past, np.ones(len(past))])
    ridge = penalty * np.diag([*np.ones(past.shape[1]), 0.0])
    return np.linalg.solve(x.T @ x + ridge, x.T @ future)


def predict_linear(past, weights):
    """Return the linear forecast: (m, num_past) -> (m, num_ahead).

    >>> predict_linear(np.array([[10.0]]), np.array([[2.0], [1.0]])).tolist()
    [[21.0]]
    """
    return past @ weights[:-1] + weights[-1]


def seasonal_series(rng, length, period=24, persistence=0.9):
    """Return a made series like a temperature: a cycle, its first overtone, a slow rise, and weather that lingers.

    rng: numpy.random.Generator  ->  (length,)

    persistence: the share of today's departure from the cycle that is left one step later
    """
    t = np.arange(length)
    cycle = 4 * np.sin(2 * np.pi * t / period) + 1.5 * np.cos(4 * np.pi * t / period)
    weather, shocks = np.zeros(length), 0.3 * rng.normal(size=length)
    for i in range(1, length):
        weather[i] = persistence * weather[i - 1] + shocks[i]
    return 10 + cycle + 2 * t / length + weather


def random_walk(rng, length):
    """Return a made series like a price: each step is a normal number, and no step knows of another: (length,)."""
    return 100 + np.cumsum(rng.normal(size=length))

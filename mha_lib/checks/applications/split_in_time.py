"""Exercise split_in_time: no message from the future."""

import numpy as np

from mha_lib.applications import series
from mha_lib.checks.applications.forecast_windows import forecast_windows
from mha_lib.diagnosis.broken import edit, rewrite
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.diagnosis.parts import parts_call

KNOWN_THEN = "On the day the training ends, which numbers can you know?"


def split_in_time(values, num_past, num_ahead, num_train):
    """Return the training's windows and the test's, scaled by what the training may know."""
    known = values[:num_train]
    scaled = (values - known.mean()) / known.std()
    train = forecast_windows(scaled[:num_train], num_past, num_ahead)
    past, future = forecast_windows(scaled[num_train - num_past :], num_past, num_ahead)
    return *train, past[::num_ahead], future[::num_ahead]


def split_by_choosing(values, num_past, num_ahead, num_train):
    """Return the same: all windows of the whole, of which each part takes its own."""
    mean, spread = np.mean(values[:num_train]), np.std(values[:num_train])
    past, future = forecast_windows((values - mean) / spread, num_past, num_ahead)
    first_future = np.arange(len(past)) + num_past
    train = first_future + num_ahead <= num_train
    test = (first_future >= num_train) & ((first_future - num_train) % num_ahead == 0)
    return past[train], future[train], past[test], future[test]


def split_probes(rng):
    """Return a series, two lengths and a last day: the worked example, ragged, a series that climbs."""
    return [
        Probe("the worked example", (np.array([1.0, 3.0, 1.0, 3.0, 5.0, 9.0]), 2, 1, 4)),
        Probe("3 values ahead of 3", (draw(rng, 15), 3, 3, 9)),
        Probe("2 values ahead of 4", (draw(rng, 18) + 5, 4, 2, 11)),
        Probe("a series that climbs", (np.arange(16.0) + draw(rng, 16), 3, 2, 9)),
        Probe("3 values ahead of 2", (draw(rng, 17) - 4, 2, 3, 8)),
    ]


def split_every_other(values, num_past, num_ahead, num_train):
    """Return windows of which every third one is for testing, wherever in time it lies."""
    scaled = (values - values[:num_train].mean()) / values[:num_train].std()
    past, future = forecast_windows(scaled, num_past, num_ahead)
    test = np.arange(len(past)) % 3 == 2
    return past[~test], future[~test], past[test], future[test]


def parts_are_scaled(value, values, num_past, num_ahead, num_train):
    """Return whether the tests' futures, laid end to end, number what is left behind the last day."""
    return np.size(value["test_future"]) == (len(values) - num_train) // num_ahead * num_ahead


EXERCISE = Exercise(
    reference=series.split_in_time,
    worked=split_in_time,
    returns="a tuple (past, future, test_past, test_future)",
    call=parts_call("past", "future", "test_past", "test_future"),
    probes=split_probes,
    mistakes=(
        edit("scaled by the whole series", KNOWN_THEN, ("known = values[:num_train]", "known = values")),
        edit("scaled by the test", KNOWN_THEN, ("known = values[:num_train]", "known = values[num_train:]")),
        edit(
            "not scaled",
            "What are mean and deviation of the training part of your output?",
            ("(values - known.mean()) / known.std()", "values"),
        ),
        edit(
            "mean not taken off",
            "What is the mean of the training part of your output?",
            ("(values - known.mean())", "values"),
        ),
        edit(
            "unbiased deviation",
            "Divide by n, or by n - 1? The statement says NumPy's std.",
            ("known.std()", "known.std(ddof=1)"),
        ),
        edit(
            "training futures reach into the test",
            "Where does the last training window end?",
            ("scaled[:num_train]", "scaled[: num_train + num_ahead]"),
        ),
        edit(
            "test pasts begin behind the last day",
            "On the first day of the test, is yesterday known?",
            ("scaled[num_train - num_past :]", "scaled[num_train:]"),
        ),
        edit(
            "first test future was trained on",
            "At which index does the first test future begin?",
            ("scaled[num_train - num_past :]", "scaled[num_train - num_past - num_ahead :]"),
        ),
        edit(
            "test futures overlap",
            "Is each day of the test asked for once?",
            ("past[::num_ahead], future[::num_ahead]", "past, future"),
        ),
        rewrite(
            "windows dealt out without regard to time",
            "Which days does a test window share with training?",
            split_every_other,
        ),
    ),
    equivalents=(split_by_choosing,),
    hints=(
        "Draw the series as a line and mark the last day known. What may lie left of it, what right?",
        "Scale by values[:num_train]. The first test window begins num_past before num_train; then step by num_ahead.",
        "windows of scaled[:num_train]; and of scaled[num_train - num_past :], every num_ahead-th of them",
    ),
    properties=(Property("the tests' futures do not overlap", parts_are_scaled),),
)

"""Exercise forecast_windows: windows."""

import numpy as np

from mha_lib.applications import series
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.diagnosis.parts import parts_call

BOUNDARY = "Write down the first window of 0, 1, 2, 3, 4. At which number does its future begin?"
COUNT = "How many windows of 4 fit into 5 values?"


def forecast_windows(values, num_past, num_ahead):
    """Return (past, future), each window one step further on."""
    count = len(values) - num_past - num_ahead + 1
    past = [values[i : i + num_past] for i in range(count)]
    future = [values[i + num_past : i + num_past + num_ahead] for i in range(count)]
    return np.array(past), np.array(future)


def windows_by_index(values, num_past, num_ahead):
    """Return the same: a table of places, then the values at those places."""
    length = num_past + num_ahead
    places = np.arange(len(values) - length + 1)[:, None] + np.arange(length)
    return tuple(np.split(values[places], [num_past], axis=1))


def window_probes(rng):
    """Return a series and two lengths: the worked example, ragged, as long ahead as behind, just one window."""
    return [
        Probe("the worked example", (np.array([0.0, 1.0, 2.0, 3.0, 4.0]), 2, 2)),
        Probe("one value ahead", (draw(rng, 6), 2, 1)),
        Probe("3 values ahead of 3", (draw(rng, 9), 3, 3)),
        Probe("a series of 1 window", (draw(rng, 6), 4, 2)),
        Probe("2 values ahead of 4", (draw(rng, 11), 4, 2)),
        Probe("3 values ahead of 2", (draw(rng, 10), 2, 3)),
    ]


def futures_follow(value, values, num_past, num_ahead):
    """Return whether windows of equal number come out, as many as fit."""
    past, future = value["past"], value["future"]
    return len(past) == len(future) == len(values) - num_past - num_ahead + 1


EXERCISE = Exercise(
    reference=series.forecast_windows,
    worked=forecast_windows,
    returns="a tuple (past, future): (m, num_past) and (m, num_ahead)",
    call=parts_call("past", "future"),
    probes=window_probes,
    mistakes=(
        edit(
            "the last past value is the first future one",
            BOUNDARY,
            ("values[i + num_past :", "values[i + num_past - 1 :"),
        ),
        edit(
            "the future slid back by one",
            BOUNDARY,
            (
                "values[i + num_past : i + num_past + num_ahead]",
                "values[i + num_past - 1 : i + num_past + num_ahead - 1]",
            ),
        ),
        edit(
            "a gap between past and future",
            BOUNDARY,
            ("num_ahead + 1", "num_ahead"),
            (
                "values[i + num_past : i + num_past + num_ahead]",
                "values[i + num_past + 1 : i + num_past + num_ahead + 1]",
            ),
        ),
        edit("last window lost", COUNT, ("num_ahead + 1", "num_ahead")),
        edit("windows side by side", COUNT, ("range(count)", "range(0, count, num_past + num_ahead)")),
        edit("windows a future apart", COUNT, ("range(count)", "range(0, count, num_ahead)")),
        edit(
            "only the last value ahead",
            "How many values ahead were asked for?",
            ("values[i + num_past : i + num_past + num_ahead]", "values[i + num_past + num_ahead - 1 :][:1]"),
        ),
        edit(
            "the past reversed",
            "Which value of the past stands right before the future?",
            ("values[i : i + num_past]", "values[i : i + num_past][::-1]"),
        ),
        edit(
            "past and future swapped",
            "Which of the two comes first in the tuple?",
            ("np.array(past), np.array(future)", "np.array(future), np.array(past)"),
        ),
    ),
    equivalents=(windows_by_index,),
    hints=(
        "Cut the first window by hand, then the last one. Which index does each begin at?",
        "A window needs num_past + num_ahead values, so there are n - num_past - num_ahead + 1 of them.",
        "past: values[i : i + num_past], future: values[i + num_past : i + num_past + num_ahead], for each i",
    ),
    properties=(Property("there are as many windows as fit, each with a past and a future", futures_follow),),
)

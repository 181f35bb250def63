"""The figures of chapter 21 show the numbers that they are given, each where it belongs."""

import numpy as np
import pytest
from matplotlib.colors import to_rgba

from mha_lib import plots
from mha_lib.applications.verdicts import Ledger
from mha_lib.plots.style import COLOURS


@pytest.fixture
def entries():
    ledger = Ledger()
    wobble = 0.05 * np.resize([1.0, -1.0], 50)
    for study, ahead in (("patients", 0.0), ("logs", 0.4), ("prices", -0.3)):
        ledger.enter(study, "accuracy", {"attention": ahead + wobble, "counting": np.zeros(50)})
    return ledger.entries


def test_each_study_has_its_point_and_its_errors(entries):
    ax = plots.show_verdicts(entries)
    assert [label.get_text() for label in ax.get_yticklabels()] == [
        *("patients\n(accuracy)", "logs\n(accuracy)", "prices\n(accuracy)"),
    ]
    points = [container.lines[0].get_xydata()[0] for container in ax.containers]
    assert np.array(points) == pytest.approx(np.array([[0.0, 0], [0.4, 1], [-0.3, 2]]))
    for container, entry in zip(ax.containers, entries, strict=True):
        (low, high), _ = container.lines[2][0].get_segments()[0].T
        assert (high - low) / 2 == pytest.approx(entry.verdict.two_errors)


def test_the_first_study_stands_on_top_and_each_verdict_is_named_once(entries):
    ax = plots.show_verdicts([*entries, entries[0]])
    assert ax.yaxis_inverted()
    names = [text.get_text() for text in ax.figure.legends[0].get_texts()]
    assert sorted(names) == ["a tie", "attention wins", "the baseline wins"]
    colours = {container.lines[0].get_color() for container in ax.containers}
    assert len(colours) == 3


def test_what_was_known_ends_where_forecasts_begin():
    ax = plots.show_forecasts(np.arange(4.0), np.array([4.0, 5.0]), {"linear": np.array([4.5, 5.5])}, "degrees")
    lines = {line.get_label(): line.get_xydata().tolist() for line in ax.lines}
    assert lines["known"] == [[-3, 0], [-2, 1], [-1, 2], [0, 3]]
    assert lines["what came"] == [[1, 4], [2, 5]]
    assert lines["linear"] == [[1, 4.5], [2, 5.5]]
    assert ax.get_ylabel() == "degrees"


def test_every_event_has_its_surprise_and_one_is_marked():
    ax = plots.show_surprise(("login", "open a", "close b"), np.array([0.0, 1.5, 6.0]), marked=2)
    assert [bar.get_width() for bar in ax.patches] == [0.0, 1.5, 6.0]
    colours = [bar.get_facecolor() for bar in ax.patches]
    assert colours[0] == colours[1] == to_rgba(COLOURS[0])
    assert colours[2] == to_rgba(COLOURS[1])
    assert [label.get_text() for label in ax.get_yticklabels()] == ["login", "open a", "close b"]
    assert ax.yaxis_inverted()

"""Exercise attainable_rate: the roofline."""

import numpy as np

from mha_lib.cost.counts import attainable_rate
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property


def roofline_probes(rng):
    """Return intensities and machines: under the slope, on the ridge, under the flat roof."""
    return [
        Probe("the worked example", (np.array([1.0, 4.0, 8.0]), 100.0, 20.0)),
        Probe("an intensity of 0.5 alone", (0.5, 90.0, 20.0)),
        Probe("four intensities", (np.abs(draw(rng, 4, scale=20.0)) + 0.1, 1000.0, 80.0)),
        Probe("both sides of the ridge", (np.array([3.0, 200.0]), 990.0, 4.0)),
    ]


def rate_from_time(intensity, peak, bandwidth):
    """Return the same: for a byte, the longer of the time to move it and the time to compute with it."""
    return intensity / np.maximum(1 / bandwidth, intensity / peak)


def never_above_a_roof(rate, intensity, peak, bandwidth):
    """Return whether no rate exceeds the peak or what the bandwidth feeds."""
    return bool(np.all((rate <= peak * (1 + 1e-9)) & (rate <= bandwidth * np.asarray(intensity) * (1 + 1e-9))))


ROOF = "np.minimum(peak, bandwidth * np.asarray(intensity))"


BOTH_LIMITS = "Two limits at once. If one pipe lets 20 through and the next 100, how much arrives?"


EXERCISE = Exercise(
    reference=attainable_rate,
    returns="operations a second, as many as there are intensities",
    probes=roofline_probes,
    mistakes=(
        edit("the higher of the two limits", BOTH_LIMITS, ("np.minimum", "np.maximum")),
        edit("ignores the bandwidth", BOTH_LIMITS, (ROOF, "peak + 0.0 * np.asarray(intensity)")),
        edit(
            "ignores the peak",
            "Can a processor compute faster than it computes?",
            (ROOF, "bandwidth * np.asarray(intensity)"),
        ),
        edit(
            "divides the bandwidth by the intensity",
            "Twice as many operations for each byte: do you need the memory more or less?",
            ("bandwidth * np.asarray(intensity)", "bandwidth / np.asarray(intensity)"),
        ),
        edit("adds the two limits", BOTH_LIMITS, (ROOF, "peak + bandwidth * np.asarray(intensity)")),
        edit(
            "adds the two times",
            "Moving and computing can overlap. Which of the two times is waited for?",
            (ROOF, "1 / (1 / peak + 1 / (bandwidth * np.asarray(intensity)))"),
        ),
    ),
    equivalents=(rate_from_time,),
    hints=(
        "Two things can run out: bytes a second, or operations a second.",
        "bandwidth bytes a second, each good for `intensity` operations: how many operations a second is that?",
        "np.minimum(peak, bandwidth * intensity)",
    ),
    properties=(Property("no rate is above either limit", never_above_a_roof),),
)

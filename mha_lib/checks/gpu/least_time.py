"""Exercise least_time: a row of kernels under the roof."""

import numpy as np

from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.gpu.measurements import least_time

OVERLAP = "While one kernel computes, its data can already be on the way. Which of the two times is waited for?"
EACH = "A kernel that moves much and one that computes much: can the second lend the first its spare time?"


def least_time_by_loop(operations, num_bytes, peak, bandwidth, launch=0.0):
    """Return the same, a kernel at a time."""
    total = 0.0
    for computed, moved in zip(operations, num_bytes, strict=True):
        total += launch + max(computed / peak, moved / bandwidth)
    return total


def least_time_by_rates(operations, num_bytes, peak, bandwidth, launch=0.0):
    """Return the same by chapter 14's rate: the bytes moved, over how fast they can be worked on."""
    operations, num_bytes = np.asarray(operations, float), np.asarray(num_bytes, float)
    bytes_a_second = 1 / np.maximum(1 / bandwidth, operations / num_bytes / peak)
    return float((num_bytes / bytes_a_second).sum() + len(operations) * launch)


def least_time_probes(rng):
    """Return kernels: by hand, one alone, without launches, each on its own side of the ridge."""
    many = np.abs(draw(rng, 5, scale=40.0)) + 1, np.abs(draw(rng, 5, scale=9.0)) + 1
    return [
        Probe("the worked example", (np.array([8.0, 1.0]), np.array([1.0, 4.0]), 4.0, 1.0, 0.5)),
        Probe("a single kernel", (np.array([6.0]), np.array([3.0]), 2.0, 5.0, 0.25)),
        Probe("launches that cost nothing", (np.array([3.0, 9.0, 5.0]), np.array([2.0, 1.0, 8.0]), 4.0, 2.0)),
        Probe("five kernels", (*many, 7.0, 1.5, 0.75)),
        Probe(
            "kernels on both sides of the ridge",
            (np.array([90.0, 2.0, 4.0]), np.array([1.0, 30.0, 7.0]), 6.0, 2.5, 1.5),
        ),
    ]


BOTH = "np.maximum(operations / peak, num_bytes / bandwidth)"


EXERCISE = Exercise(
    reference=least_time,
    returns="seconds, one number for all kernels",
    probes=least_time_probes,
    mistakes=(
        edit("adds moving and computing", OVERLAP, (BOTH, "(operations / peak + num_bytes / bandwidth)")),
        edit("the faster of the two limits", OVERLAP, ("np.maximum", "np.minimum")),
        edit(
            "one roof over all kernels together",
            EACH,
            (
                f"np.sum({BOTH} + launch)",
                "np.maximum(operations.sum() / peak, num_bytes.sum() / bandwidth) + launch * len(operations)",
            ),
        ),
        edit("one launch for all", "How many kernels are started?", (f"{BOTH} + launch)", f"{BOTH}) + launch")),
        edit("forgets the launches", "What does it cost to start a kernel that does nothing?", (" + launch)", ")")),
        edit(
            "all kernels at once",
            "The second kernel reads what the first has written. When can it begin?",
            ("np.sum(", "np.max("),
        ),
        edit(
            "ignores the memory",
            "A kernel that only copies computes nothing. Does it take no time?",
            (BOTH, "(operations / peak)"),
        ),
    ),
    equivalents=(least_time_by_loop, least_time_by_rates),
    hints=(
        "Work out one kernel first. What are its two limits, in seconds?",
        "Seconds to compute: operations / peak. Seconds to move: bytes / bandwidth. The longer one counts, for each.",
        "np.sum(np.maximum(operations / peak, num_bytes / bandwidth) + launch)",
    ),
    properties=(
        Property(
            "it is no shorter than all the moving", lambda t, o, m, p, b, launch=0.0: bool(t >= m.sum() / b - 1e-9)
        ),
    ),
)

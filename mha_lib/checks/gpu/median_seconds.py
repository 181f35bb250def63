"""Exercise median_seconds: an honest clock."""

import numpy as np

from mha_lib.checks.gpu.shared import CACHE, FIRST, QUEUE, ZEROS
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe
from mha_lib.gpu.measurements import SimulatedCard, median_seconds


def median_by_sorting(card, inputs, repeats):
    """Return the same, sorted by hand."""
    card.launch(inputs[-1])
    card.synchronize()
    laps = sorted(one_lap(card, inputs[i % len(inputs)]) for i in range(repeats))
    return (laps[(repeats - 1) // 2] + laps[repeats // 2]) / 2


def one_lap(card, x):
    """Return the seconds of one launch."""
    card.synchronize()
    start = card.now()
    card.launch(x)
    card.synchronize()
    return card.now() - start


def card_probes(rng):
    """Return cards: by hand, slow to compile, short kernels, hiccups, few and many inputs."""
    few, many = list(draw(rng, 2, 3)), list(draw(rng, 5, 2, 2))
    return [
        Probe("the worked example", (SimulatedCard(2.0, 30.0), [np.array([1.0]), np.array([2.0])], 3)),
        Probe("one repeat", (SimulatedCard(0.5, 8.0), few, 1)),
        Probe("a short kernel", (SimulatedCard(0.0001, 5.0), few, 6)),
        Probe("two repeats", (SimulatedCard(0.75, 12.0), many, 2)),
        Probe("a card that slows as it warms", (SimulatedCard(0.5, 4.0, heat=0.1), few, 5)),
        Probe("five inputs and hiccups", (SimulatedCard(0.25, 3.0, hiccup=0.125), many, 9)),
        Probe("a card that hiccups", (SimulatedCard(0.002, 5.0, hiccup=0.05), few, 11)),
    ]


WARM_UP = "card.launch(inputs[-1])\n    card.synchronize()\n    seconds"


EXERCISE = Exercise(
    reference=median_seconds,
    returns="seconds, one number",
    probes=card_probes,
    mistakes=(
        edit(
            "does not wait for the card",
            QUEUE,
            ("        card.synchronize()\n        seconds", "        seconds"),
        ),
        edit("counts the compilation", FIRST, (WARM_UP, "seconds")),
        edit("times one input over and over", CACHE, ("inputs[i % len(inputs)]", "inputs[0]")),
        edit(
            "times zeros", ZEROS, ("card.launch(inputs[i % len(inputs)])", "card.launch(0 * inputs[i % len(inputs)])")
        ),
        edit(
            "takes the mean",
            "One lap in a hundred takes ten times as long. What should it do to your number?",
            ("np.median", "np.mean"),
        ),
        edit(
            "takes the fastest lap",
            "Would a reader who runs it once see your number, or better luck than that?",
            ("np.median", "np.min"),
        ),
        edit(
            "waits before the kernel instead of after it",
            QUEUE,
            (
                "card.launch(inputs[i % len(inputs)])\n        card.synchronize()",
                "card.synchronize()\n        card.launch(inputs[i % len(inputs)])",
            ),
        ),
        edit(
            "starts the clock once",
            "Where does the second lap begin?",
            ("    seconds = []", "    seconds = []\n    start = card.now()"),
            ("        start = card.now()\n", ""),
        ),
    ),
    equivalents=(median_by_sorting,),
    hints=(
        "Four things to do before you may believe a clock: warm up, wait, take fresh inputs, repeat.",
        "One launch and one wait outside of the loop. In the loop: read the clock, launch, wait, read the clock.",
        "Lap i launches inputs[i % len(inputs)], then waits with card.synchronize(), and then reads card.now() again.",
    ),
)

"""Exercise expose_stopping_point: a curve that shows."""

from mha_lib.checks.generalisation.stopping_point import EXERCISE as STOPPING_POINT
from mha_lib.diagnosis.exposure import Exposure, misses


def expose_stopping_point():
    """Return (losses, patience) on which every broken rule gives itself away."""
    return [1.0, 0.7, 0.8, 0.6, 0.9, 0.6, 0.7, 0.2, 0.9], 3


def expose_with_a_longer_end():
    """Return the same with more looks at the end."""
    losses, patience = expose_stopping_point()
    return [*losses, 0.1, 0.3], patience


def _falls():
    return [0.9, 0.8, 0.7, 0.6], 2


def _rises_from_the_best():
    return [0.6, 0.7, 0.8, 0.9], 2


def _no_tie():
    return [1.0, 0.7, 0.8, 0.6, 0.9, 0.65, 0.7, 0.2, 0.9], 3


def _no_better_end():
    return [1.0, 0.7, 0.8, 0.6, 0.9, 0.6, 0.7, 0.8, 0.9], 3


EXERCISE = Exposure(
    reference=expose_stopping_point,
    target=STOPPING_POINT,
    mistakes=(
        misses("waits one look too long", "What if patience never runs out?", _falls),
        misses("stops one look too early", "Which losses give nobody a reason to stop?", _falls),
        misses(
            "counts rises instead of looks without a new lowest",
            "When does every look without a new lowest rise, too?",
            _rises_from_the_best,
        ),
        misses(
            "goes on counting after a new lowest",
            "Where is the lowest loss, if nothing is to reset?",
            _rises_from_the_best,
        ),
        misses("takes an equal loss for better", "Are two of your losses equal, and the lowest so far?", _no_tie),
        misses("keeps the last weights", "When is the last look the best one?", _falls),
        misses("keeps a look that was never reached", "Is there a lower loss after the end?", _no_better_end),
    ),
    hints=(
        "A rule survives where its mistake makes no difference. A curve that only falls stops nobody.",
        "You need a new lowest after a rise, an equal loss, a fall that is no new lowest, a lower loss after the end.",
        "Patience 3, and losses like 1.0, 0.7, 0.8, 0.6, 0.9, ...: now a tie with the lowest, and 0.2 after the end.",
    ),
    equivalents=(expose_with_a_longer_end,),
    returns="a tuple (losses, patience)",
)

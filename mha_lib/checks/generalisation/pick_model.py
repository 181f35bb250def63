"""Exercise pick_model: choose without peeking."""

from fractions import Fraction

import numpy as np

from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.exercise import Exercise, Probe
from mha_lib.diagnosis.parts import parts_call
from mha_lib.generalisation import model_selection

WHO_CHOSE = "What was the test kept for? What is its score worth once it has chosen?"
EVERY_SEED = "One lucky seed is no better setting. Over which axis do you take the mean?"
HONEST = "Which of the two scores was the largest of many? Which is then owed to luck in part?"


CHOSEN = parts_call("setting", "score")


def pick_model(validation, test):
    """Return (setting, score): the best on validation, the mean over its seeds, and its mean on test."""
    setting = validation.mean(axis=1).argmax()
    return int(setting), float(test[setting].mean())


def pick_by_sorting(validation, test):
    """Return the same: sums instead of means, the last of a stable order."""
    setting = int(np.argsort(-validation.sum(axis=1), kind="stable")[0])
    return setting, test[setting, :].sum() / test.shape[1]


def pick_by_loop(validation, test):
    """Return the same, setting by setting, in exact fractions."""
    best, lead = 0, None
    for setting, row in enumerate(validation.tolist()):
        total = sum(map(Fraction, row))
        if lead is None or total > lead:
            best, lead = setting, total
    return best, float(np.mean(test[best]))


def pick_probes(rng):
    """Return two tables of accuracies: the worked example, one seed, one setting, square, ragged, a lucky seed."""
    worked = np.array([[0.5, 0.75], [0.875, 0.125]]), np.array([[0.625, 0.5], [0.75, 0.875]])
    lucky = np.array([[0.7, 0.71, 0.72], [0.5, 0.95, 0.52], [0.69, 0.66, 0.6], [0.9, 0.5, 0.4]])
    tested = np.array([[0.65, 0.66, 0.7], [0.6, 0.74, 0.5], [0.72, 0.7, 0.75], [0.55, 0.95, 0.45]])
    twelfths = (rng.permuted(np.tile(np.arange(12), (2, 1)), axis=1) / 12).reshape(2, 4, 3)
    square = rng.permutation(18).reshape(2, 3, 3) / 18
    single = rng.permutation(10).reshape(2, 5, 1) / 10
    return [
        Probe("the worked example", worked),
        Probe("one seed", tuple(single)),
        Probe("one setting", (np.array([[0.5, 0.625, 0.875]]), np.array([[0.75, 0.5, 0.625]]))),
        Probe("3 settings and 3 seeds", tuple(square)),
        Probe("4 settings and 3 seeds", tuple(twelfths)),
        Probe("a lucky seed", (lucky, tested)),
    ]


EXERCISE = Exercise(
    reference=model_selection.pick_model,
    worked=pick_model,
    returns="a tuple (setting, score), a whole number and a number",
    probes=pick_probes,
    call=CHOSEN,
    mistakes=(
        edit("lets the test choose", WHO_CHOSE, ("validation.mean(axis=1)", "test.mean(axis=1)")),
        edit("lets both choose", WHO_CHOSE, ("validation.mean(axis=1)", "(validation + test).mean(axis=1)")),
        edit("reports the score that won", HONEST, ("test[setting]", "validation[setting]")),
        edit("reports the best test score there is", HONEST, ("test[setting].mean()", "test.mean(axis=1).max()")),
        edit("reports the best seed", EVERY_SEED, ("test[setting].mean()", "test[setting].max()")),
        edit("chooses by the best seed", EVERY_SEED, ("validation.mean(axis=1)", "validation.max(axis=1)")),
        edit("chooses by the first seed", EVERY_SEED, ("validation.mean(axis=1)", "validation[:, 0]")),
        edit(
            "chooses the worst",
            "These are accuracies. Is more better?",
            ("argmax()", "argmin()"),
        ),
        edit(
            "returns the mean test score of all settings",
            "Whose score do you report?",
            ("test[setting].mean()", "test.mean()"),
        ),
    ),
    equivalents=(pick_by_sorting, pick_by_loop),
    hints=(
        "One part chooses, the other one reports. They must not change places.",
        "Take the mean of validation over the seeds, axis 1, and find the largest.",
        "setting = validation.mean(axis=1).argmax(); the score is test[setting].mean().",
    ),
)

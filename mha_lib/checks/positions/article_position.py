"""Exercise article_position: find the mistake."""

import numpy as np

from mha_lib.checks.positions.shared import TWO_KINDS
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.exercise import Exercise, Probe


def article_position(position, d_model):
    """Return the code of one position: a sine and a cosine for each pair of columns."""
    code = np.zeros(d_model)
    for i in range(d_model // 2):
        angle = position / 10000 ** (2 * i / d_model)
        code[2 * i] = np.sin(angle)
        code[2 * i + 1] = np.cos(angle)
    return code


def article_position_by_columns(position, d_model):
    """Return the same, each column by its parity: a cosine is a sine that is a quarter turn ahead."""
    columns = np.arange(d_model)
    return np.sin(position / 10000.0 ** ((columns - columns % 2) / d_model) + np.pi / 2 * (columns % 2))


def position_probes(rng):
    """Return a position and a width: the worked example, position 0, a far one."""
    return [
        Probe("the worked example", (1, 4)),
        Probe("position 0 of width 6", (0, 6)),
        Probe("position 7 of width 2", (7, 2)),
        Probe("position 3 of width 6", (3, 6)),
        Probe("position 250 of width 8", (250, 8)),
    ]


EXERCISE = Exercise(
    reference=article_position,
    returns="the code of one position: (d_model,)",
    probes=position_probes,
    mistakes=(
        edit(
            "the angles alone, as printed",
            "How large is your first number at position 250? What keeps a code small?",
            ("np.sin(angle)", "angle"),
            ("np.cos(angle)", "angle"),
        ),
        edit("a sine in both columns", TWO_KINDS, ("np.cos(angle)", "np.sin(angle)")),
        edit(
            "a cosine in both columns",
            "Do the two columns of a pair tell you different things?",
            ("np.sin(angle)", "np.cos(angle)"),
        ),
        edit(
            "sine and cosine swapped",
            "What is the code of position 0? The book's begins 0, 1.",
            ("code[2 * i] = np.sin(angle)", "code[2 * i] = np.cos(angle)"),
            ("code[2 * i + 1] = np.cos(angle)", "code[2 * i + 1] = np.sin(angle)"),
        ),
        edit(
            "only the first column of a pair is mended",
            "Two columns share one angle. What became of the second?",
            ("np.cos(angle)", "angle"),
        ),
        edit(
            "divides after the sine",
            "Should the wave become lower, or longer?",
            ("np.sin(angle)", "np.sin(position) / 10000 ** (2 * i / d_model)"),
            ("np.cos(angle)", "np.cos(position) / 10000 ** (2 * i / d_model)"),
        ),
    ),
    equivalents=(article_position_by_columns,),
    hints=(
        "A code must stay small however long the text is. Which functions of an angle stay between -1 and 1?",
        "The two columns of a pair share one angle. One holds its sine, the other its cosine.",
        "code[2 * i] = np.sin(angle), and code[2 * i + 1] = np.cos(angle).",
    ),
)

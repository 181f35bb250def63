"""Exercise with_global_tokens: global tokens."""

import numpy as np

from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.exercise import Exercise, Probe
from mha_lib.variants.windows import window_mask, with_global_tokens

BOTH_WAYS = "A global token sees everybody, and everybody sees it. Which of the two is a row, which a column?"


def global_by_index(mask, places):
    """Return the mask with the rows and columns of the places filled in."""
    allowed = mask.copy()
    allowed[places] = True
    allowed[:, places] = True
    return allowed


def global_by_loop(mask, places):
    """Return the same, a cell at a time."""
    allowed = np.zeros(mask.shape, dtype=bool)
    for i, j in np.ndindex(mask.shape):
        allowed[i, j] = mask[i, j] or i in places or j in places
    return allowed


def global_probes(rng):
    """Return masks: the worked example, a window, two places, none, one token, a causal window."""
    places = np.sort(rng.permutation(np.arange(2, 7))[:2])
    return [
        Probe("the worked example", (np.eye(3, dtype=bool), np.array([0]))),
        Probe("no global token", (window_mask(4, 4, 1), np.array([], dtype=int))),
        Probe("one token", (np.zeros((1, 1), dtype=bool), np.array([0]))),
        Probe("a late place and a causal window", (window_mask(5, 5, 1), np.array([3]))),
        Probe("two places", (window_mask(8, 8, 1, 1), places)),
    ]


ROWS, COLUMNS = "allowed[places] = True\n", "allowed[:, places] = True\n"


EXERCISE = Exercise(
    reference=with_global_tokens,
    worked=global_by_index,
    returns="booleans, True means may attend: (n, n)",
    probes=global_probes,
    mistakes=(
        edit("everybody sees it, it sees nobody new", BOTH_WAYS, (ROWS, "pass\n")),
        edit("it sees everybody, nobody new sees it", BOTH_WAYS, (COLUMNS, "pass\n")),
        edit(
            "only where row and column meet",
            BOTH_WAYS,
            (ROWS, "allowed[np.ix_(places, places)] = True\n"),
            (COLUMNS, "pass\n"),
        ),
        edit(
            "the window is lost",
            "What becomes of the mask that you were given?",
            ("mask.copy()", "np.zeros_like(mask)"),
        ),
        edit(
            "only the first place",
            "How many places may there be?",
            ("allowed = mask.copy()", "allowed, places = mask.copy(), places[:1]"),
        ),
        edit(
            "as many places from the start",
            "Do the places say which tokens are global, or how many?",
            ("allowed = mask.copy()", "allowed, places = mask.copy(), np.arange(len(places))"),
        ),
    ),
    equivalents=(global_by_loop,),
    hints=(
        "A row of the mask says what one token sees. What does a column say?",
        "Copy the mask, then fill the rows of the places and their columns.",
        "allowed = mask.copy(); allowed[places] = True; allowed[:, places] = True",
    ),
)

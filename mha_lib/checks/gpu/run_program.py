"""Exercise run_program: one program of the kernel."""

import numpy as np

from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.gpu.measurements import run_program
from mha_lib.softmax import softmax

POWER = "Which power of 2 is e? What must a score be multiplied by before it goes into exp2?"
DIAGONAL = "Take two neighbouring rows of one tile. Do they see the same keys?"
YESTERDAY = "What happens to yesterday's sums when a bigger maximum arrives?"
LAST_SEES_ALL = "Three new tokens, ten keys: which keys does the last token see? And the first of the three?"


def rows_of_causal(number, q, k, v, block_q, block_k):
    """Return the same by the plain formula on the program's rows."""
    rows = np.arange(len(q))[number * block_q : (number + 1) * block_q]
    seen = np.arange(len(k)) <= rows[:, None] + len(k) - len(q)
    scores = np.where(seen, q[rows] @ k.T / q.shape[1] ** 0.5, -1e9)
    return np.where(seen.any(1, keepdims=True), softmax(scores) @ v, 0.0)


def program_in_base_e(number, q, k, v, block_q, block_k):
    """Return the same with exp, and every tile masked."""
    first, offset = number * block_q, len(k) - len(q)
    rows = np.arange(first, min(first + block_q, len(q)))
    maximum, normaliser, accumulator = np.full(len(rows), -1e38), np.zeros(len(rows)), np.zeros((len(rows), v.shape[1]))
    for start in range(0, len(k), block_k):
        tile = slice(start, start + block_k)
        scores = q[rows] @ k[tile].T / np.sqrt(q.shape[1])
        scores[np.arange(len(k))[tile] > rows[:, None] + offset] = -np.inf
        higher = np.maximum(maximum, scores.max(1))
        weights, kept = np.exp(scores - higher[:, None]), np.exp(maximum - higher)
        normaliser, accumulator = normaliser * kept + weights.sum(1), accumulator * kept[:, None] + weights @ v[tile]
        maximum = higher
    return accumulator / np.maximum(normaliser, 1e-300)[:, None]


def program_probes(rng):
    """Return programs: by hand, the first, a ragged last, maxima that rise, a cache, rows that see nothing."""
    q, k, v = draw(rng, 7, 3), draw(rng, 7, 3), draw(rng, 7, 2)
    rising = k * np.linspace(0.2, 4, 7)[:, None]
    cache = draw(rng, 3, 2), draw(rng, 10, 2), draw(rng, 10, 4)
    return [
        Probe("the worked example", (1, np.zeros((2, 1)), np.zeros((2, 1)), np.array([[10.0], [20.0]]), 1, 1)),
        Probe("the first of several programs", (0, q, k, v, 3, 2)),
        Probe("tiles of one size both ways", (1, draw(rng, 4, 2), draw(rng, 4, 2), draw(rng, 4, 3), 2, 2)),
        Probe("more queries than keys", (0, draw(rng, 5, 2), draw(rng, 3, 2), draw(rng, 3, 2), 4, 2)),
        Probe("wide tiles", (1, q, k, v, 3, 5)),
        Probe("scores far below zero", (1, draw(rng, 4, 3) + 40, draw(rng, 4, 3) - 40, draw(rng, 4, 2), 2, 3)),
        Probe("a maximum that rises", (2, q + 1, rising, v, 2, 2)),
        Probe("a ragged last program", (3, q, k, v, 2, 3)),
        Probe("three queries on a cache of ten keys", (0, *cache, 2, 4)),
    ]


EXERCISE = Exercise(
    reference=run_program,
    returns="the output rows of one program: (rows, e)",
    probes=program_probes,
    mistakes=(
        edit("takes exp2 for exp", POWER, ("np.log2(np.e) / np.sqrt", "1 / np.sqrt")),
        edit(
            "no 1/sqrt(d)",
            "What is the variance of a sum of d products of unit variance?",
            ("np.log2(np.e) / np.sqrt(q.shape[-1])", "np.log2(np.e)"),
        ),
        edit("aligned top-left", LAST_SEES_ALL, ("len(k) - len(q)", "0")),
        edit("no mask on the diagonal", DIAGONAL, ("columns[-1] > rows[0] + offset", "False")),
        edit("asks the last row whether to mask", DIAGONAL, ("columns[-1] > rows[0]", "columns[-1] > rows[-1]")),
        edit(
            "stops one key early",
            "May a token look at itself?",
            ("rows[-1] + offset + 1, block_k", "rows[-1] + offset, block_k"),
        ),
        edit(
            "every program counts its rows from 0",
            "Which query is the first row of program 1?",
            ("rows = first + np.arange", "rows = np.arange"),
        ),
        edit("accumulator not rescaled", YESTERDAY, ("accumulator * rescale[:, None]", "accumulator")),
        edit("normaliser not rescaled", YESTERDAY, ("normaliser * rescale", "normaliser")),
        edit(
            "never divides",
            "Do the weights of a row sum to 1 by the end?",
            (" / np.where(normaliser > 0, normaliser, 1)[:, None]", ""),
        ),
        edit(
            "the maximum starts at 0",
            "What if all scores lie far below 0?",
            ("np.full(len(q), -1e38)", "np.zeros(len(q))"),
        ),
    ),
    equivalents=(rows_of_causal, program_in_base_e),
    hints=(
        "Which rows are yours, and what is the last key that any of them sees? What comes after it is never read.",
        "Chapter 14's loop, with scores times log2(e), exp2 for exp, and a mask where a tile crosses the diagonal.",
        "columns <= rows[:, None] + offset, with rows = number * block_q + arange and offset = len(k) - len(q)",
    ),
    properties=(
        Property(
            "each output lies between the smallest and the largest value, or is 0",
            lambda o, n, q, k, v, *_: bool(np.all((o >= v.min(0) - 1e-9) & (o <= v.max(0) + 1e-9) | (o == 0))),
        ),
    ),
)

"""Exercise sinusoidal_positions: sinusoidal positions."""

import numpy as np

from mha_lib.checks.positions.article_position import article_position
from mha_lib.checks.positions.shared import TWO_KINDS
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.positions import arrays as library


def sinusoidal_positions(num_positions, d_model):
    """Return one code a position, pairs of a sine and a cosine side by side."""
    pairs = np.arange(d_model // 2)
    angles = np.arange(num_positions)[:, None] / 10000 ** (2 * pairs / d_model)
    codes = np.empty((num_positions, d_model))
    codes[:, 0::2] = np.sin(angles)
    codes[:, 1::2] = np.cos(angles)
    return codes


def sinusoidal_through_logs(num_positions, d_model):
    """Return the same: the frequencies as exponentials, the pairs stacked and laid side by side."""
    frequencies = np.exp(np.arange(0, d_model, 2) * -np.log(10000.0) / d_model)
    angles = np.outer(np.arange(num_positions), frequencies)
    return np.stack([np.sin(angles), np.cos(angles)], axis=-1).reshape(num_positions, d_model)


def sinusoidal_by_rows(num_positions, d_model):
    """Return the same, one position after the other."""
    return np.array([article_position(position, d_model) for position in range(num_positions)])


def table_probes(rng):
    """Return a number of positions and a width: the worked example, one position, one pair, square, long."""
    return [
        Probe("the worked example", (2, 4)),
        Probe("a single position", (1, 6)),
        Probe("a single pair of columns", (5, 2)),
        Probe("6 positions of width 6", (6, 6)),
        Probe("50 positions of width 8", (50, 8)),
    ]


def first_row_alternates(codes, *args):
    """Return whether position 0 has the code 0, 1, 0, 1, ..."""
    return np.allclose(codes[0, 0::2], 0) and np.allclose(codes[0, 1::2], 1)


def equal_lengths(codes, *args):
    """Return whether all rows have the length of as many unit circles as there are pairs."""
    return np.allclose(np.sum(codes**2, axis=-1), codes.shape[-1] / 2)


EXERCISE = Exercise(
    reference=library.sinusoidal_positions,
    worked=sinusoidal_positions,
    returns="codes, one row a position: (num_positions, d_model)",
    probes=table_probes,
    mistakes=(
        edit(
            "the exponent is doubled",
            "The exponent is 2i / d_model, where i counts the pairs: 0, 1, 2. Does your i count pairs or columns?",
            ("2 * pairs / d_model", "4 * pairs / d_model"),
        ),
        edit(
            "each cosine has a frequency of its own",
            "A sine and its cosine share one angle. Do yours?",
            ("np.cos(angles)", "np.cos(np.arange(num_positions)[:, None] / 10000 ** ((2 * pairs + 1) / d_model))"),
        ),
        edit(
            "multiplies where it should divide",
            "Should the later columns change more slowly or faster?",
            ("[:, None] /", "[:, None] *"),
        ),
        edit("base 1000", "How long is the longest wave meant to be? Count the zeros.", ("10000 **", "1000 **")),
        edit(
            "a whole number for the exponent",
            "What is 2 // 8? What kind of division does the exponent need?",
            ("2 * pairs / d_model", "2 * pairs // d_model"),
        ),
        edit(
            "all sines first, then all cosines",
            "A sound code, but another layout. What is row 0 in this book: 0, 1, 0, 1 or 0, 0, 1, 1?",
            ("codes[:, 0::2]", "codes[:, : d_model // 2]"),
            ("codes[:, 1::2]", "codes[:, d_model // 2 :]"),
        ),
        edit(
            "positions count from 1",
            "What is the sine of position 0?",
            ("np.arange(num_positions)", "np.arange(1, num_positions + 1)"),
        ),
        edit(
            "sines and cosines swapped",
            TWO_KINDS,
            ("codes[:, 0::2] = np.sin(angles)", "codes[:, 0::2] = np.cos(angles)"),
            ("codes[:, 1::2] = np.cos(angles)", "codes[:, 1::2] = np.sin(angles)"),
        ),
        edit(
            "a position is a column",
            "One row a position. Which axis of yours counts the positions?",
            ("return codes", "return codes.T"),
        ),
    ),
    equivalents=(sinusoidal_through_logs, sinusoidal_by_rows),
    hints=(
        "First a table of angles, one row a position and one column a pair. Then its sines and its cosines.",
        "angles = positions as a column, divided by a row of wavelengths 10000 ** (2i / d_model), i = 0, 1, 2, ...",
        "codes[:, 0::2] = np.sin(angles) fills every second column, codes[:, 1::2] = np.cos(angles) the others.",
    ),
    properties=(
        Property("position 0 has the code 0, 1, 0, 1, ...", first_row_alternates),
        Property("all rows have the same length", equal_lengths),
    ),
)

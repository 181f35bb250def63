"""Exercise affine_grid: lay the grid."""

import numpy as np

from mha_lib.compression.quantisation import affine_grid as library_affine_grid
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.diagnosis.parts import parts_call

HOW_MANY_STEPS = "2**num_bits codes in a row: how many steps are there between them?"


def affine_grid(x, num_bits):
    """Return the scale and the code of 0.0 of a grid over x and 0."""
    low, high = min(x.min(), 0.0), max(x.max(), 0.0)
    if low == high:
        return 1.0, 0
    scale = (high - low) / (2**num_bits - 1)
    zero_point = int(np.rint(-low / scale))
    return scale, zero_point


def grid_by_appending(x, num_bits):
    """Return the same: 0 put among the numbers, and the zero point counted from the top."""
    reach = np.append(x, 0.0)
    steps = 2**num_bits - 1
    scale = np.ptp(reach) / steps or 1.0
    return scale, round(-reach.min() / scale)


def grid_by_clipping(x, num_bits):
    """Return the same with NumPy's own minimum, its start at 0."""
    low, high = np.min(x, initial=0.0), np.max(x, initial=0.0)
    scale = np.divide(high - low, (1 << num_bits) - 1)
    return (float(scale), int(np.around(-low / scale))) if scale else (1.0, 0)


def grid_probes(rng):
    """Return numbers for a grid: the worked example, all above 0, all below, zeros, one number, skewed ones."""
    skewed = (draw(rng, 4, 5) + 1.27).clip(-2.1, 6.6)
    skewed[0, 0], skewed[3, 4] = -2.2, 6.71  # both ends, whatever is drawn: 0.0 lies 3.7 steps above the lower
    square = (draw(rng, 3, 3) - 2.11).clip(-7.7, 1.2)
    square[1, 1], square[2, 0] = 1.37, -7.9
    return [
        Probe("the worked example", (np.array([-1.0, 0.0, 0.6, 2.0]), 2)),
        Probe("one number", (np.array([[2.5]]), 4)),
        Probe("zeros", (np.zeros((2, 3)), 8)),
        Probe("numbers all below zero", (-np.abs(draw(rng, 5)) - 1.13, 4)),
        Probe("3 rows of 3 numbers, 8 bits", (square, 8)),
        Probe("numbers all above zero", (np.abs(draw(rng, 2, 6)) + 1.13, 8)),
        Probe("numbers that lean to one side, 4 bits", (skewed, 4)),
    ]


def zero_costs_nothing(parts, x, num_bits):
    """Return whether the zero point is a whole number among the codes."""
    z = float(parts["zero_point"])
    return z.is_integer() and 0 <= z <= 2**num_bits - 1


SPAN = "(high - low) / (2**num_bits - 1)"


RANGE = "min(x.min(), 0.0), max(x.max(), 0.0)"


EXERCISE = Exercise(
    reference=library_affine_grid,
    worked=affine_grid,
    returns="a tuple of the scale, a number, and the zero point, an integer",
    probes=grid_probes,
    mistakes=(
        edit("as many steps as codes", HOW_MANY_STEPS, ("(2**num_bits - 1)", "2**num_bits")),
        edit("half as many steps", HOW_MANY_STEPS, ("(2**num_bits - 1)", "(2 ** (num_bits - 1) - 1)")),
        edit(
            "the range leaves 0 out",
            "Numbers from 5 to 6: which code has 0.0, and does a silent neuron cost nothing?",
            (RANGE, "x.min(), x.max()"),
            ("if low == high:", "if not x.any():"),
        ),
        edit(
            "a symmetric range",
            "Numbers from -1 to 3: who needs the codes between -3 and -1?",
            (RANGE, "-np.abs(x).max(), np.abs(x).max()"),
        ),
        edit(
            "zero point not rounded",
            "0.0 must have a code. Is a code a whole number?",
            ("int(np.rint(-low / scale))", "float(-low / scale)"),
        ),
        edit(
            "zero point rounded down",
            "Which whole number is nearest?",
            ("int(np.rint(-low / scale))", "int(-low / scale)"),
        ),
        edit(
            "zero point with the wrong sign",
            "The lowest number has code 0. Which code has 0.0: more, or less?",
            ("-low / scale", "low / scale"),
        ),
        edit(
            "zero point from the top",
            "Does code 0 stand for the lowest number or for the highest?",
            ("-low / scale", "high / scale"),
        ),
        edit(
            "zero point is the lowest number",
            "A zero point is a code. In which unit is the lowest number?",
            ("int(np.rint(-low / scale))", "int(np.rint(-low))"),
        ),
        edit(
            "zeros divide by zero",
            "What is the range of nothing but zeros?",
            ("if low == high:", "if False:"),
            (SPAN, "np.float64(high - low) / (2**num_bits - 1)"),
        ),
        edit(
            "the reach of the size alone",
            "The grid has two ends. Which does the range run between?",
            ("(high - low)", "max(high, -low)"),
        ),
    ),
    equivalents=(grid_by_appending, grid_by_clipping),
    hints=(
        "The lowest number gets code 0 and the highest the last code. How long is one step?",
        "Stretch the range to hold 0 first. The zero point is how many steps 0.0 lies above the lowest number.",
        "scale = (high - low) / (2**num_bits - 1); zero_point = int(np.rint(-low / scale)); zeros alone: 1.0 and 0.",
    ),
    properties=(Property("the zero point is one of the codes", zero_costs_nothing),),
    call=parts_call("scale", "zero_point"),
)

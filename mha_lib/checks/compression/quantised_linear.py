"""Exercise quantised_linear: a linear layer of integers."""

import numpy as np

from mha_lib.checks.compression.shared import codes
from mha_lib.compression.quantisation import quantised_linear as library_quantised_linear
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.exercise import Exercise, Probe, Property

WHICH_SCALE = "Which row of codes makes output number 2, and whose scale is that?"
EIGHT_BITS = "What is 100 * 2 in eight bits with a sign?"


def quantised_linear(x_codes, x_scale, x_zero_point, w_codes, w_scales):
    """Return what a linear layer makes of codes, the products among integers."""
    centred = x_codes.astype(np.int64) - x_zero_point
    sums = centred @ w_codes.astype(np.int64).T
    return x_scale * w_scales.T * sums


def product_by_correction(x_codes, x_scale, x_zero_point, w_codes, w_scales):
    """Return the same: the zero point's share subtracted from the sums of raw codes."""
    sums = x_codes.astype(int) @ w_codes.astype(int).T - x_zero_point * w_codes.sum(axis=1, dtype=int)
    return sums * (x_scale * w_scales[:, 0])


def product_of_numbers(x_codes, x_scale, x_zero_point, w_codes, w_scales):
    """Return the same from the numbers that the codes stand for."""
    return x_scale * (x_codes.astype(float) - x_zero_point) @ (w_scales * w_codes.astype(float)).T


def product_probes(rng):
    """Return codes and scales: the worked example, one row, square with unlike scales, ragged."""
    scales = [np.array([[0.02], [0.5], [0.1]]), np.array([[0.03], [0.2], [0.01], [0.4]])]
    return [
        Probe(
            "the worked example", (np.uint8([[3, 0]]), 0.5, 1, np.int8([[100, 20], [1, 1]]), np.array([[0.1], [2.0]]))
        ),
        Probe("one row, one output", (codes(rng, 1, 3, kind=np.uint8), 0.1, 130, codes(rng, 1, 3), np.array([[0.02]]))),
        Probe("3 rows, 3 inputs, 3 outputs", (codes(rng, 3, 3, kind=np.uint8), 0.05, 97, codes(rng, 3, 3), scales[0])),
        Probe("2 rows, 5 inputs, 4 outputs", (codes(rng, 2, 5, kind=np.uint8), 0.05, 41, codes(rng, 4, 5), scales[1])),
        Probe("5 rows, 6 inputs, 3 outputs", (codes(rng, 5, 6, kind=np.uint8), 0.02, 200, codes(rng, 3, 6), scales[0])),
    ]


def zeros_give_zeros(output, x_codes, x_scale, x_zero_point, w_codes, w_scales):
    """Return whether there is a row for each row of codes, and a column for each output."""
    return np.shape(output) == (len(x_codes), len(w_codes))


CENTRED = "x_codes.astype(np.int64) - x_zero_point"


SUMS = "centred @ w_codes.astype(np.int64).T"


EXERCISE = Exercise(
    reference=library_quantised_linear,
    worked=quantised_linear,
    returns="what the layer puts out, floats: (n, out)",
    probes=product_probes,
    mistakes=(
        edit("multiplies in eight bits", EIGHT_BITS, (SUMS, "(centred.astype(np.int8) @ w_codes.T)")),
        edit(
            "subtracts in eight bits",
            "What is 3 - 5 in eight bits without a sign?",
            (CENTRED, "x_codes - np.uint8(x_zero_point)"),
            (SUMS, "centred.astype(np.int64) @ w_codes.astype(np.int64).T"),
        ),
        edit("zero point forgotten", "What does code 0 of x stand for?", (f"{CENTRED}", "x_codes.astype(np.int64)")),
        edit("zero point added", "x = scale * (code - zero_point).", ("- x_zero_point", "+ x_zero_point")),
        edit(
            "zero point subtracted from the sums",
            "How often does the zero point stand in a sum over c, and times what?",
            (CENTRED, "x_codes.astype(np.int64)"),
            (SUMS, f"{SUMS} - x_zero_point"),
        ),
        edit(
            "zero point times the wrong sum of codes",
            "Over which axis of w_codes does one output's sum run?",
            (CENTRED, "x_codes.astype(np.int64)"),
            (SUMS, f"{SUMS} - x_zero_point * w_codes.sum(dtype=int)"),
        ),
        edit("one scale for all outputs", WHICH_SCALE, ("w_scales.T", "w_scales.max()")),
        edit("weights never scaled", WHICH_SCALE, (" * w_scales.T", "")),
        edit(
            "inputs never scaled",
            "Two numbers are multiplied, each with a scale of its own. Where is the other?",
            ("x_scale * ", ""),
        ),
        edit(
            "divides by the scales",
            "Which way: from codes to numbers, or back?",
            ("x_scale * w_scales.T * sums", "sums / (x_scale * w_scales.T)"),
        ),
        edit(
            "outputs rounded",
            "Is what comes out a code or a number?",
            ("x_scale * w_scales.T * sums", "np.rint(x_scale * w_scales.T * sums)"),
        ),
        edit(
            "scales the zero point too",
            "A zero point is a code. Which unit has it?",
            ("- x_zero_point", "- x_zero_point * x_scale"),
        ),
    ),
    equivalents=(product_by_correction, product_of_numbers),
    hints=(
        "Write out one output as a sum over c and put all that does not depend on c in front.",
        "Inside stand only integers: (x_codes - x_zero_point) times w_codes. Make them wide before you multiply.",
        "x_scale * w_scales.T * ((x_codes.astype(int) - x_zero_point) @ w_codes.astype(int).T)",
    ),
    properties=(Property("there is a row for each row of codes and a column for each output", zeros_give_zeros),),
)

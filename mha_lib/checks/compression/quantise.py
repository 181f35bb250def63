"""Exercise quantise: quantise."""

import numpy as np

from mha_lib.compression.quantisation import quantise as library_quantise
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.exercise import Exercise, Probe, Property

NEAREST = "Which code is nearest to 0.6 steps, and which to -0.6 steps?"
ORDER = "Clip codes or numbers? Where on the grid do the ends lie: before the zero point is added, or after?"


def quantise(x, scale, zero_point, lowest, highest):
    """Return the nearest codes, clipped."""
    codes = np.rint(x / scale) + zero_point
    return np.clip(codes, lowest, highest).astype(int)


def quantise_by_clipping_numbers(x, scale, zero_point, lowest, highest):
    """Return the same: numbers clipped to what the two ends stand for, and then rounded."""
    ends = (lowest - zero_point) * scale, (highest - zero_point) * scale
    return np.around(np.minimum(np.maximum(x, ends[0]), ends[1]) / scale).astype(np.int64) + zero_point


def quantise_by_search(x, scale, zero_point, lowest, highest):
    """Return the same: of all codes the one whose number is nearest."""
    codes = np.arange(lowest, highest + 1)
    return codes[np.abs(x[..., None] - scale * (codes - zero_point)).argmin(-1)]


def quantise_probes(rng):
    """Return numbers and grids: the worked example, both ends passed, symmetric, one number, nothing half-way."""
    return [
        Probe("the worked example", (np.array([-1.0, 0.0, 0.6, 2.0, 9.0]), 1.0, 1, 0, 3)),
        Probe("a symmetric grid", (off_grid(rng, (3, 3), 0.25), 0.25, 0, -7, 7)),
        Probe("one number", (np.array([[-0.9]]), 0.5, 3, 0, 15)),
        Probe("4 bits, numbers beyond both ends", (off_grid(rng, (4, 5), 0.2, 14), 0.2, 5, 0, 15)),
        Probe("8 bits with a sign", (off_grid(rng, (2, 6), 0.01, 150), 0.01, -20, -128, 127)),
    ]


def off_grid(rng, shape, scale, steps=9):
    """Return numbers up to some steps from 0, each at least a tenth of a step from a half, the ends among them."""
    whole = rng.integers(-steps, steps + 1, shape)
    whole.flat[0], whole.flat[-1] = -steps, steps
    return scale * (whole + rng.choice([-0.4, -0.3, -0.2, 0.2, 0.3, 0.4], shape))


def codes_are_in_range(codes, x, scale, zero_point, lowest, highest):
    """Return whether all codes are whole and lie between the ends."""
    codes = np.asarray(codes)
    return bool(np.all((codes >= lowest) & (codes <= highest) & (codes == np.rint(codes))))


ROUND = "np.rint(x / scale)"


CLIP = "np.clip(codes, lowest, highest)"


EXERCISE = Exercise(
    reference=library_quantise,
    worked=quantise,
    returns="codes, integers from lowest to highest, in the shape of x",
    probes=quantise_probes,
    mistakes=(
        edit("rounds down", NEAREST, (ROUND, "np.floor(x / scale)")),
        edit("cuts off the fraction", NEAREST, (ROUND, "np.trunc(x / scale)")),
        edit("rounds up", NEAREST, (ROUND, "np.ceil(x / scale)")),
        edit(
            "zero point forgotten", "Which code has 0.0? Is it the one that you return for it?", (" + zero_point", "")
        ),
        edit(
            "zero point subtracted",
            "x = scale * (code - zero_point). Solve for the code.",
            (" + zero_point", " - zero_point"),
        ),
        edit(
            "clips before the zero point is added",
            ORDER,
            (f"{ROUND} + zero_point", ROUND),
            (f"{CLIP}.astype(int)", f"{CLIP}.astype(int) + zero_point"),
        ),
        edit(
            "does not clip",
            "What is the largest code, and what do you return for a number far beyond it?",
            (CLIP, "codes"),
        ),
        edit("clips above alone", "A grid has two ends.", (CLIP, "np.minimum(codes, highest)")),
        edit("clips below alone", "A grid has two ends.", (CLIP, "np.maximum(codes, lowest)")),
        edit("clips numbers instead of codes", ORDER, (ROUND, "np.rint(np.clip(x, lowest, highest) / scale)")),
        edit("multiplies by the scale", "A step is `scale` long. How many steps is x?", ("x / scale", "x * scale")),
        edit(
            "runs over at the end",
            "What should a number just beyond the last code become: the last code, or the first?",
            (CLIP, "((codes - lowest) % (highest - lowest + 1) + lowest)"),
        ),
    ),
    equivalents=(quantise_by_clipping_numbers, quantise_by_search),
    hints=(
        "How many steps is x from 0.0, rounded? And which code does counting start from?",
        "Divide, round to the nearest, add the zero point, and only then clip.",
        "np.clip(np.rint(x / scale) + zero_point, lowest, highest).astype(int)",
    ),
    properties=(Property("all codes are whole and lie from lowest to highest", codes_are_in_range),),
)

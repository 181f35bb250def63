"""Exercises of chapter 17: importance of heads, their removal, a grid, codes and mutants, integer products, lessons."""

import numpy as np
import torch
import torch.nn.functional as F

from mha_lib.checks.cost import parts_call
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.diagnosis.exposure import Exposure, misses
from mha_lib.diagnosis.tensors import tensor_call
from mha_lib.distillation import distillation_loss as library_distillation_loss
from mha_lib.importance import head_importance as library_head_importance
from mha_lib.pruning import keep_heads as library_keep_heads
from mha_lib.quantisation import affine_grid as library_affine_grid
from mha_lib.quantisation import quantise as library_quantise
from mha_lib.quantisation import quantised_linear as library_quantised_linear

ONE_GATE = "One gate multiplies all that a head reads in a sentence. How many slopes has a sentence a head?"
CANCEL = "A head helps one sentence by 3 and hurts another by 3. Is it unimportant?"
LAYOUT = "Write the packed rows of 2 heads of width 1 in a column: q0 q1 k0 k1 v0 v1. Which are head 1's?"
HOW_MANY_STEPS = "2**num_bits codes in a row: how many steps are there between them?"
NEAREST = "Which code is nearest to 0.6 steps, and which to -0.6 steps?"
ORDER = "Clip codes or numbers? Where on the grid do the ends lie: before the zero point is added, or after?"
WHICH_SCALE = "Which row of codes makes output number 2, and whose scale is that?"
EIGHT_BITS = "What is 100 * 2 in eight bits with a sign?"
SQUARED = "By what does the temperature shrink the slopes of the soft loss, and how often?"
ONE_MEAN = "A divergence is a sum over the classes. What is the mean over?"


def head_importance(read, gradients):
    """Return the mean over the sequences of the size of each head's slope."""
    slopes = (read * gradients).sum(axis=(1, 3))
    return np.abs(slopes).mean(axis=0)


def importance_by_einsum(read, gradients):
    """Return the same, the axes named."""
    return np.abs(np.einsum("bnhd,bnhd->bh", read, gradients)).mean(0)


def importance_by_loop(read, gradients):
    """Return the same, sequence by sequence and head by head."""
    b, _, h, _ = read.shape
    slopes = [[abs(np.vdot(read[i, :, j], gradients[i, :, j])) for j in range(h)] for i in range(b)]
    return np.sum(slopes, axis=0) / b


def importance_probes(rng):
    """Return reads and gradients: two slopes that cancel, ragged sizes, square, one sequence."""
    small = np.array([[[[1.0], [2.0]]], [[[1.0], [1.0]]]]), np.array([[[[3.0], [0.5]]], [[[-3.0], [1.0]]]])
    return [
        Probe("the worked example", small),
        Probe("one sequence of 3 tokens", (draw(rng, 1, 3, 2, 4), draw(rng, 1, 3, 2, 4))),
        Probe("3 of each size", (draw(rng, 3, 3, 3, 3), draw(rng, 3, 3, 3, 3))),
        Probe("5 sequences of 3 tokens, 4 heads of width 2", (draw(rng, 5, 3, 4, 2), draw(rng, 5, 3, 4, 2))),
        Probe("2 sequences of 4 tokens, 3 heads of width 5", (draw(rng, 2, 4, 3, 5), draw(rng, 2, 4, 3, 5))),
    ]


def none_is_negative(importance, read, gradients):
    """Return whether every importance is at least 0."""
    return bool(np.all(np.asarray(importance) >= 0))


SLOPES = "(read * gradients).sum(axis=(1, 3))"
SIZES = "np.abs(slopes).mean(axis=0)"

HEAD_IMPORTANCE = Exercise(
    reference=library_head_importance,
    worked=head_importance,
    returns="how important each head is: (h,)",
    probes=importance_probes,
    mistakes=(
        edit("the mean before the size", CANCEL, (SIZES, "np.abs(slopes.mean(axis=0))")),
        edit("no size", CANCEL, (SIZES, "slopes.mean(axis=0)")),
        edit("the size before the sum", ONE_GATE, (SLOPES, "np.abs(read * gradients).sum(axis=(1, 3))")),
        edit("one gate a token", ONE_GATE, (SLOPES, "np.abs((read * gradients).sum(axis=3)).sum(axis=1)")),
        edit("one gate a column", ONE_GATE, (SLOPES, "np.abs((read * gradients).sum(axis=1)).sum(axis=-1)")),
        edit(
            "the gradient alone",
            "A head that reads zeros has a gradient too. What does closing its gate change?",
            ("read * gradients", "gradients"),
        ),
        edit(
            "what is read alone",
            "A head may read much that nobody uses. Who says whether it matters?",
            ("read * gradients", "read"),
        ),
        edit(
            "sums over the heads",
            "Which axis must be left at the end: tokens or heads?",
            ("axis=(1, 3)", "axis=(2, 3)"),
        ),
        edit(
            "the mean over the tokens",
            "A gate stands before all tokens. Sum or mean?",
            (SLOPES, f"{SLOPES} / read.shape[1]"),
        ),
        edit(
            "the sum over the sequences",
            "Twice as many sentences: is a head twice as important?",
            (".mean(axis=0)", ".sum(axis=0)"),
        ),
        edit(
            "the root of the mean square",
            "The statement has a mean of sizes. Is that a root of squares?",
            (SIZES, "np.sqrt((slopes**2).mean(axis=0))"),
        ),
    ),
    equivalents=(importance_by_einsum, importance_by_loop),
    hints=(
        "First one number for each sentence and head, its slope. Then the size. Then the mean over the sentences.",
        "read * gradients is (b, n, h, d). Which two axes does one gate act on?",
        "slopes = (read * gradients).sum(axis=(1, 3)), and then np.abs(slopes) averaged over its first axis.",
    ),
    properties=(Property("no importance is negative", none_is_negative),),
)


def keep_heads(w_qkv, num_heads, kept):
    """Return the rows of q, then of k, then of v, of the heads that stay."""
    d_head = len(w_qkv) // (3 * num_heads)
    apart = w_qkv.reshape(3, num_heads, d_head, -1)
    return apart[:, kept].reshape(3 * len(kept) * d_head, -1)


def keep_by_numbers(w_qkv, num_heads, kept):
    """Return the same by the numbers of the rows."""
    rows = np.arange(len(w_qkv)).reshape(3, num_heads, -1)[:, list(kept)]
    return w_qkv[rows.ravel()]


def keep_by_slices(w_qkv, num_heads, kept):
    """Return the same, block by block and slice by slice."""
    d = len(w_qkv) // 3 // num_heads
    return np.concatenate([part[head * d : (head + 1) * d] for part in np.split(w_qkv, 3) for head in kept])


def keep_probes(rng):
    """Return packed matrices: the worked example, ragged, square, one head of one."""
    return [
        Probe("the worked example", (np.array([[1.0], [2.0], [3.0], [4.0], [5.0], [6.0]]), 2, [1])),
        Probe("the one head of one", (draw(rng, 6, 4), 1, [0])),
        Probe("a square matrix of 3 heads", (draw(rng, 9, 9), 3, [0, 2])),
        Probe("3 of 4 heads of width 2", (draw(rng, 24, 5), 4, [0, 1, 3])),
        Probe("2 of 5 heads of width 3", (draw(rng, 45, 4), 5, [1, 4])),
    ]


def rows_of_the_matrix(rows, w_qkv, num_heads, kept):
    """Return whether every row returned is a row of the matrix."""
    given = {tuple(row) for row in w_qkv}
    return np.ndim(rows) == 2 and all(tuple(row) in given for row in rows)


APART = "w_qkv.reshape(3, num_heads, d_head, -1)"
KEPT = "apart[:, kept].reshape(3 * len(kept) * d_head, -1)"

KEEP_HEADS = Exercise(
    reference=library_keep_heads,
    worked=keep_heads,
    returns="the rows that stay: (3 * len(kept) * d, d_model)",
    probes=keep_probes,
    mistakes=(
        edit(
            "the heads outside, q, k and v inside",
            LAYOUT,
            (APART, "w_qkv.reshape(num_heads, 3, d_head, -1)"),
            ("apart[:, kept]", "apart[kept]"),
        ),
        edit(
            "columns of heads shuffled like cards",
            "Are a head's rows neighbours, or every num_heads-th row?",
            (APART, "w_qkv.reshape(3, d_head, num_heads, -1)"),
            ("apart[:, kept]", "apart[:, :, kept]"),
        ),
        edit(
            "queries alone",
            "A head has three projections. Which two are missing?",
            (KEPT, "apart[0, kept].reshape(len(kept) * d_head, -1)"),
        ),
        edit(
            "q, k and v of each head together",
            LAYOUT,
            ("apart[:, kept]", "apart[:, kept].swapaxes(0, 1)"),
        ),
        edit(
            "removes what should stay",
            "Read the argument's name aloud.",
            (
                "apart[:, kept].reshape(3 * len(kept)",
                "np.delete(apart, kept, axis=1).reshape(3 * (num_heads - len(kept))",
            ),
        ),
        edit(
            "the first heads, whichever are wanted",
            "Which heads did the caller name?",
            ("apart[:, kept]", "apart[:, : len(kept)]"),
        ),
        edit(
            "one row a head",
            "How many rows has a head of width 2 in each block?",
            (KEPT, "apart[:, kept, 0].reshape(3 * len(kept), -1)"),
        ),
        edit(
            "zeros where heads were",
            "Is the matrix smaller afterwards?",
            (KEPT, "(apart * np.isin(np.arange(num_heads), kept)[None, :, None, None]).reshape(len(w_qkv), -1)"),
        ),
        edit(
            "heads counted from 1",
            "What is the first head's number?",
            ("apart[:, kept]", "apart[:, np.array(kept) - 1]"),
        ),
    ),
    equivalents=(keep_by_numbers, keep_by_slices),
    hints=(
        "The rows come in three blocks, q, k and v. In each the heads stand one below another, d rows each.",
        "Give the rows axes of their own: (3, num_heads, d, d_model). Along which one do you choose?",
        "w_qkv.reshape(3, num_heads, d, -1)[:, kept], and then the three first axes made one again.",
    ),
    properties=(Property("every row of yours is a row of the matrix", rows_of_the_matrix),),
)


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
AFFINE_GRID = Exercise(
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
QUANTISE = Exercise(
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


def expose_quantise():
    """Return (x, scale, zero_point, lowest, highest) on which every broken version of quantise gives itself away."""
    return np.array([0.6, -0.6, 90.0, -90.0, 2.0]), 0.5, 3, -4, 11


def expose_in_rows():
    """Return the same with two rows and another grid."""
    return np.array([[0.3, -0.7, 60.0], [-60.0, 2.2, -1.1]]), 0.25, -5, -20, 17


def positive_and_mild():
    """Return numbers above 0 that stay within the grid."""
    return np.array([0.6, 1.7, 3.2]), 0.5, 3, 0, 15


def nearly_on_the_grid_below():
    """Return numbers whose nearest code is the one below."""
    return np.array([0.55, 1.6, 90.0, -90.0]), 0.5, 3, 0, 11


def without_zero_point():
    """Return a grid whose zero point is 0."""
    return np.array([0.6, -0.6, 90.0, -90.0, 2.3]), 0.5, 0, -4, 11


def only_too_high():
    """Return numbers of which none lies below the grid."""
    return np.array([0.6, -0.6, 90.0, 2.3]), 0.5, 3, -4, 11


def only_too_low():
    """Return numbers of which none lies above the grid."""
    return np.array([0.6, -0.6, -90.0, 2.3]), 0.5, 3, -4, 11


def steps_of_one():
    """Return a grid with steps of 1."""
    return np.array([0.6, -0.6, 90.0, -90.0, 2.3]), 1.0, 3, -4, 11


def known(exercise, name):
    """Return the hint of an exercise's mistake."""
    return next(mistake.hint for mistake in exercise.mistakes if mistake.name == name)


def survivor(name, function):
    """Return the mistake of writing an input that one mutant survives."""
    return misses(name, known(QUANTISE, name), function)


EXPOSE_QUANTISE = Exposure(
    reference=expose_quantise,
    target=QUANTISE,
    returns="a tuple (x, scale, zero_point, lowest, highest)",
    mistakes=(
        survivor("rounds down", nearly_on_the_grid_below),
        survivor("zero point forgotten", without_zero_point),
        survivor("clips above alone", only_too_high),
        survivor("clips below alone", only_too_low),
        survivor("multiplies by the scale", steps_of_one),
        survivor("does not clip", positive_and_mild),
    ),
    equivalents=(expose_in_rows,),
    hints=(
        "For each broken version: on which number would it and a right one disagree?",
        "You need a number off the grid, a zero point, a step that is not 1, and numbers beyond both ends.",
        "np.array([0.6, -0.6, 90.0, -90.0]) on a grid with steps of 0.5 and zero point 3 comes close.",
    ),
)


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


def codes(rng, *shape, kind=np.int8):
    """Return codes large enough for their products to run over in eight bits."""
    lowest, highest = (-127, 128) if kind is np.int8 else (0, 256)
    return rng.integers(lowest, highest, shape).astype(kind)


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
QUANTISED_LINEAR = Exercise(
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


def distillation_loss(student_scores, teacher_scores, labels, temperature, share):
    """Return the soft and the hard loss, weighed."""
    teacher = (teacher_scores.detach() / temperature).softmax(dim=-1)
    log_student = (student_scores / temperature).log_softmax(dim=-1)
    soft = (teacher * (teacher.log() - log_student)).sum(dim=-1).mean()
    hard = F.cross_entropy(student_scores, labels)
    return share * temperature**2 * soft + (1 - share) * hard


def distillation_by_kl_div(student_scores, teacher_scores, labels, temperature, share):
    """Return the same with PyTorch's divergence, which takes logarithms first and the target second."""
    teacher = F.log_softmax(teacher_scores.detach() / temperature, dim=1)
    student = F.log_softmax(student_scores / temperature, dim=1)
    soft = F.kl_div(student, teacher, reduction="batchmean", log_target=True)
    return torch.lerp(F.cross_entropy(student_scores, labels), temperature**2 * soft, share)


def distillation_row_by_row(student_scores, teacher_scores, labels, temperature, share):
    """Return the same, one row at a time: cross-entropy less the teacher's entropy."""
    total = 0.0
    for student, teacher, label in zip(student_scores, teacher_scores.detach(), labels, strict=True):
        p = (teacher / temperature).softmax(0)
        soft = -(p * (student / temperature).log_softmax(0)).sum() + (p * p.log()).sum()
        total = total + share * temperature * temperature * soft - (1 - share) * student.log_softmax(0)[label]
    return total / len(labels)


def lesson_probes(rng):
    """Return scores and labels: the worked example, one row, square, ragged; temperatures other than 1."""

    def lesson(b, v, temperature, share):
        return draw(rng, b, v), draw(rng, b, v), rng.integers(0, v, b), temperature, share

    return [
        Probe("the worked example", (np.zeros((1, 2)), np.array([[2 * np.log(3.0), 0.0]]), np.array([0]), 2.0, 0.5)),
        Probe("one row of 5 classes", lesson(1, 5, 3.0, 0.25)),
        Probe("4 rows of 4 classes", lesson(4, 4, 0.5, 0.7)),
        Probe("the teacher alone", lesson(3, 4, 1.5, 1.0)),
        Probe("5 rows of 3 classes", lesson(5, 3, 2.0, 0.3)),
        Probe("3 rows of 6 classes", lesson(3, 6, 4.0, 0.6)),
    ]


TEACHER = "(teacher_scores.detach() / temperature).softmax(dim=-1)"
STUDENT = "(student_scores / temperature).log_softmax(dim=-1)"
SOFT = "(teacher * (teacher.log() - log_student)).sum(dim=-1).mean()"
TOTAL = "share * temperature**2 * soft + (1 - share) * hard"

DISTILLATION_LOSS = Exercise(
    reference=library_distillation_loss,
    worked=distillation_loss,
    returns="the loss, a tensor with one number",
    probes=lesson_probes,
    mistakes=(
        edit("no factor for the temperature", SQUARED, ("temperature**2 * ", "")),
        edit("the factor not squared", SQUARED, ("temperature**2", "temperature")),
        edit(
            "the factor for the labels too",
            "At which temperature are the labels asked?",
            (TOTAL, "temperature**2 * (share * soft + (1 - share) * hard)"),
        ),
        edit(
            "the teacher at temperature 1",
            "Two distributions are compared. Is one of them softer?",
            ("teacher_scores.detach() / temperature", "teacher_scores.detach()"),
        ),
        edit(
            "the student at temperature 1",
            "Two distributions are compared. Is one of them softer?",
            ("log_student = (student_scores / temperature)", "log_student = student_scores"),
        ),
        edit(
            "the temperature multiplies",
            "Should a higher temperature make the targets softer or harder?",
            (" / temperature)", " * temperature)"),
        ),
        edit(
            "the labels at the temperature too",
            "At which temperature will the student be used?",
            ("F.cross_entropy(student_scores, labels)", "F.cross_entropy(student_scores / temperature, labels)"),
        ),
        edit(
            "the divergence the other way",
            "Whose probabilities weigh the logarithms: those of who knows, or of who learns?",
            (SOFT, "(log_student.exp() * (log_student - teacher.log())).sum(dim=-1).mean()"),
        ),
        edit(
            "cross-entropy without the teacher's entropy taken off",
            "What is a divergence from a distribution to itself?",
            ("(teacher.log() - log_student)", "-log_student"),
        ),
        edit("the mean over classes too", ONE_MEAN, (".sum(dim=-1).mean()", ".mean()")),
        edit("the sum over the rows", ONE_MEAN, (".sum(dim=-1).mean()", ".sum()")),
        edit(
            "softmax over the rows",
            "Between what does a row's probability divide: classes, or rows?",
            (".softmax(dim=-1)", ".softmax(dim=0)"),
            (".log_softmax(dim=-1)", ".log_softmax(dim=0)"),
        ),
        edit(
            "the shares swapped",
            "Share 1 is the teacher alone. What is left of the labels then?",
            (TOTAL, "(1 - share) * temperature**2 * soft + share * hard"),
        ),
        edit(
            "the teacher learns too",
            "Whose scores should the gradient change?",
            ("teacher_scores.detach()", "teacher_scores"),
        ),
        edit(
            "logarithms forgotten",
            "A divergence compares logarithms. Which of yours are probabilities?",
            (".log_softmax(", ".softmax("),
        ),
    ),
    equivalents=(distillation_by_kl_div, distillation_row_by_row),
    hints=(
        "Two losses, one against the teacher's softened probabilities, one against the labels, and a weight between.",
        "Divide both models' scores by the temperature. p log(p / q): sum over classes, mean over rows, times T * T.",
        "F.kl_div(log_student, teacher, reduction='batchmean') * temperature**2, and F.cross_entropy for the labels.",
    ),
    call=tensor_call("student_scores", "teacher_scores"),
)

EXERCISES = (
    HEAD_IMPORTANCE,
    KEEP_HEADS,
    AFFINE_GRID,
    QUANTISE,
    EXPOSE_QUANTISE,
    QUANTISED_LINEAR,
    DISTILLATION_LOSS,
)

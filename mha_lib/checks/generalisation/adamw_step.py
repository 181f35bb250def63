"""Exercise adamw_step: a step of AdamW."""

import math

import numpy as np

from mha_lib.diagnosis.broken import edit, rewrite
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe
from mha_lib.diagnosis.parts import parts_call
from mha_lib.generalisation import regularisation

APART = "In AdamW the decay never meets the gradient. Does yours pass through the moments?"
SHARE = "A weight of 2 and a weight of 4 lose the same share of themselves. And in yours?"
OLD_WEIGHT = "Which weight is decayed, the one before the step or the one after it?"
START = "The moments start at 0. What is the mean after one step, if the gradient is 5?"
FROM_ONE = "How many gradients are in the moments at step 1, and what is 1 - beta ** step then?"
SQUARES = "Adam divides by the root of the mean of what?"


STEPPED = parts_call("w", "first", "second")


def adamw_step(w, gradient, first, second, step, rate, decay, beta_1=0.9, beta_2=0.999, eps=1e-8):
    """Return (w, first, second) after one step of AdamW."""
    first = beta_1 * first + (1 - beta_1) * gradient
    second = beta_2 * second + (1 - beta_2) * gradient**2
    mean, square = first / (1 - beta_1**step), second / (1 - beta_2**step)
    adaptive = mean / (np.sqrt(square) + eps)
    return w - rate * (adaptive + decay * w), first, second


def adamw_as_in_torch(w, gradient, first, second, step, rate, decay, beta_1=0.9, beta_2=0.999, eps=1e-8):
    """Return the same in PyTorch's order: first the decay, then the step; moments by interpolation."""
    shrunk = w * (1 - rate * decay)
    first = first + (gradient - first) * (1 - beta_1)
    second = beta_2 * second + (1 - beta_2) * gradient * gradient
    size = rate / (1 - beta_1**step)
    return shrunk - size * first / (np.sqrt(second) / math.sqrt(1 - beta_2**step) + eps), first, second


def adamw_by_loop(w, gradient, first, second, step, rate, decay, beta_1=0.9, beta_2=0.999, eps=1e-8):
    """Return the same, one weight after the other."""
    new, means, squares = (np.zeros(np.shape(w)) for _ in range(3))
    for i in np.ndindex(np.shape(w)):
        means[i] = beta_1 * first[i] + (1 - beta_1) * gradient[i]
        squares[i] = beta_2 * second[i] + (1 - beta_2) * gradient[i] ** 2
        move = means[i] / (1 - beta_1**step) / ((squares[i] / (1 - beta_2**step)) ** 0.5 + eps)
        new[i] = w[i] - rate * move - rate * decay * w[i]
    return new, means, squares


def l2_in_the_gradient(w, gradient, first, second, step, rate, decay, beta_1=0.9, beta_2=0.999, eps=1e-8):
    """Return the mistake of Adam with an L2 penalty: the decay is a part of the gradient."""
    return adamw_step(w, gradient + decay * w, first, second, step, rate, 0.0, beta_1, beta_2, eps)


def decay_after_the_step(w, gradient, first, second, step, rate, decay, beta_1=0.9, beta_2=0.999, eps=1e-8):
    """Return the mistake of decaying the weight that the step has made."""
    moved, first, second = adamw_step(w, gradient, first, second, step, rate, 0.0, beta_1, beta_2, eps)
    return moved - rate * decay * moved, first, second


def adamw_probes(rng):
    """Return one step each: the worked example, early and late ones, no gradient, a matrix, other betas."""
    two, zeros = np.array([2.0, 4.0]), np.zeros(2)
    late = draw(rng, 3), draw(rng, 3), draw(rng, 3), draw(rng, 3) ** 2
    matrix = draw(rng, 2, 2), draw(rng, 2, 2), draw(rng, 2, 2), draw(rng, 2, 2) ** 2
    single = draw(rng, 1), draw(rng, 1), draw(rng, 1), draw(rng, 1) ** 2
    other = {"beta_1": 0.5, "beta_2": 0.75, "eps": 0.5}
    return [
        Probe("the worked example", (two, np.array([5.0, -0.1]), zeros, zeros, 1, 0.1, 0.125)),
        Probe("a single weight at step 2", (*single, 2, 0.2, 0.5)),
        Probe("a 2 by 2 matrix at step 7", (*matrix, 7, 0.2, 0.25)),
        Probe("a weight without a gradient", (two, zeros, zeros, zeros, 1, 0.1, 0.5)),
        Probe("other betas and a large eps", (*late, 2, 0.5, 0.4), other),
        Probe("three weights at step 3", (*late, 3, 0.25, 0.5)),
    ]


EXERCISE = Exercise(
    reference=regularisation.adamw_step,
    worked=adamw_step,
    returns="a tuple (w, first, second), each of the shape of w",
    probes=adamw_probes,
    call=STEPPED,
    mistakes=(
        rewrite("adds the decay to the gradient", APART, l2_in_the_gradient),
        rewrite("decays the weight after the step", OLD_WEIGHT, decay_after_the_step),
        edit("no decay", "What becomes of a weight whose gradient is 0?", ("adaptive + decay * w", "adaptive")),
        edit(
            "decay without the learning rate",
            "What does a smaller rate do to the decay?",
            *[
                ("w - rate * (adaptive + decay * w)", "w - rate * adaptive - decay * w"),
            ],
        ),
        edit("grows the weights", "Towards what should a weight decay?", ("+ decay * w", "- decay * w")),
        edit("decays each weight by the same amount", SHARE, ("decay * w", "decay * np.sign(w)")),
        edit("no correction of the moments", START, (" / (1 - beta_1**step)", ""), (" / (1 - beta_2**step)", "")),
        edit("counts steps from 0", FROM_ONE, ("**step", "**(step + 1)")),
        edit("no squares in the second moment", SQUARES, ("gradient**2", "np.abs(gradient)")),
        edit("no root", SQUARES, ("np.sqrt(square)", "square")),
        edit(
            "eps inside the root",
            "With eps = 0.5 and a square of 0: is the divisor 0.5, or its root?",
            ("np.sqrt(square) + eps", "np.sqrt(square + eps)"),
        ),
        edit(
            "the betas exchanged",
            "Which moment has the longer memory?",
            *[
                ("(1 - beta_1)", "(1 - beta_one)"),
                ("(1 - beta_2)", "(1 - beta_1)"),
                ("(1 - beta_one)", "(1 - beta_2)"),
                ("beta_1 * first", "beta_one * first"),
                ("beta_2 * second", "beta_1 * second"),
                ("beta_one * first", "beta_2 * first"),
            ],
        ),
    ),
    equivalents=(adamw_as_in_torch, adamw_by_loop),
    hints=(
        "Two things move a weight: Adam's step, made of gradients alone, and the decay, made of the weight alone.",
        "Moments, then their corrections by 1 - beta ** step, then mean / (root of square + eps).",
        "Last line: w - rate * (mean / (np.sqrt(square) + eps) + decay * w), with the old w.",
    ),
)

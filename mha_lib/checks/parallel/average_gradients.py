"""Exercise average_gradients: average gradients."""

import numpy as np

from mha_lib.diagnosis.broken import edit, rewrite
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.parallel.shares import average_gradients

WHOSE = "One process has 3 examples, another 1. How many examples speak through each gradient?"


def written_average(gradients, counts):
    """Return the gradient of the whole batch."""
    total = counts.sum()
    whole = np.zeros(gradients.shape[1:])
    for gradient, count in zip(gradients, counts, strict=True):
        if count > 0:
            whole = whole + gradient * (count / total)
    return whole


def average_by_numpy(gradients, counts):
    """Return the same by NumPy's weighted average, empty shares left out."""
    kept = counts > 0
    return np.average(gradients[kept], axis=0, weights=counts[kept])


def average_example_by_example(gradients, counts):
    """Return the same, each share's gradient repeated once for each of its examples."""
    return np.repeat(gradients, counts, axis=0).mean(axis=0)


def average_along_the_numbers(gradients, counts):
    """Return sums along the wrong axis."""
    return (gradients * (counts / counts.sum())).sum(axis=-1)


def gradient_probes(rng):
    """Return gradients and counts: by hand, alone, square, equal, a matrix, an empty share with NaN, unequal."""
    empty = draw(rng, 3, 4)
    empty[1] = np.nan
    return [
        Probe("the worked example", (np.array([[4.0, 0.0], [8.0, 4.0]]), np.array([3, 1]))),
        Probe("one process alone", (draw(rng, 1, 3), np.array([5]))),
        Probe("4 processes, gradients of 4 numbers", (draw(rng, 4, 4), np.array([2, 7, 1, 4]))),
        Probe("equal shares", (draw(rng, 3, 2), np.array([6, 6, 6]))),
        Probe("gradients of a matrix", (draw(rng, 2, 3, 5), np.array([9, 2]))),
        Probe("a process without examples, its gradient NaN", (empty, np.array([3, 0, 8]))),
        Probe("5 unequal shares", (draw(rng, 5, 3), np.array([1, 12, 3, 7, 2]))),
    ]


def between_the_shares(whole, gradients, counts):
    """Return whether each number lies between the smallest and the largest of the shares that have examples."""
    kept = gradients[counts > 0]
    return bool(np.all((whole >= kept.min(axis=0) - 1e-9) & (whole <= kept.max(axis=0) + 1e-9)))


SHARE = "(count / total)"


EXERCISE = Exercise(
    reference=average_gradients,
    worked=written_average,
    returns="the gradient of the whole batch, shaped as that of one process",
    probes=gradient_probes,
    mistakes=(
        edit("takes the mean of the means", WHOSE, (SHARE, "(1 / len(counts))")),
        edit(
            "takes the mean of the means that are there",
            WHOSE,
            (SHARE, "(1 / np.count_nonzero(counts))"),
        ),
        edit(
            "adds up and does not divide",
            "With twice as many processes, should the step be twice as long?",
            (SHARE, "1.0"),
        ),
        edit("divides by nothing", "You weigh by counts. What must the weights sum to?", (SHARE, "count")),
        edit(
            "divides by the number of processes",
            "You weigh by counts. What must the weights sum to?",
            (SHARE, "(count / len(counts))"),
        ),
        edit("divides by the largest count", "What must the weights sum to?", (SHARE, "(count / counts.max())")),
        edit(
            "divides whole numbers",
            "What is 3 // 4?",
            (SHARE, "(count // total)"),
        ),
        edit("lets an empty share speak", "What is 0 times NaN?", ("if count > 0:", "if count >= 0:")),
        rewrite(
            "adds along the numbers, not over the processes",
            "Which axis are the processes?",
            average_along_the_numbers,
        ),
    ),
    equivalents=(average_by_numpy, average_example_by_example),
    hints=(
        "Each process's gradient is a mean. Which sum was it before it was divided?",
        "count * gradient is the sum over a share. Add the sums, divide by all examples. And 0 * NaN is NaN.",
        "sum of (count / counts.sum()) * gradient over the processes whose count is not 0.",
    ),
    properties=(Property("each number lies between the smallest and the largest of the shares", between_the_shares),),
)

"""Exercise combine_partials: combine what many programs found."""

import functools

import numpy as np

from mha_lib.cost.blockwise import merge_partials, partial_output
from mha_lib.diagnosis.broken import edit, rewrite
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.gpu.measurements import combine_partials
from mha_lib.softmax import logsumexp, softmax

HEAVY = "One part holds a single faint key, another nearly all the weight. Should they count alike?"


def combine_by_softmax(outputs, log_sum_exps):
    """Return the same: a softmax over the parts, and a weighted sum."""
    nothing = np.isneginf(log_sum_exps).all(axis=0)
    shares = softmax(np.moveaxis(np.where(nothing, 0.0, log_sum_exps), 0, -1))
    return np.einsum("...s,s...e->...e", shares * ~nothing[..., None], outputs)


def combine_two_by_two(outputs, log_sum_exps):
    """Return the same by chapter 14's merge, one part after another."""
    parts = [(level, np.where(level > -np.inf, 1.0, 0.0), o) for o, level in zip(outputs, log_sum_exps, strict=True)]
    parts = [(level, one, o * one[..., None]) for level, one, o in parts]
    return partial_output(functools.reduce(merge_partials, parts))


def heaviest_part(outputs, log_sum_exps):
    """Return the output of the part with the largest sum, which forgets all the others."""
    best = log_sum_exps.argmax(axis=0)
    return np.take_along_axis(outputs, best[None, ..., None], axis=0)[0]


def parts_of(rng, sizes, *lead, width=2, shift=0.0):
    """Return outputs and log-sum-exps of attention over parts of the keys with these sizes."""
    scores = [draw(rng, *lead, size, scale=2.0) + shift for size in sizes]
    outputs = [softmax(s) @ draw(rng, size, width) for s, size in zip(scores, sizes, strict=True)]
    return np.stack(outputs).round(2), np.stack([logsumexp(s) for s in scores]).round(2)


def combine_probes(rng):
    """Return parts: by hand, square, one alone, uneven, a part without keys, a row of nothing, sums beyond float64."""
    empty, rows_empty = parts_of(rng, (4, 3, 5), 4, width=3), parts_of(rng, (2, 3), 3)
    empty[1][1], empty[0][1] = -np.inf, 0.0
    rows_empty[1][:, 1], rows_empty[0][:, 1] = -np.inf, 0.0
    return [
        Probe("the worked example", (np.array([[[10.0]], [[20.0]]]), np.log([[1.0], [3.0]]))),
        Probe("a single part", parts_of(rng, (5,), 2)),
        Probe("three parts of three queries of width three", parts_of(rng, (2, 2, 2), 3, width=3)),
        Probe("four parts, two heads", parts_of(rng, (1, 7, 2, 9), 2, 3)),
        Probe("a query that no part has a key for", rows_empty),
        Probe("a part without a visible key", empty),
        Probe("log-sum-exps near 2,000", parts_of(rng, (3, 4), 3, shift=2000.0)),
    ]


LARGEST = "np.where(np.isneginf(largest), 0.0, largest)"


EXERCISE = Exercise(
    reference=combine_partials,
    returns="the output over all keys: (..., q, e)",
    probes=combine_probes,
    mistakes=(
        edit("averages the parts evenly", HEAVY, (f"np.exp(log_sum_exps - {LARGEST})", "np.ones_like(log_sum_exps)")),
        edit(
            "weighs by the logarithms",
            "A log-sum-exp may be negative. May a share?",
            (f"np.exp(log_sum_exps - {LARGEST})", "np.where(np.isneginf(log_sum_exps), 0.0, log_sum_exps)"),
        ),
        edit(
            "exponentials without the largest taken off",
            "What is exp(2000) in float64?",
            (f"np.exp(log_sum_exps - {LARGEST})", "np.exp(log_sum_exps)"),
        ),
        edit(
            "minus infinity less minus infinity",
            "What is the largest log-sum-exp of a query that sees nothing, and what is it minus itself?",
            (f"log_sum_exps - {LARGEST}", "log_sum_exps - largest"),
        ),
        edit(
            "never divides by the total",
            "Do the shares of the parts sum to 1?",
            (" / np.where(total > 0, total, 1)[..., None]", ""),
        ),
        rewrite("takes the heaviest part alone", "What about the keys of the other parts?", heaviest_part),
        edit("takes exp2 for exp", "In which base are these logarithms?", ("np.exp(", "np.exp2(")),
        edit(
            "one total for all queries",
            "Whose sum of exponentials is it: a query's, or the head's?",
            ("shares.sum(axis=0)", "shares.sum(axis=(0, -1))[..., None]"),
        ),
    ),
    equivalents=(combine_by_softmax, combine_two_by_two),
    hints=(
        "What was each output divided by? Undo it, add, and divide by the sum of all.",
        "A part's share is exp(its log-sum-exp) over the sum of all of them: a softmax over the first axis.",
        "shares = np.exp(log_sum_exps - largest); then (shares[..., None] * outputs).sum(0) / shares.sum(0)[..., None]",
    ),
    properties=(
        Property(
            "each output lies between the smallest and the largest of the parts",
            lambda o, x, _: bool(np.all((o >= x.min(0) - 1e-6) & (o <= x.max(0) + 1e-6))),
        ),
    ),
)

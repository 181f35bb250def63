"""Exercise permutation_gap: measure it."""

import numpy as np

from mha_lib import projections as library
from mha_lib.checks.projections.self_attention import self_attention
from mha_lib.checks.projections.shared import matrices
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property


def permutation_gap(attend, x, order):
    """Return the largest difference between attending to reordered tokens and reordering what was attended to."""
    attended_last = attend(x[order])
    reordered_last = attend(x)[order]
    return np.abs(attended_last - reordered_last).max()


def permutation_gap_putting_back(attend, x, order):
    """Return the same: attend to the reordered tokens, put them back, compare with the undisturbed output."""
    return np.max(np.abs(attend(x[order])[np.argsort(order)] - attend(x)))


def permutation_gap_by_matrix(attend, x, order):
    """Return the same, with a permutation matrix."""
    p = np.eye(len(x))[order]
    return float(np.linalg.norm((attend(p @ x) - p @ attend(x)).ravel(), np.inf))


def running_sum(x):
    """Return for each token the sum of the tokens so far: the order matters."""
    return np.cumsum(x, axis=0)


def less_the_mean(x):
    """Return each token less the mean of all: the order does not matter."""
    return x - x.mean(axis=0)


def one_head(rng, d_model):
    """Return self-attention with matrices of its own."""
    w = matrices(rng, d_model, 2, 3)

    def head(x):
        return self_attention(x, *w)

    return head


def one_causal_head(rng, d_model):
    """Return self-attention that looks back only: the order matters."""
    w = matrices(rng, d_model, 2, 3)

    def causal_head(x):
        return self_attention(x, *w, np.tri(len(x), dtype=bool))

    return causal_head


def order_probes(rng):
    """Return functions of a sequence, tokens and an order; no order is its own inverse."""
    column, turn, mixed = np.array([[1.0], [2.0], [4.0]]), np.array([1, 2, 0]), np.array([2, 0, 3, 4, 1])
    return [
        Probe("the worked example", (running_sum, column, turn)),
        Probe("a running sum of negative numbers", (running_sum, -column, turn)),
        Probe("a running sum of 3 tokens of width 3", (running_sum, draw(rng, 3, 3), np.array([2, 0, 1]))),
        Probe("4 tokens less their mean", (less_the_mean, draw(rng, 4, 2), np.array([1, 3, 0, 2]))),
        Probe("a head that sees every token", (one_head(rng, 4), draw(rng, 5, 4), mixed)),
        Probe("a head that looks back only", (one_causal_head(rng, 5), draw(rng, 5, 5), mixed)),
    ]


NOT_NEGATIVE = Property("the gap is not negative", lambda gap, *args: bool(np.all(np.asarray(gap) >= 0)))


EXERCISE = Exercise(
    reference=library.permutation_gap,
    worked=permutation_gap,
    returns="one number, the largest absolute difference",
    probes=order_probes,
    mistakes=(
        edit(
            "compares with the old order",
            "Token 0 of x[order] is not token 0 of x. Which output of attend(x) belongs to it?",
            ("attend(x)[order]", "attend(x)"),
        ),
        edit(
            "reorders the output alone",
            "Both ways must reorder once: one before attending, one after. Which of yours does not?",
            ("attend(x[order])", "attend(x)"),
        ),
        edit(
            "reorders the outputs twice",
            "Both ways must reorder once: one before attending, one after. How often do yours?",
            ("attend(x)[order]", "attend(x)[order][order]"),
        ),
        edit(
            "puts back instead of reordering",
            "x[order] puts token order[0] first. What does np.argsort(order) put first?",
            ("attend(x)[order]", "attend(x)[np.argsort(order)]"),
        ),
        edit(
            "reorders the features",
            "Tokens are rows. Which axis does your index work on?",
            ("x[order]", "x[:, order]"),
            ("attend(x)[order]", "attend(x)[:, order]"),
        ),
        edit(
            "keeps the sign",
            "Is a difference of -6 smaller than one of 1? How far apart are they?",
            ("np.abs(attended_last - reordered_last)", "(attended_last - reordered_last)"),
        ),
        edit(
            "the mean, not the largest", "A single wrong token must show. What does a mean do to it?", (".max", ".mean")
        ),
        edit("the sum, not the largest", "Should twice as many tokens make a larger gap?", (".max", ".sum")),
        edit(
            "a gap for each token",
            "How many numbers are asked for?",
            (".max()", ".max(axis=-1)"),
        ),
        edit(
            "compares the largest entries",
            "Two outputs with the same largest entry may differ elsewhere. Subtract first, or take the largest first?",
            ("np.abs(attended_last - reordered_last).max()", "np.abs(attended_last.max() - reordered_last.max())"),
        ),
        edit(
            "says only whether they agree",
            "How far apart are they? A number says more than yes or no.",
            ("np.abs(attended_last - reordered_last).max()", "np.allclose(attended_last, reordered_last)"),
        ),
    ),
    equivalents=(permutation_gap_putting_back, permutation_gap_by_matrix),
    hints=(
        "Go two ways from x: reorder and then attend, or attend and then reorder. Compare where you end.",
        "x[order] reorders the tokens; attend(x)[order] reorders the outputs. Subtract one way from the other.",
        "np.abs(attend(x[order]) - attend(x)[order]).max()",
    ),
    properties=(NOT_NEGATIVE,),
)

"""Exercise best_span: the best span."""

import numpy as np

from mha_lib.bert import fine_tuning
from mha_lib.checks.bert.shared import is_forward
from mha_lib.diagnosis.broken import edit, rewrite
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property

POSSIBLE = "Which pairs (first, last) may be an answer at all? Check both ends, their order and the length."


def best_span(start_scores, end_scores, allowed, max_len):
    """Return the first and the last token of the possible span with the largest sum of scores."""
    totals = start_scores[:, None] + end_scores[None, :]
    places = np.arange(len(allowed))
    length = places[None, :] - places[:, None] + 1
    possible = allowed[:, None] & allowed[None, :] & (length >= 1) & (length <= max_len)
    best = np.where(possible, totals, -np.inf).argmax()
    return np.array(np.unravel_index(best, totals.shape))


def best_span_by_loop(start_scores, end_scores, allowed, max_len):
    """Return the same, span by span."""
    best, found = -np.inf, None
    for i in np.flatnonzero(allowed):
        for j in range(i, min(i + max_len, len(allowed))):
            if allowed[j] and start_scores[i] + end_scores[j] > best:
                best, found = start_scores[i] + end_scores[j], (i, j)
    return np.array(found)


def best_ends_alone(start_scores, end_scores, allowed, max_len):
    """Return the mistake of taking the best first and the best last token by themselves."""
    return np.array([np.where(allowed, scores, -np.inf).argmax() for scores in (start_scores, end_scores)])


def best_start_first(start_scores, end_scores, allowed, max_len):
    """Return the mistake of settling the first token before looking at the last."""
    first = np.where(allowed, start_scores, -np.inf).argmax()
    places = np.arange(len(allowed))
    possible = allowed & (places >= first) & (places < first + max_len)
    return np.array([first, np.where(possible, end_scores, -np.inf).argmax()])


def best_probes(rng):
    """Return scores: the worked example, an end before its start, temptation outside, lengths, one place, random."""
    text = np.array([False, False, True, True, True, True, False])
    start, end = np.array([9.0, 0.0, 1.0, 4.0, 2.0, 3.0, 9.0]), np.array([9.0, 1.0, 5.0, 0.0, 3.0, 2.0, 9.0])
    return [
        Probe("the worked example", (start, end, text, 3)),
        Probe("one place", (start, end, np.arange(7) == 4, 3)),
        *far_probes(np.array([4.0, 1.0, 1.0, 2.0, 1.0]), np.array([0.0, 1.0, 2.0, 1.0, 5.0])),
        *[
            Probe(f"{n} tokens, at most {most}", (draw(rng, n), draw(rng, n), np.arange(n) % 5 != 0, most))
            for n, most in ((9, 4), (12, 3), (15, 6), (21, 2), (18, 8))
        ],
        Probe("a tempting question", (np.array([8.0, 1, 2, 1]), np.array([1.0, 3, 1, 2]), np.arange(4) > 1, 4)),
        Probe("a tempting padding", (np.array([2.0, 1, 1, 7]), np.array([1.0, 2, 1, 8]), np.arange(4) < 3, 4)),
    ]


def far_probes(start, end):
    """Return probes of five places whose best end is far from the best start, under several rules."""
    everywhere = np.ones(5, dtype=bool)
    return [
        Probe("a good end too far away", (start, end, everywhere, 3)),
        Probe("the same with room for it", (start, end, everywhere, 5)),
        Probe("answers of one token alone", (start, end, everywhere, 1)),
        Probe("negative scores", (start - 7, end - 7, everywhere, 2)),
        Probe("a gap in the text", (start, end, np.array([True, False, True, True, False]), 4)),
    ]


def ends_are_allowed(span, start_scores, end_scores, allowed, max_len):
    """Return whether both ends lie in the text."""
    return bool(np.asarray(allowed)[np.asarray(span)].all())


EXERCISE = Exercise(
    reference=fine_tuning.best_span,
    worked=best_span,
    returns="the first and the last token, both inclusive: integers (2,)",
    probes=best_probes,
    mistakes=(
        rewrite("each end by itself", POSSIBLE, best_ends_alone),
        rewrite(
            "the start is settled first",
            "Could a slightly worse start have a much better end?",
            best_start_first,
        ),
        edit("an end before its start", POSSIBLE, (" & (length >= 1)", "")),
        edit(
            "an answer of one token is refused",
            "How long is a span that ends where it begins?",
            ("(length >= 1)", "(length > 1)"),
        ),
        edit("any length", POSSIBLE, (" & (length <= max_len)", "")),
        edit("one token too short", "May an answer have max_len tokens?", ("length <= max_len", "length < max_len")),
        edit(
            "one token too long",
            "How long is a span that ends where it begins?",
            ("length <= max_len", "length <= max_len + 1"),
        ),
        edit("in the question or the padding", POSSIBLE, ("allowed[:, None] & allowed[None, :] & ", "")),
        edit("only the start is checked", POSSIBLE, (" & allowed[None, :]", "")),
        edit("only the end is checked", POSSIBLE, ("allowed[:, None] & ", "")),
        edit(
            "the last token is exclusive",
            "Is the last token part of the answer, or the first one after it?",
            (
                "np.array(np.unravel_index(best, totals.shape))",
                "np.array(np.unravel_index(best, totals.shape)) + [0, 1]",
            ),
        ),
        edit(
            "scores multiplied",
            "Scores come before softmax. What does a sum of scores mean for probabilities?",
            ("start_scores[:, None] + end_scores", "start_scores[:, None] * end_scores"),
        ),
        edit(
            "rows and columns swapped",
            "In your table of sums, is a row a first token or a last one?",
            ("start_scores[:, None] + end_scores[None, :]", "start_scores[None, :] + end_scores[:, None]"),
        ),
    ),
    equivalents=(best_span_by_loop,),
    hints=(
        "Two loops, or a table: every first token against every last token, the impossible pairs taken out.",
        "length = last - first + 1 must be at least 1 and at most max_len; both ends must be allowed.",
        "np.unravel_index(np.where(possible, totals, -np.inf).argmax(), totals.shape)",
    ),
    properties=(
        Property("the end is not before the start", is_forward),
        Property("both ends lie in the text", ends_are_allowed),
    ),
)

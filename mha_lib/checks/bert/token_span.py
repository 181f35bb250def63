"""Exercise token_span: the span of an answer."""

import numpy as np

from mha_lib.bert import question_answering
from mha_lib.checks.bert.shared import is_forward, letters
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.exercise import Exercise, Probe, Property

BOUNDS = "start is the answer's first character, stop the first one after it. Which tokens share a character with it?"


ANSWERS = {  # where an answer stands in the text of `span_probes`
    "the worked example": (6, 9),
    "the first token": (0, 4),
    "the last token": (11, 19),
    "an answer of three tokens": (6, 19),
    "an answer inside of a token": (13, 17),
    "an answer that begins inside of a token": (2, 9),
    "an answer that ends inside of a token": (6, 15),
    "an answer that was cut off behind": (11, 25),
    "an answer that was cut off altogether": (30, 40),
}


def token_span(offsets, allowed, start, stop):
    """Return the first and the last token that hold a character of the answer; (0, 0) if a part of it was cut off."""
    overlaps = (offsets[:, 0] < stop) & (offsets[:, 1] > start)
    inside = np.flatnonzero(allowed & overlaps)
    if len(inside) == 0 or offsets[inside[-1], 1] < stop:
        return np.array([0, 0])
    return np.array([inside[0], inside[-1]])


def token_span_by_loop(offsets, allowed, start, stop):
    """Return the same, token by token."""
    first, last, end = 0, 0, -1
    for token, (i, j) in enumerate(offsets.tolist()):
        if allowed[token] and i < stop and j > start:
            first, last, end = first or token, token, j
    return np.array([first, last] if end >= stop else [0, 0])


def span_probes(rng):
    """Return offsets and answers: the worked example, neighbours, halves of tokens, cuts, none, long ones."""
    asked = [(0, 0), (0, 4), (4, 5), (0, 0)]  # [CLS] what ? [SEP]
    told = [(0, 4), (5, 6), (6, 9), (9, 10), (11, 19), (0, 0)]  # axis :int, optional [SEP]
    offsets = np.array([*asked, *told])
    allowed = np.array([False] * 4 + [True] * 5 + [False])
    padded = np.concatenate([offsets, np.zeros((2, 2), dtype=int)])
    longer = np.concatenate([allowed, [False, False]])
    found = [Probe(label, (offsets, allowed, *answer)) for label, answer in ANSWERS.items()]
    found.append(Probe("padding at the end", (padded, longer, 5, 10)))
    start = int(rng.integers(0, 3)) * 4
    return [*found, Probe("a row of letters", letters(12, 9, start)), Probe("a question as long", letters(9, 12, 2))]


EXERCISE = Exercise(
    reference=question_answering.token_span,
    worked=token_span,
    returns="the first and the last token, both inclusive: integers (2,)",
    probes=span_probes,
    mistakes=(
        edit(
            "the question's tokens are not left out",
            "The question has offsets as well. Into which text do they point?",
            ("allowed & overlaps", "overlaps"),
        ),
        edit("the token after the answer", BOUNDS, ("offsets[:, 0] < stop", "offsets[:, 0] <= stop")),
        edit("the token before the answer", BOUNDS, ("offsets[:, 1] > start", "offsets[:, 1] >= start")),
        edit(
            "only tokens that lie wholly inside",
            "An answer may begin in the middle of a token. Is that token part of the span?",
            ("(offsets[:, 0] < stop) & (offsets[:, 1] > start)", "(offsets[:, 0] >= start) & (offsets[:, 1] <= stop)"),
        ),
        edit(
            "the last token is exclusive",
            "Is the last token part of the answer, or the first one after it?",
            ("inside[-1]])", "inside[-1] + 1])"),
        ),
        edit(
            "one place too early",
            "[CLS] stands at place 0. Did you count it?",
            ("[inside[0], inside[-1]]", "[inside[0] - 1, inside[-1] - 1]"),
        ),
        edit(
            "counted from the beginning of the context",
            "The encoder reads question and context in one row. From where are places counted?",
            ("[inside[0], inside[-1]]", "inside[[0, -1]] - np.flatnonzero(allowed)[0]"),
        ),
        edit(
            "half an answer where the rest was cut off",
            "If the end of the answer is gone, is what is left the answer?",
            (" or offsets[inside[-1], 1] < stop", ""),
        ),
        edit(
            "-1 where there is no answer",
            "Which place stands for no answer, by the statement?",
            ("np.array([0, 0])", "np.array([-1, -1])"),
        ),
        edit("the first token alone", "How many tokens may an answer have?", ("inside[-1]])", "inside[0]])")),
    ),
    equivalents=(token_span_by_loop,),
    hints=(
        "Which tokens of the context share at least one character with the answer?",
        "Token (i, j) and answer (start, stop) overlap if i < stop and j > start.",
        "inside = np.flatnonzero(allowed & (offsets[:, 0] < stop) & (offsets[:, 1] > start)), then its first and last",
    ),
    properties=(Property("the last token is not before the first", is_forward),),
)

"""Exercise greedy: greedy."""

import numpy as np

from mha_lib.checks.translation.shared import example, random_scorer, scorer
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.translation import decoding


def greedy(score, start, end, max_new):
    """Return each prefix with its likeliest token appended, again and again, until all have ended."""
    tokens = start
    ended = np.zeros(len(start), dtype=bool)
    for _ in range(max_new):
        token = np.where(ended, end, score(tokens).argmax(axis=-1))
        tokens = np.concatenate([tokens, token[:, None]], axis=1)
        ended = ended | (token == end)
        if ended.all():
            break
    return tokens


def greedy_one_by_one(score, start, end, max_new):
    """Return the same, prefix by prefix; those that end early are filled up afterwards."""
    rows = []
    for prefix in start:
        row = list(prefix)
        while len(row) < len(prefix) + max_new and (len(row) == len(prefix) or row[-1] != end):
            row.append(int(np.argmax(score(np.array([row]))[0])))
        rows.append(row)
    longest = max(map(len, rows))
    return np.array([row + [end] * (longest - len(row)) for row in rows])


def greedy_probes(rng):
    """Return prefixes and scorers: the worked example, ends early and never, a prompt, as many prefixes as tokens."""
    stops = np.log(np.full((1, 4, 4), 0.1) + 0.6 * np.eye(4)[[1, 2, 3, 0]])  # 0 -> 1 -> 2 -> 3
    return [
        Probe("the worked example", (example(), np.array([[0]]), 0, 3)),
        Probe("3 prefixes that end one after the other", (scorer(stops), np.array([[0], [1], [2]]), 3, 6)),
        Probe("4 prefixes over 4 tokens", (random_scorer(rng, 6, 4), rng.integers(0, 3, (4, 1)), 3, 4)),
        Probe("no end in sight", (random_scorer(rng, 9, 5, end=4, lift=-9.0), rng.integers(0, 4, (2, 2)), 4, 5)),
        Probe("a prompt that holds the end", (random_scorer(rng, 9, 5, end=1, lift=-9.0), np.array([[1, 2, 0]]), 1, 4)),
        Probe("a prompt of 3 tokens", (random_scorer(rng, 9, 5), rng.integers(0, 4, (2, 3)), 4, 6)),
    ]


def keeps_prompt(tokens, score, start, *args):
    """Return whether the prefixes are still in front."""
    return bool(np.array_equal(np.asarray(tokens)[:, : start.shape[1]], start))


TOKEN = "np.where(ended, end, score(tokens).argmax(axis=-1))"


EXERCISE = Exercise(
    reference=decoding.greedy,
    worked=greedy,
    returns="the prefixes and what was appended, as an array of integers: (b, s + n)",
    probes=greedy_probes,
    mistakes=(
        edit(
            "argmax over the wrong axis",
            "score returns (b, v). Which axis holds the alternatives of one prefix?",
            ("axis=-1)", "axis=0)"),
        ),
        edit(
            "the least likely token",
            "Is the best token the one with the largest number or the smallest?",
            ("argmax", "argmin"),
        ),
        edit(
            "shows only the last token",
            "What may the next token depend on?",
            ("score(tokens)", "score(tokens[:, -1:])"),
        ),
        edit(
            "shows the prefix alone, again and again",
            "Does it see what it has just written?",
            ("score(tokens)", "score(start)"),
        ),
        edit(
            "writes on after the end",
            "What should follow the end of a sequence while another one goes on?",
            (TOKEN, "score(tokens).argmax(axis=-1)"),
        ),
        edit(
            "fills up with 0",
            "Which token fills the rest of a sequence that has ended?",
            ("np.where(ended, end,", "np.where(ended, 0,"),
        ),
        edit("stops when the first has ended", "Who else is still writing?", ("ended.all()", "ended.any()")),
        edit(
            "never stops early",
            "All have ended. What is there left to ask?",
            ("        if ended.all():\n            break\n", ""),
        ),
        edit(
            "an end in the prefix counts",
            "Is a token of the prefix something that the model has said?",
            ("np.zeros(len(start), dtype=bool)", "(start == end).any(axis=1)"),
        ),
        edit(
            "forgets who has ended before",
            "The end came two steps ago. Has the sequence still ended?",
            ("ended | (token == end)", "token == end"),
            (TOKEN, "score(tokens).argmax(axis=-1)"),
        ),
        edit("one token too many", "How many times may you ask?", ("range(max_new)", "range(max_new + 1)")),
        edit("one token too few", "How many times may you ask?", ("range(max_new)", "range(max_new - 1)")),
        edit(
            "the prefix cut off",
            "What shape is asked for: with the prefix or without?",
            ("return tokens", "return tokens[:, start.shape[1] :]"),
        ),
    ),
    equivalents=(greedy_one_by_one,),
    hints=(
        "Ask for scores, append each prefix's best token, and ask again with what you have now.",
        "Keep a boolean for each prefix: has it ended? np.where(ended, end, best) fills up those that have.",
        "token = np.where(ended, end, score(tokens).argmax(axis=-1)); append it; ended = ended | (token == end).",
    ),
    properties=(Property("the prefixes stand in front", keeps_prompt),),
)

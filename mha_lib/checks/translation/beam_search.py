"""Exercise beam_search: beam search."""

import numpy as np

from mha_lib.checks.translation.shared import RULE, example, random_scorer, scorer
from mha_lib.diagnosis.broken import edit, rewrite
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.translation import decoding

ENDED = "A hypothesis has just written its end. Is it still open? Is it lost?"


def beam_search(score, start, end, max_new, beam_size, alpha):
    """Return the best finished hypothesis without the prompt; an open one only if none has finished."""
    beams, log_probs, finished = start[None], np.zeros(1), []
    for length in range(1, max_new + 1):
        totals = log_probs[:, None] + score(beams)
        best = np.argsort(-totals, axis=None, kind="stable")[: beam_size - len(finished)]
        parents, tokens = np.unravel_index(best, totals.shape)
        beams = np.concatenate([beams[parents], tokens[:, None]], axis=1)
        log_probs = totals[parents, tokens]
        ends = tokens == end
        normalised = log_probs / ((5 + length) / 6) ** alpha
        finished += list(zip(normalised[ends], beams[ends], strict=True))
        beams, log_probs = beams[~ends], log_probs[~ends]
        if not len(beams):
            break
    found = max(finished, key=lambda pair: pair[0])[1] if finished else beams[0]
    return found[len(start) :]


def beam_search_with_tuples(score, start, end, max_new, beam_size, alpha):
    """Return the same, a hypothesis being a tuple (log-probability, tokens)."""
    open_ones, finished = [(0.0, tuple(start))], []
    while open_ones and len(open_ones[0][1]) < len(start) + max_new:
        rows = score(np.array([tokens for _, tokens in open_ones]))
        grown = [
            (total + row[token], (*tokens, token))
            for (total, tokens), row in zip(open_ones, rows, strict=True)
            for token in range(len(row))
        ]
        kept = sorted(grown, key=lambda pair: -pair[0])[: beam_size - len(finished)]
        finished += [pair for pair in kept if pair[1][-1] == end]
        open_ones = [pair for pair in kept if pair[1][-1] != end]
    by_rule = max(finished or open_ones[:1], key=lambda pair: pair[0] / ((5 + len(pair[1]) - len(start)) / 6) ** alpha)
    return np.array(by_rule[1][len(start) :])


def beam_of_best_children(score, start, end, max_new, beam_size, alpha):
    """Return the mistake of letting each hypothesis go on with its own best token, after a first step that spreads."""
    first = np.argsort(-score(start[None])[0], kind="stable")[:beam_size]
    beams = np.concatenate([np.repeat(start[None], len(first), axis=0), first[:, None]], axis=1)
    log_probs, finished = score(start[None])[0][first], []
    for length in range(1, max_new + 1):
        ends = beams[:, -1] == end
        finished += list(zip(log_probs[ends] / ((5 + length) / 6) ** alpha, beams[ends], strict=True))
        beams, log_probs = beams[~ends], log_probs[~ends]
        if not len(beams) or length == max_new:
            break
        rows = score(beams)
        log_probs = log_probs + rows.max(axis=-1)
        beams = np.concatenate([beams, rows.argmax(axis=-1)[:, None]], axis=1)
    found = max(finished, key=lambda pair: pair[0])[1] if finished else beams[log_probs.argmax()]
    return found[len(start) :]


def short_or_long(end):
    """Return a scorer with two ways from token 4: to end at once, token 0, by `end`, or by 1, 2, 3 and 0, by .288."""
    rows = [[0.96, 0.01, 0.01, 0.01, 0.01], [0.1, 0.03, 0.8, 0.04, 0.03], [0.1, 0.03, 0.04, 0.8, 0.03]]
    rows += [[0.9, 0.04, 0.02, 0.02, 0.02], [end, 0.5, *[(0.5 - end) / 3] * 3]]
    return scorer(np.log(np.array([rows])))


def fork(end, straight):
    """Return a scorer with a fork after token 1: token 2 looks better and leads nowhere, token 3 is about to end."""
    rows = [[0.96, 0.01, 0.01, 0.01, 0.01], [0.02, 0.02, 0.5, 0.45, 0.01], [0.3, 0.15, 0.4, 0.1, 0.05]]
    rows += [[0.98, 0.005, 0.005, 0.005, 0.005], [end, straight, *[(1 - end - straight) / 3] * 3]]
    return scorer(np.log(np.array([rows])))


def beam_probes(rng):
    """Return scorers and beams: the worked example, the length rule, ends early, late and never, prompts."""
    return [
        Probe("the worked example", (example(), np.array([0]), 0, 3, 2, 0.6)),
        Probe("a short end that only the length rule beats", (short_or_long(0.4), np.array([4]), 0, 6, 3, 1.0)),
        Probe("a short end that is less likely", (short_or_long(0.2), np.array([4]), 0, 6, 2, 1.0)),
        Probe("a short end that is less likely, alpha 0", (short_or_long(0.2), np.array([4]), 0, 6, 2, 0.0)),
        Probe("a short end after a prompt of 3 tokens", (short_or_long(0.4), np.array([2, 1, 4]), 0, 6, 3, 1.0)),
        Probe("an end that takes a place on the beam", (fork(0.2, 0.7), np.array([4]), 0, 4, 2, 0.6)),
        Probe("a hypothesis with two good continuations", (fork(0.01, 0.8), np.array([4]), 0, 4, 2, 0.6)),
        *random_beams(rng),
        Probe("no end in sight", (random_scorer(rng, 6, 4, end=3, lift=-9.0), np.array([1]), 3, 4, 3, 0.6)),
        Probe("ends that come late", (random_scorer(rng, 9, 5, end=4, lift=-2.0), np.array([0, 1, 3]), 4, 6, 3, 1.0)),
        Probe(
            "a prompt of 4 tokens", (random_scorer(rng, 9, 5, end=4, lift=1.0), np.array([1, 0, 3, 2]), 4, 8, 4, 1.0)
        ),
    ]


def random_beams(rng):
    """Return probes of beams of several sizes and length rules over random probabilities."""
    settings = ((2, 0.6), (3, 1.0), (4, 2.0), (6, 0.3), (3, 0.6), (5, 1.5))
    return [
        Probe(
            f"a beam of {size} over 5 tokens, alpha {alpha}",
            (random_scorer(rng, 7, 5), np.array([2]), 4, 7, size, alpha),
        )
        for size, alpha in settings
    ]


def is_ended(tokens, score, start, end, *args):
    """Return whether there is no token after the first end."""
    return end not in list(np.ravel(tokens)[:-1])


EXERCISE = Exercise(
    reference=decoding.beam_search,
    worked=beam_search,
    returns="the tokens that were generated, the end included and the prompt not, as an array of integers: (n,)",
    probes=beam_probes,
    mistakes=(
        edit("no length normalisation", RULE, ("log_probs / ((5 + length) / 6) ** alpha", "log_probs")),
        edit(
            "multiplies by the length penalty",
            "Log-probabilities are negative. Does your rule help long sequences or harm them?",
            ("log_probs / (", "log_probs * ("),
        ),
        edit(
            "the prompt counts as length",
            "Per token: of which tokens? Who wrote the prompt?",
            ("5 + length", "5 + beams.shape[1]"),
        ),
        edit(
            "the finished ones are forgotten",
            ENDED,
            ("if finished else beams[0]", "if finished and not len(beams) else beams[0]"),
        ),
        edit(
            "the first to finish wins",
            "Does the first end that you see belong to the best sequence?",
            ("if not len(beams):", "if finished:"),
        ),
        edit(
            "the ended ones stay on the beam",
            ENDED,
            ("        beams, log_probs = beams[~ends], log_probs[~ends]\n", ""),
        ),
        edit(
            "the beam never gets narrower",
            "One has ended. How many places are left, by the statement?",
            ("beam_size - len(finished)", "beam_size"),
        ),
        rewrite(
            "each hypothesis goes on alone",
            "May one hypothesis have two children on the beam, and another none?",
            beam_of_best_children,
        ),
        edit(
            "forgets the past",
            "Is the last token's log-probability that of the sequence?",
            ("log_probs[:, None] + score", "score"),
        ),
        edit(
            "tokens appended to the wrong hypothesis",
            "A token was found in row 1 of the totals. To which hypothesis does it belong?",
            ("beams[parents]", "beams[np.arange(len(parents)) % len(beams)]"),
        ),
        edit("keeps the worst", "Which end of the sorted totals do you keep?", ("-totals", "totals")),
        edit(
            "the worst finished one is returned",
            "By the rule: is a larger normalised number better?",
            ("max(finished", "min(finished"),
        ),
        edit(
            "the prompt is returned too",
            "What shape is asked for: with the prompt or without?",
            ("found[len(start) :]", "found"),
        ),
        edit("a beam of one", "How many hypotheses may be open?", ("beam_size - len(finished)", "1")),
    ),
    equivalents=(beam_search_with_tuples,),
    hints=(
        "At each step: all continuations of all open hypotheses in one table, and the best few of the whole table.",
        "totals = log_probs[:, None] + score(beams) is (n, v). Sort it flat; np.unravel_index gives row and column.",
        "The row is the parent, the column the token: beams[parents], then tokens. Those that end move to a list.",
    ),
    properties=(Property("nothing follows the end", is_ended),),
)

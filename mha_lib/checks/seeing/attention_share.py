"""Exercise attention_share: find the previous-token head."""

import numpy as np

from mha_lib.checks.seeing.shared import maps, table
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.seeing import measures as library

WHO_IS_ASKED = "How many queries have a wanted key? Only they are asked, each once, whatever sentence it stands in."
WHO_ASKS = "In wanted, does a row ask or answer? And in the weights?"


def attention_share(weights, wanted):
    """Return the share of each head's attention on the wanted pairs, over the queries that have a wanted key."""
    asks = wanted.any(axis=-1)
    looked = np.einsum("bhqk,bqk->h", weights, wanted)
    return looked / asks.sum()


def share_by_selecting(weights, wanted):
    """Return the same: the sums of the rows that ask, picked out and averaged."""
    looked = np.where(wanted[:, None], weights, 0.0).sum(-1)
    return np.array([looked[:, head][wanted.any(-1)].mean() for head in range(weights.shape[1])])


def share_by_loop(weights, wanted):
    """Return the same, query by query."""
    total, count = np.zeros(weights.shape[1]), 0
    for sentence, query in np.argwhere(wanted.any(axis=2)):
        total += weights[sentence][:, query, wanted[sentence, query]].sum(axis=1)
        count += 1
    return total / count


def share_probes(rng):
    """Return weights and wanted pairs: the worked example, ragged, square, sentences with unlike numbers of askers."""
    pencil = np.array([[[[1.0, 0.0, 0.0], [0.75, 0.25, 0.0], [0.25, 0.5, 0.25]]]])
    before = np.eye(3, k=-1, dtype=bool)[None]
    uneven = np.zeros((2, 4, 4), dtype=bool)
    uneven[0, 1:, 0], uneven[1, 2, 1:3] = True, True
    return [
        Probe("the worked example", (pencil, before)),
        Probe("2 heads, 3 queries, 5 keys", (maps(rng, 1, 2, 3, 5), table(rng, 1, 3, 5))),
        Probe("3 sentences, 3 heads, 3 tokens", (maps(rng, 3, 3, 3, 3), table(rng, 3, 3, 3))),
        Probe("a sentence of 1 token", (maps(rng, 2, 2, 1, 1), np.ones((2, 1, 1), dtype=bool))),
        Probe("two sentences, 4 askers in all, one of them with 2 wanted keys", (maps(rng, 2, 3, 4, 4), uneven)),
        Probe("2 sentences, 4 heads, 5 tokens", (maps(rng, 2, 4, 5, 5), table(rng, 2, 5, 5))),
    ]


def within_one(shares, *args):
    """Return whether every share lies between 0 and 1."""
    return bool(np.all((np.asarray(shares) > -1e-9) & (np.asarray(shares) < 1 + 1e-9)))


EXERCISE = Exercise(
    reference=library.attention_share,
    worked=attention_share,
    returns="one share a head: (h,)",
    probes=share_probes,
    mistakes=(
        edit(
            "counts queries that were not asked",
            WHO_IS_ASKED,
            ("asks.sum()", "asks.size"),
        ),
        edit(
            "divides by the number of wanted pairs",
            "A query with two wanted keys gives each a half. What should its share be?",
            ("asks.sum()", "wanted.sum()"),
        ),
        edit(
            "sums and does not divide",
            "Twice as many sentences: should a share double?",
            (" / asks.sum()", ""),
        ),
        edit(
            "averages the sentences' averages",
            WHO_IS_ASKED,
            ("bhqk,bqk->h", "bhqk,bqk->bh"),
            ("looked / asks.sum()", "(looked / asks.sum(-1, keepdims=True)).mean(axis=0)"),
        ),
        edit(
            "keys taken for queries",
            WHO_ASKS,
            ("bhqk,bqk->h", "bhqk,bkq->h"),
        ),
        edit(
            "the first sentence's table for all of them",
            "Two sentences, two tables. Does the second sentence get its own?",
            ("bhqk,bqk->h", "bhqk,qk->h"),
            (", weights, wanted)", ", weights, wanted[0])"),
        ),
        edit(
            "counts rows whose largest weight is wanted",
            "A head with .4 on the wanted key and .3 on two others: what share is that?",
            (
                ", weights, wanted)",
                ", np.eye(weights.shape[-1])[weights.argmax(-1)], wanted)",
            ),
        ),
        edit(
            "the heads averaged away",
            "Which head looks there? How many numbers does your answer need for that?",
            ("looked / asks.sum()", "(looked / asks.sum()).mean()"),
        ),
    ),
    equivalents=(share_by_selecting, share_by_loop),
    hints=(
        "Two questions: how much weight lies on wanted pairs in all, and how many queries were asked?",
        "A query is asked if its row of wanted has a True: wanted.any(axis=-1). The mask needs an axis for the heads.",
        'np.einsum("bhqk,bqk->h", weights, wanted), divided by the number of queries that are asked.',
    ),
    properties=(Property("every share lies between 0 and 1", within_one),),
)

"""Milestone I: your attention learns who looks at whom, on sentences in which an adjective should find its noun.

The table of scores is learned by the reader's gradient. Then it is taken apart into queries and keys, as chapter 5
does, and the reader's self-attention reads with it what it never learned from.
"""

import numpy as np

from course.mine.milestones.score import Score

TITLE = "your attention learns who looks at whom"
PARTS = ("cosine", "softmax", "attention_weights", "table_gradient", "self_attention")
STEPS, RATE, BAR = 300, 0.3, 0.90
LOOKS = np.array([1, 2, 2, 4, 2])  # of adjective, noun, and, adjective, noun: the token that each should look at
VECTORS = {  # animal, describes, size, function word
    **{"ant": (2, 0, -3, 0), "bee": (2, 0, -2, 0), "mouse": (2, 0, -1, 0)},
    **{"cat": (2, 0, 1, 0), "dog": (2, 0, 2, 0), "horse": (2, 0, 3, 0)},
    **{"tiny": (0, 2, -3, 0), "small": (0, 2, -2, 0), "big": (0, 2, 2, 0), "huge": (0, 2, 3, 0)},
    "and": (0, 0, 0, 2),
}


def scores(mine, seed=0):
    """Return the Scores of the reader's parts, taken as attributes of `mine`."""
    lessons, held_out = sentences()
    table = learned(mine, lessons, seed)
    w_q, w_k = apart(table)
    looks, reads = zip(*(small_in(mine, sentence, w_q, w_k) for sentence in held_out), strict=True)
    return (
        Score("small → mouse", float(min(looks)), BAR),
        Score("what small reads, its cosine with mouse", float(min(reads)), BAR),
    )


def sentences():
    """Return sentences of five words to learn from, and those with small beside mouse, which are held out."""
    small = [(adjective, noun) for adjective in ("tiny", "small") for noun in ("ant", "bee", "mouse")]
    large = [(adjective, noun) for adjective in ("big", "huge") for noun in ("cat", "dog", "horse")]
    every = [(*one, "and", *other) for a in small for b in large for one, other in ((a, b), (b, a))]
    held_out = [each for each in every if ("small", "mouse") in (each[:2], each[3:])]
    return [each for each in every if each not in held_out], held_out


def tokens(sentence):
    """Return the vectors of a sentence's words: (n, 4)."""
    return np.array([VECTORS[word] for word in sentence], dtype=float)


def learned(mine, lessons, seed):
    """Return the table of scores, (4, 4), after steps against the reader's gradient, one sentence a step."""
    rng, table = np.random.default_rng(seed), np.zeros((4, 4))
    for _ in range(STEPS):
        x = tokens(lessons[rng.integers(len(lessons))])
        table = table - RATE * np.asarray(mine.table_gradient(x, table, LOOKS))
    return table


def apart(table):
    """Return w_q and w_k, (4, 4) both, whose queries and keys give the table's scores once these are divided by 2."""
    u, strength, v_t = np.linalg.svd(table)
    return np.sqrt(len(table)) * u * strength, v_t.T


def small_in(mine, sentence, w_q, w_k):
    """Return the weight that small gives to mouse, and how alike what it reads is to the vector of mouse."""
    x, small, mouse = tokens(sentence), sentence.index("small"), sentence.index("mouse")
    weights = mine.attention_weights(x @ w_q, x @ w_k)
    read = mine.self_attention(x, w_q, w_k, np.eye(4))
    return weights[small, mouse], mine.cosine(read[small], x[mouse])

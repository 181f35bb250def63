"""Exercises of chapter 12: the loss of the next token, bits, n-grams, taming chance, and the cache.

The loss is judged forward and backward, in float64. The rest is NumPy.
"""

import math

import numpy as np
import torch.nn.functional as F

from mha_lib import cache as caches
from mha_lib import gpt, ngrams, sampling
from mha_lib.attention import attention
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.diagnosis.tensors import tensor_call
from mha_lib.masks import causal_mask
from mha_lib.positions import rotate
from mha_lib.softmax import softmax

WHICH_TOKEN = "Place t has read the tokens up to t. Which token does it speak of?"
COUNTED = "Which tokens should have been predicted? Only they count, above the line and below."
LOGS = "Score, probability or log-probability: which one do you average?"
UNIT = "How many nats is one bit, and which of the two numbers is larger?"
PER_WHAT = "Two models cut the same text into tokens of different lengths. Per what can they be compared?"
SUM_TO_ONE = "What do the probabilities of a row sum to?"
LOWER = "How much weight does the shorter context deserve: always the same, or more where many kinds have followed?"
POWER = "At temperature 1/2, what does a ratio of 2 to 1 between two probabilities become?"
UNDERFLOW = "What is 0.4 to the power of 1000 to your computer? What may you divide a row by beforehand?"
HOW_MANY = "Count the tokens that are left in each row. What did the caller ask for?"
WHERE = "You have sorted. Does place 0 still mean token 0?"
CROSSING = "Probabilities 0.5, 0.3, 0.2 and p = 0.6: do the tokens you keep have at least the share p?"
REACHED = "Probabilities 0.5, 0.25, 0.25 and p = 0.5: is the share reached by the first token alone?"
OWN_PLACE = "At which position of the text does the first new token stand?"
ON_THE_WAY_IN = "How often has a key been turned when a query meets it, and by whose position?"
WHO_SEES_WHOM = "Three new tokens after five: which keys may the first of the three see?"


def next_token_loss(scores, tokens, pad):
    """Return the mean negative log-probability of each token, by the scores of the place before it."""
    log_probs = scores[:, :-1].log_softmax(dim=-1)
    labels = tokens[:, 1:]
    picked = log_probs.gather(-1, labels[..., None])[..., 0]
    real = labels != pad
    return -picked[real].mean()


def loss_by_cross_entropy(scores, tokens, pad):
    """Return the same from PyTorch's loss."""
    return F.cross_entropy(scores[:, :-1].transpose(1, 2), tokens[:, 1:], ignore_index=pad)


def loss_by_rolled_labels(scores, tokens, pad):
    """Return the same: the labels come one place earlier, and the last place has none."""
    labels = tokens.roll(-1, dims=1)
    counts = labels != pad
    counts[:, -1] = False
    label_scores = (scores * F.one_hot(labels.clamp(min=0), scores.shape[-1])).sum(-1)
    return (scores.logsumexp(-1) - label_scores)[counts].mean()


def bits_per_character(nats, num_tokens, num_characters):
    """Return bits a character from the mean loss a token in nats."""
    bits = nats / math.log(2)
    return bits * num_tokens / num_characters


def bits_by_log2(nats, num_tokens, num_characters):
    """Return the same: a nat is log2(e) bits."""
    return nats * np.log2(np.e) / (num_characters / num_tokens)


def interpolated(counts, lower):
    """Return counts mixed with a shorter context's probabilities, in Witten and Bell's shares."""
    total = counts.sum(axis=-1, keepdims=True)
    kinds = (counts > 0).sum(axis=-1, keepdims=True)
    kinds = np.where(total > 0, kinds, 1)
    return (counts + kinds * lower) / (total + kinds)


def interpolated_by_shares(counts, lower):
    """Return the same as two shares of a whole."""
    total = counts.sum(axis=-1, keepdims=True)
    kinds = np.count_nonzero(counts, axis=-1, keepdims=True)
    share = total / np.maximum(total + kinds, 1)
    return share * counts / np.maximum(total, 1) + (1 - share) * lower


def tempered(probs, temperature):
    """Return probabilities to the power of 1 / temperature, made to sum to 1."""
    scaled = probs / probs.max(axis=-1, keepdims=True)
    powers = scaled ** (1 / temperature)
    return powers / powers.sum(axis=-1, keepdims=True)


def tempered_by_scores(probs, temperature):
    """Return the same: logarithms are scores."""
    with np.errstate(divide="ignore"):
        return softmax(np.log(probs) / temperature)


def keep_top_k(probs, k):
    """Return probabilities with only the k largest kept, made to sum to 1."""
    largest = np.argsort(-probs, axis=-1, kind="stable")[..., :k]
    kept = np.zeros_like(probs)
    np.put_along_axis(kept, largest, np.take_along_axis(probs, largest, axis=-1), axis=-1)
    return kept / kept.sum(axis=-1, keepdims=True)


def keep_top_k_by_crossing_out(probs, k):
    """Return the same: the smallest go, those that stand last before their equals."""
    kept = probs.copy()
    for row in kept.reshape(-1, kept.shape[-1]):
        order = sorted(range(len(row)), key=lambda token: (-row[token], token))
        row[order[k:]] = 0.0
    return kept / kept.sum(axis=-1, keepdims=True)


def keep_top_p(probs, p):
    """Return probabilities with the smallest set kept that has at least the share p, made to sum to 1."""
    order = np.argsort(-probs, axis=-1, kind="stable")
    largest_first = np.take_along_axis(probs, order, axis=-1)
    before = largest_first.cumsum(axis=-1) - largest_first
    chosen = np.where(before < p, largest_first, 0.0)
    kept = np.zeros_like(probs)
    np.put_along_axis(kept, order, chosen, axis=-1)
    return kept / kept.sum(axis=-1, keepdims=True)


def keep_top_p_one_by_one(probs, p):
    """Return the same, token by token until the share is reached."""
    kept = np.zeros_like(probs)
    for row, new in zip(probs.reshape(-1, probs.shape[-1]), kept.reshape(-1, probs.shape[-1]), strict=True):
        for token in sorted(range(len(row)), key=lambda token: -row[token]):
            if new.sum() >= p:
                break
            new[token] = row[token]
    return kept / kept.sum(axis=-1, keepdims=True)


def extended_cache(cache, x, w_k, w_v):
    """Return the cache with the new tokens' keys, turned by their positions, and values behind the old ones."""
    past = cache.shape[1]
    positions = np.arange(past, past + len(x))
    keys = rotate(x @ w_k, positions)
    values = x @ w_v
    return np.concatenate([cache, np.stack([keys, values])], axis=1)


def extended_one_by_one(cache, x, w_k, w_v):
    """Return the same, token by token."""
    for token in x:
        key = rotate((token @ w_k)[None], [cache.shape[1]])
        cache = np.concatenate([cache, np.stack([key, (token @ w_v)[None]])], axis=1)
    return cache


def read_cache(x, cache, w_q):
    """Return what the new tokens, the last of those in the cache, read from it."""
    keys, values = cache
    first = len(keys) - len(x)
    positions = np.arange(first, len(keys))
    q = rotate(x @ w_q, positions)
    mask = causal_mask(len(x), len(keys))
    return attention(q, keys, values, mask)


def read_one_by_one(x, cache, w_q):
    """Return the same, each query on the keys up to its own: no mask is needed."""
    first, rows = cache.shape[1] - len(x), []
    for i, token in enumerate(x):
        keys, values = cache[:, : first + i + 1]
        rows.append(attention(rotate((token @ w_q)[None], [first + i]), keys, values)[0])
    return np.array(rows)


def loss_probes(rng):
    """Return scores and tokens: the worked example, ragged, square, without padding, another pad, extreme."""
    worked = np.log(np.array([[[0.25, 0.5, 0.25], [0.2, 0.2, 0.6], [0.1, 0.1, 0.8]]]))
    square = np.array([[1, 2, 1, 3], [2, 1, 0, 0], [1, 1, 2, 0], [3, 2, 0, 0]])
    return [
        Probe("the worked example", (worked, np.array([[0, 1, 0]]), -1)),
        Probe("4 sequences of 4 places over 4 tokens", (draw(rng, 4, 4, 4), square, 0)),
        Probe("a batch of 1 without padding", (draw(rng, 1, 5, 4), np.array([[3, 1, 2, 0, 2]]), -1)),
        Probe("scores from -900 to 900", (draw(rng, 2, 4, 3, scale=300.0), np.array([[1, 2, 1, 2], [2, 1, 0, 0]]), 0)),
        Probe("padding that is token 3", (draw(rng, 2, 4, 5), np.array([[0, 4, 1, 2], [2, 0, 3, 3]]), 3)),
        Probe("sequences of different lengths", (draw(rng, 2, 5, 6), np.array([[3, 5, 1, 4, 2], [2, 4, 0, 0, 0]]), 0)),
    ]


def bits_probes(rng):
    """Return losses: the worked example, characters as tokens, words, a text of one token, a loss of nothing."""
    return [
        Probe("the worked example", (math.log(8), 10, 30)),
        Probe("characters as tokens", (1.45, 500, 500)),
        Probe("tokens of many characters", (5.2, 120, 517)),
        Probe("a single token", (0.7, 1, 4)),
        Probe("bytes, more of them than characters", (1.1, 330, 300)),
        Probe("a drawn loss", (float(rng.uniform(1.5, 3.0)), 700, 2900)),
    ]


def count_probes(rng):
    """Return counts and lower probabilities: the worked example, a batch, square, unseen, one kind, many."""
    lower = softmax(draw(rng, 5))
    seen = rng.integers(0, 4, (3, 5)) + np.array([[2, 0, 0, 1, 0]] * 3)
    return [
        Probe("the worked example", (np.array([3, 0, 1, 0]), np.full(4, 0.25))),
        Probe("3 contexts over 5 symbols", (seen, softmax(draw(rng, 3, 5)))),
        Probe(
            "4 contexts over 4 symbols", (rng.integers(0, 3, (4, 4)) + np.eye(4, dtype=int), softmax(draw(rng, 4, 4)))
        ),
        Probe("one kind, seen often", (np.array([0, 0, 9, 0, 0]), lower)),
        Probe("a context that was never seen", (np.zeros(5, dtype=int), lower)),
        Probe(
            "an unseen context beside one with many kinds",
            (np.array([[0] * 5, [4, 1, 2, 0, 7]]), softmax(draw(rng, 2, 5))),
        ),
    ]


def temperature_probes(rng):
    """Return probabilities and temperatures: the worked example, ragged, square, a zero, hot, nearly 0."""
    far = np.array([[0.96, 0.02, 0.02], [0.4, 0.35, 0.25]])
    return [
        Probe("the worked example", (np.array([0.5, 0.25, 0.25]), 0.5)),
        Probe("2 rows of 5 tokens", (softmax(draw(rng, 2, 5)), 0.6)),
        Probe("3 rows of 3 tokens", (softmax(draw(rng, 3, 3)), 2.0)),
        Probe("a token that is impossible", (np.array([[0.0, 0.3, 0.7]]), 1.5)),
        Probe("one row at a temperature of 0.001", (np.array([0.3, 0.4, 0.3]), 0.001)),
        Probe("rows of different sizes at 0.001", (far, 0.001)),
    ]


def top_k_probes(rng):
    """Return probabilities and k: the worked example, ragged, square, equals, all, one."""
    return [
        Probe("the worked example", (np.array([0.125, 0.5, 0.125, 0.25]), 2)),
        Probe("3 rows of 5 tokens", (softmax(draw(rng, 3, 5)), 3)),
        Probe("4 rows of 4 tokens", (softmax(draw(rng, 4, 4)), 2)),
        Probe("equal probabilities", (np.array([[0.125, 0.25, 0.25, 0.125, 0.25]]), 2)),
        Probe("a k beyond the vocabulary", (np.array([[0.2, 0.3, 0.5]]), 7)),
        Probe("a batch of batches", (softmax(draw(rng, 2, 3, 6)), 2)),
        Probe("the likeliest token alone", (softmax(draw(rng, 2, 6)), 1)),
    ]


def top_p_probes(rng):
    """Return probabilities and p: the worked example, exactly reached, ragged, square, one row sure and one not."""
    sure = np.array([[0.04, 0.92, 0.01, 0.03], [0.3, 0.2, 0.26, 0.24]])
    return [
        Probe("the worked example", (np.array([0.125, 0.5, 0.125, 0.25]), 0.7)),
        Probe("3 rows of 5 tokens", (softmax(draw(rng, 3, 5)), 0.8)),
        Probe("4 rows of 4 tokens", (softmax(draw(rng, 4, 4)), 0.55)),
        Probe("a token above p at once", (np.array([0.1, 0.2, 0.7]), 0.3)),
        Probe("equal probabilities", (np.array([[0.25, 0.25, 0.25, 0.25]]), 0.6)),
        Probe("a batch of batches", (softmax(draw(rng, 2, 3, 6)), 0.8)),
        Probe("a share that is exactly reached", (np.array([0.125, 0.5, 0.125, 0.25]), 0.75)),
        Probe("one row sure and one not", (sure, 0.7)),
    ]


def extend_probes(rng):
    """Return caches and new tokens: empty, one token, several, square."""
    start = np.zeros((2, 0, 2))
    return [
        Probe("the worked example", (start, np.array([[1.0, 0.0], [0.0, 2.0]]), np.eye(2), 3 * np.eye(2))),
        Probe("one token after none", (np.zeros((2, 0, 4)), draw(rng, 1, 3), draw(rng, 3, 4), draw(rng, 3, 4))),
        Probe("4 tokens of width 4 after 4", (draw(rng, 2, 4, 4), draw(rng, 4, 4), draw(rng, 4, 4), draw(rng, 4, 4))),
        Probe("one token after 5", (draw(rng, 2, 5, 4), draw(rng, 1, 3), draw(rng, 3, 4), draw(rng, 3, 4))),
        Probe("3 tokens after 5", (draw(rng, 2, 5, 4), draw(rng, 3, 6), draw(rng, 6, 4), draw(rng, 6, 4))),
    ]


def read_probes(rng):
    """Return new tokens and caches: the worked example, one of many, all of them, several of many."""
    worked = np.array([[[1.0, 0.0], [0.0, 1.0]], [[3.0, 0.0], [0.0, 6.0]]])
    return [
        Probe("the worked example", (np.array([[0.0, 0.0]]), worked, np.eye(2))),
        Probe("one token that reads itself alone", (draw(rng, 1, 3), draw(rng, 2, 1, 4), draw(rng, 3, 4))),
        Probe("4 tokens of width 4 that read each other", (draw(rng, 4, 4), draw(rng, 2, 4, 4), draw(rng, 4, 4))),
        Probe("one token at the end of 6", (draw(rng, 1, 3), draw(rng, 2, 6, 4), draw(rng, 3, 4))),
        Probe("3 tokens at the end of 8", (draw(rng, 3, 6), draw(rng, 2, 8, 4), draw(rng, 6, 4))),
    ]


def is_positive(parts, *args):
    """Return whether the loss is at least 0."""
    return bool(parts["output"] >= 0)


def sums_to_one(probs, *args):
    """Return whether every row is a distribution."""
    return bool(np.allclose(np.sum(probs, axis=-1), 1) and np.min(probs) >= 0)


def keeps_the_past(cache, old, *args):
    """Return whether the cache begins with what it held."""
    return bool(np.array_equal(np.asarray(cache)[:, : old.shape[1]], old))


def within_values(output, x, cache, w_q):
    """Return whether every output lies between the smallest and the largest cached value of its column."""
    low, high = cache[1].min(axis=0), cache[1].max(axis=0)
    return bool(np.all((output >= low - 1e-9) & (output <= high + 1e-9)))


MEAN = "return -picked[real].mean()"
LOG_PROBS = "log_probs = scores[:, :-1].log_softmax(dim=-1)"
LOSS = Exercise(
    reference=gpt.next_token_loss,
    worked=next_token_loss,
    returns="one number, as a tensor",
    probes=loss_probes,
    mistakes=(
        edit("no shift", WHICH_TOKEN, ("scores[:, :-1]", "scores"), ("tokens[:, 1:]", "tokens")),
        edit(
            "shifted twice",
            "Who shifts: you or the model? Once is enough.",
            ("scores[:, :-1]", "scores[:, :-2]"),
            ("tokens[:, 1:]", "tokens[:, 2:]"),
        ),
        edit("shifted the wrong way", WHICH_TOKEN, ("scores[:, :-1]", "scores[:, 1:]"), ("[:, 1:]\n", "[:, :-1]\n")),
        edit(
            "shifted over the batch",
            "Which axis is time?",
            (LOG_PROBS, "log_probs = scores.log_softmax(dim=-1)"),
            ("tokens[:, 1:]", "tokens.roll(-1, dims=0)"),
        ),
        edit(
            "places and vocabulary mixed by a reshape",
            "(b, n, v) as (b, v, n): the same numbers, but in the same order? Follow one of them.",
            ("scores[:, :-1].log", "scores[:, :-1].reshape(len(scores), scores.shape[-1], -1).transpose(1, 2).log"),
        ),
        edit("the loss over padding too", COUNTED, (MEAN, "return -picked.mean()")),
        edit(
            "padding judged by what is read",
            "A place counts if the token that it should predict is real. Whose padding do you look at?",
            ("real = labels != pad", "real = tokens[:, :-1] != pad"),
        ),
        edit(
            "padding left out of the sum, but counted", COUNTED, (MEAN, "return -(picked * real).sum() / real.numel()")
        ),
        edit(
            "a mean of each sequence's mean",
            "A sequence of two tokens and one of five: how much should each token weigh?",
            (MEAN, "return -((picked * real).sum(1) / real.sum(1)).mean()"),
        ),
        edit("the sum", "Does twice the batch mean twice the loss?", ("[real].mean()", "[real].sum()")),
        edit(
            "softmax twice",
            "What is the smallest loss that you can reach?",
            ("[:, :-1].log_softmax", "[:, :-1].softmax(dim=-1).log_softmax"),
        ),
        edit("softmax over the places", "Which axis holds the alternatives at one place?", ("dim=-1", "dim=1")),
        edit("probabilities without the logarithm", LOGS, ("log_softmax", "softmax")),
        edit("scores instead of log-probabilities", LOGS, (".log_softmax(dim=-1)", "")),
        edit(
            "bits for nats",
            "Whose logarithm is asked for, the one of base 2 or of base e?",
            (".mean()", ".mean() / math.log(2)"),
        ),
        edit("no minus", "Which way is better: a larger loss or a smaller one?", ("return -", "return ")),
        edit(
            "only the last place",
            "How many of the places have a token that judges them?",
            ("scores[:, :-1]", "scores[:, -2:-1]"),
            ("tokens[:, 1:]", "tokens[:, -1:]"),
            ("[real].mean()", "[real].sum() / max(1, real.sum())"),
        ),
        edit(
            "the loss cut from the graph",
            "What should learn from this number?",
            ("scores[:, :-1]", "scores.detach()[:, :-1]"),
        ),
    ),
    equivalents=(loss_by_cross_entropy, loss_by_rolled_labels),
    hints=(
        "The scores at place t judge token t + 1. Which place has no token to judge it, and which token no place?",
        "scores[:, :-1] and tokens[:, 1:] belong together. Then it is the loss of chapter 10.",
        "F.cross_entropy wants (rows, v) and (rows,): flatten both; ignore_index=pad leaves padding out.",
    ),
    properties=(Property("a loss is never negative", is_positive),),
    call=tensor_call("scores"),
)

BITS = Exercise(
    reference=ngrams.bits_per_character,
    worked=bits_per_character,
    returns="one number",
    probes=bits_probes,
    mistakes=(
        edit("nats for bits", UNIT, ("nats / math.log(2)", "nats")),
        edit("multiplied by ln 2", UNIT, ("nats / math", "nats * math")),
        edit("divided by 2", UNIT, ("math.log(2)", "2")),
        edit("the logarithm of base 10", "Which logarithm was the loss made with?", ("math.log(2)", "math.log10(2)")),
        edit(
            "the logarithm of the loss",
            "Is the loss a probability, or has its logarithm been taken already?",
            ("nats / math.log(2)", "math.log2(nats)"),
        ),
        edit("bits a token", PER_WHAT, (" * num_tokens / num_characters", " + 0 * num_characters")),
        edit(
            "tokens and characters exchanged",
            "Longer tokens, same loss a token: does a character then cost more or less?",
            ("num_tokens / num_characters", "num_characters / num_tokens"),
        ),
        edit("bits of the whole text", PER_WHAT, (" / num_characters", " + 0 * num_characters")),
        edit(
            "the perplexity",
            "A number of bits, or the number of choices that they stand for?",
            ("return bits", "return 2**bits"),
        ),
    ),
    equivalents=(bits_by_log2,),
    hints=(
        "First the whole text's loss, then in bits, then per character.",
        "ln x = ln 2 times log2 x. So a bit is ln 2, some 0.69, nats.",
        "nats * num_tokens / num_characters / math.log(2)",
    ),
)

MIXED = "return (counts + kinds * lower) / (total + kinds)"
SEEN = "kinds = np.where(total > 0, kinds, 1)"
INTERPOLATED = Exercise(
    reference=ngrams.interpolated,
    worked=interpolated,
    returns="probabilities, one row a context: (..., v)",
    probes=count_probes,
    mistakes=(
        edit(
            "the counts alone",
            "What probability does a symbol get that has not followed this context yet? And its logarithm?",
            (MIXED, "return np.where(total > 0, counts / np.maximum(total, 1), lower)"),
        ),
        edit(
            "one added to every count",
            "Your unseen symbols are all equally likely. Who knows better?",
            (MIXED, "return (counts + 1) / (total + counts.shape[-1])"),
        ),
        edit(
            "the shorter context fills holes without making room",
            SUM_TO_ONE,
            (MIXED, "return np.where(counts > 0, counts / np.maximum(total, 1), lower)"),
        ),
        edit("half and half", LOWER, (SEEN, "kinds = np.where(total > 0, total, 1)")),
        edit("the shorter context counts once", LOWER, (SEEN, "kinds = 1")),
        edit(
            "all symbols counted as kinds",
            "How many different symbols have followed this context: all there are?",
            (SEEN, "kinds = np.where(total > 0, counts.shape[-1], 1)"),
        ),
        edit("divided by the counts alone", SUM_TO_ONE, ("/ (total + kinds)", "/ np.maximum(total, 1)")),
        edit(
            "an unseen context gives equal chances",
            "Nothing was counted after this context. What is the best you know?",
            (MIXED, "return np.where(total > 0, (counts + kinds * lower) / (total + kinds), 1 / counts.shape[-1])"),
        ),
        edit(
            "an unseen context divides by zero",
            "Nothing was counted after this context: what is total + kinds?",
            (SEEN, "kinds = kinds + 0.0"),
            (MIXED, "with np.errstate(all='ignore'):\n        return (counts + kinds * lower) / (total + kinds)"),
        ),
        edit(
            "sums over the contexts",
            "A row belongs to one context. Along which axis do you sum?",
            ("axis=-1", "axis=0"),
        ),
        edit(
            "one sum for all contexts",
            "How many distributions should there be?",
            ("axis=-1, keepdims=True", "keepdims=True"),
        ),
        edit(
            "the shares exchanged",
            "Seen a thousand times, two kinds: should the counts weigh much or little?",
            (
                MIXED,
                "return (kinds * counts / np.maximum(total, 1) + np.maximum(total, 1) * lower) / "
                "(np.maximum(total, 1) + "
                "kinds * (total > 0))",
            ),
        ),
    ),
    equivalents=(interpolated_by_shares,),
    hints=(
        "The shorter context is worth as many observations as there are kinds of symbols that followed.",
        "kinds = (counts > 0).sum(axis=-1, keepdims=True). Which number makes an unseen context return `lower`?",
        "(counts + kinds * lower) / (total + kinds), with kinds = 1 where total is 0",
    ),
    properties=(Property("every row sums to 1", sums_to_one),),
)

SUM = "powers.sum(axis=-1, keepdims=True)"
TEMPERED = Exercise(
    reference=sampling.tempered,
    worked=tempered,
    returns="probabilities: (..., v)",
    probes=temperature_probes,
    mistakes=(
        edit("multiplied by the temperature", POWER, ("(1 / temperature)", "temperature")),
        edit(
            "the power taken before the division",
            "Python takes ** before /. What is divided here?",
            ("** (1 / temperature)", "** 1 / temperature"),
        ),
        edit(
            "softmax of the probabilities",
            "What does softmax take: scores or probabilities? What are the scores of known probabilities?",
            ("powers = scaled ** (1 / temperature)", "powers = np.exp(scaled / temperature - (1 / temperature))"),
        ),
        edit("no sum of 1", SUM_TO_ONE, (f" / {SUM}", "")),
        edit("one sum for all rows", SUM_TO_ONE, (SUM, "powers.sum()")),
        edit("sums over the rows", "Which axis is the vocabulary?", (SUM, "powers.sum(axis=0, keepdims=True)")),
        edit(
            "nothing is left near a temperature of 0",
            UNDERFLOW,
            ("scaled = probs / probs.max(axis=-1, keepdims=True)", "scaled = probs"),
            (f"return powers / {SUM}", f"with np.errstate(all='ignore'):\n        return powers / {SUM}"),
        ),
        edit(
            "the largest of all rows",
            "Does one row know another row's largest probability? Follow the flatter row at a temperature of 0.001.",
            ("probs.max(axis=-1, keepdims=True)", "probs.max()"),
            (f"return powers / {SUM}", f"with np.errstate(all='ignore'):\n        return powers / {SUM}"),
        ),
    ),
    equivalents=(tempered_by_scores,),
    hints=(
        "softmax(s / T) is proportional to exp(s / T), and exp(s) to the probabilities. So which power is it?",
        "probs ** (1 / temperature), then divide each row by its sum. Mind what happens at 0.001.",
        "Divide each row by its largest before the power: the largest becomes 1, and 1 stays 1.",
    ),
    properties=(Property("every row sums to 1", sums_to_one),),
)

KEPT = "return kept / kept.sum(axis=-1, keepdims=True)"
TOP_K = Exercise(
    reference=sampling.keep_top_k,
    worked=keep_top_k,
    returns="probabilities: (..., v)",
    probes=top_k_probes,
    mistakes=(
        edit("no sum of 1", SUM_TO_ONE, (KEPT, "return kept")),
        edit("one sum for all rows", SUM_TO_ONE, ("kept.sum(axis=-1, keepdims=True)", "kept.sum()")),
        edit("keeps the smallest", "Which end of the sorted row do you keep?", ("argsort(-probs", "argsort(probs")),
        edit("one too many", HOW_MANY, ("[..., :k]", "[..., : k + 1]")),
        edit(
            "one too few",
            HOW_MANY,
            ("[..., :k]", "[..., : max(k, 2) - 1]"),
        ),
        edit(
            "the first k tokens",
            "Are the likeliest tokens those with the smallest numbers?",
            ('np.argsort(-probs, axis=-1, kind="stable")', 'np.argsort(0 * probs, axis=-1, kind="stable")'),
        ),
        edit(
            "equals of the last are kept too",
            "Three tokens share the second place, and k is 2. How many do you keep?",
            (
                KEPT,
                "kept = np.where(probs >= probs.min(axis=-1, where=kept > 0, initial=2.0, keepdims=True), probs, 0.0)\n"
                "    return kept / kept.sum(axis=-1, keepdims=True)",
            ),
        ),
        edit(
            "kept in sorted order",
            WHERE,
            (
                "np.put_along_axis(kept, largest, np.take_along_axis(probs, largest, axis=-1), axis=-1)",
                "kept[..., : largest.shape[-1]] = np.take_along_axis(probs, largest, axis=-1)",
            ),
        ),
        edit(
            "ranked over the batch",
            "Each row has its own likeliest tokens. Along which axis do you sort?",
            (
                'np.argsort(-probs, axis=-1, kind="stable")',
                'np.argsort(-probs.reshape(-1, probs.shape[-1]).sum(axis=0) + 0 * probs, axis=-1, kind="stable")',
            ),
        ),
        edit(
            "softmax of what is left",
            "They are probabilities already. What must be divided to make them sum to 1 again?",
            (KEPT, "kept = np.where(kept > 0, np.exp(kept), 0.0)\n    return kept / kept.sum(axis=-1, keepdims=True)"),
        ),
        edit(
            "all that are left equally likely",
            "Is the likeliest of those you keep still likelier than the others?",
            (KEPT, "kept = (kept > 0) * 1.0\n    return kept / kept.sum(axis=-1, keepdims=True)"),
        ),
    ),
    equivalents=(keep_top_k_by_crossing_out,),
    hints=(
        "Find the k largest of each row; everything else becomes 0; then divide each row by its sum.",
        "np.argsort(-probs, axis=-1, kind='stable')[..., :k] are the tokens to keep.",
        "np.put_along_axis writes into a row of zeros by token number, np.take_along_axis reads by it.",
    ),
    properties=(Property("every row sums to 1", sums_to_one),),
)

PUT = "np.put_along_axis(kept, order, chosen, axis=-1)"
TOP_P = Exercise(
    reference=sampling.keep_top_p,
    worked=keep_top_p,
    returns="probabilities: (..., v)",
    probes=top_p_probes,
    mistakes=(
        edit(
            "the crossing token dropped",
            CROSSING,
            ("np.where(before < p,", "np.where(before + largest_first <= p,"),
            (KEPT, "with np.errstate(all='ignore'):\n        return kept / kept.sum(axis=-1, keepdims=True)"),
        ),
        edit(
            "the crossing token dropped, but for the first",
            CROSSING,
            ("np.where(before < p,", "np.where((before + largest_first <= p) | (before == 0),"),
        ),
        edit("one more where the share is exactly reached", REACHED, ("before < p", "before <= p")),
        edit("sorted the wrong way", "Which tokens do you collect first?", ("argsort(-probs", "argsort(probs")),
        edit(
            "cut in sorted order",
            WHERE,
            (PUT, "kept = np.where(chosen > 0, probs, 0.0)"),
        ),
        edit("returned in sorted order", WHERE, (PUT, "kept = chosen")),
        edit("no sum of 1", SUM_TO_ONE, (KEPT, "return kept")),
        edit("one sum for all rows", SUM_TO_ONE, ("kept.sum(axis=-1, keepdims=True)", "kept.sum()")),
        edit(
            "each probability compared with p",
            "p is a share that some tokens have together. Whose sum do you compare?",
            ("before < p", "largest_first >= np.minimum(p, largest_first[..., :1])"),
        ),
        edit(
            "1 - p for p",
            "p = 0.9: do you keep nine tenths, or one?",
            ("before < p", "before < 1 - p"),
        ),
        edit(
            "the first row's number of tokens for all rows",
            "One row is sure, another not. Do they keep equally many?",
            ("before < p", "before.reshape(-1, before.shape[-1])[0] < p"),
        ),
        edit(
            "summed over the rows",
            "Whose probabilities add up to 1: those of a row, or of a column?",
            ("largest_first.cumsum(axis=-1)", "largest_first.cumsum(axis=0)"),
        ),
    ),
    equivalents=(keep_top_p_one_by_one,),
    hints=(
        "Sort each row, the largest first, and ask of each token: how much do the larger ones have together?",
        "A token stays if what stands before it has not reached p yet: cumsum minus the token's own share is below p.",
        "order = np.argsort(-probs), sort, cut, and put everything back where it came from with np.put_along_axis.",
    ),
    properties=(Property("every row sums to 1", sums_to_one),),
)

TURNED = "keys = rotate(x @ w_k, positions)"
STACKED = "return np.concatenate([cache, np.stack([keys, values])], axis=1)"
EXTEND = Exercise(
    reference=caches.extended_cache,
    worked=extended_cache,
    returns="the longer cache, keys first, then values: (2, t + n, d)",
    probes=extend_probes,
    mistakes=(
        edit("the new tokens start at position 0", OWN_PLACE, ("np.arange(past, past + len(x))", "np.arange(len(x))")),
        edit(
            "one position ahead",
            OWN_PLACE,
            ("np.arange(past, past + len(x))", "np.arange(past + 1, past + 1 + len(x))"),
        ),
        edit(
            "all new tokens at one position",
            "Three new tokens: how many positions?",
            ("np.arange(past, past + len(x))", "np.full(len(x), past)"),
        ),
        edit("keys not turned", ON_THE_WAY_IN, (TURNED, "keys = x @ w_k")),
        edit(
            "cached keys turned again",
            ON_THE_WAY_IN,
            (
                STACKED,
                "old = np.stack([rotate(cache[0], np.arange(past)), cache[1]])\n"
                "    return np.concatenate([old, np.stack([keys, values])], axis=1)",
            ),
        ),
        edit(
            "values turned too",
            "Which of queries, keys and values are compared, and which are only read?",
            ("values = x @ w_v", "values = rotate(x @ w_v, positions)"),
        ),
        edit(
            "the new ones in front",
            "In which order did the tokens come?",
            ("[cache, np.stack([keys, values])]", "[np.stack([keys, values]), cache]"),
        ),
        edit("keys and values exchanged", "Which of the two halves holds keys?", ("[keys, values]", "[values, keys]")),
        edit(
            "values made by the keys' matrix",
            "What is read need not be what is compared. How many matrices are there?",
            ("x @ w_v", "x @ w_k"),
        ),
        edit(
            "the past forgotten",
            "What will the next token read, if only the newest are kept?",
            ("[cache, np.stack([keys, values])]", "[np.stack([keys, values])]"),
        ),
        edit(
            "the past overwritten",
            "How long is the cache before, and how long must it be afterwards?",
            (
                STACKED,
                "joined = np.concatenate([cache, np.stack([keys, values])], axis=1)\n"
                "    return joined[:, -max(past, len(x)) :]",
            ),
        ),
    ),
    equivalents=(extended_one_by_one,),
    hints=(
        "Project, turn the keys by the positions at which the tokens stand, append. What is there stays as it is.",
        "The cache holds t tokens, so the new ones stand at t, t + 1, ...: np.arange(t, t + len(x)).",
        "np.concatenate([cache, np.stack([keys, values])], axis=1), with keys = mha.rotate(x @ w_k, positions)",
    ),
    properties=(Property("what the cache held is still in front", keeps_the_past),),
)

QUERIES = "np.arange(first, len(keys))"
READ = Exercise(
    reference=caches.read_cache,
    worked=read_cache,
    returns="what each new token reads: (n, d)",
    probes=read_probes,
    mistakes=(
        edit("queries start at position 0", OWN_PLACE, (QUERIES, "np.arange(len(x))")),
        edit(
            "queries one ahead of their keys",
            "The newest token's own key stands at the end. Where is its query?",
            (QUERIES, "np.arange(first + 1, len(keys) + 1)"),
        ),
        edit(
            "all queries at the last position",
            "Three new tokens: how many positions?",
            (QUERIES, "np.full(len(x), len(keys) - 1)"),
        ),
        edit(
            "queries not turned",
            "Keys are turned. What happens to a difference if only one side turns?",
            ("rotate(x @ w_q, positions)", "x @ w_q"),
        ),
        edit(
            "cached keys turned again",
            ON_THE_WAY_IN,
            ("attention(q, keys,", "attention(q, rotate(keys, np.arange(len(keys))),"),
        ),
        edit(
            "causal from the top left",
            WHO_SEES_WHOM,
            ("causal_mask(len(x), len(keys))", "causal_mask(len(keys))[: len(x)]"),
        ),
        edit("new tokens see each other's future", WHO_SEES_WHOM, ("causal_mask(len(x), len(keys))", "None")),
        edit(
            "nobody sees itself",
            "The newest token's key and value are in the cache. May it read them?",
            ("mask = causal_mask(len(x), len(keys))", "mask = np.arange(len(keys)) < positions[:, None]"),
        ),
        edit(
            "only the past is read",
            "The newest token's key and value are in the cache. May it read them?",
            ("attention(q, keys, values, mask)", "attention(q, keys[:first], values[:first])"),
        ),
        edit(
            "only the new tokens are read",
            "What was the cache kept for?",
            ("attention(q, keys, values, mask)", "attention(q, keys[first:], values[first:], mask[:, first:])"),
        ),
        edit(
            "the keys are read", "What is compared, and what is averaged?", ("keys, values, mask)", "keys, keys, mask)")
        ),
        edit(
            "no scale",
            "What do the scores of attention get divided by?",
            ("attention(q, ", "attention(q * np.sqrt(q.shape[-1]), "),
        ),
    ),
    equivalents=(read_one_by_one,),
    hints=(
        "The new tokens are the last n of the t in the cache. So where do their queries stand, and what may they see?",
        "Positions t - n to t - 1, and a causal mask of n rows and t columns, aligned bottom-right.",
        "mha.attention(mha.rotate(x @ w_q, positions), keys, values, mha.causal_mask(n, t))",
    ),
    properties=(Property("each output lies between the smallest and the largest cached value", within_values),),
)

EXERCISES = (LOSS, BITS, INTERPOLATED, TEMPERED, TOP_K, TOP_P, EXTEND, READ)

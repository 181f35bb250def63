"""Exercises of chapter 10: shift, loss, decoder block, and choosing tokens: greedy, a length rule, a beam.

What learns is judged forward and backward, in float64. What chooses is NumPy, and is given a function that scores.
"""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from mha_lib import decoder, decoding
from mha_lib.diagnosis.broken import edit, rewrite
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.diagnosis.tensors import module_call, tensor_call
from mha_lib.layers import FeedForward, MultiHeadAttention

ANSWER = "At place t the decoder must say label t. Is that label among what it is shown there?"
WHICH_LABELS = "Which labels are words that the model should have said? Only they count, above the line and below."
LOGS = "Score, probability or log-probability: which one do you add up?"
WHO_READS = "Who reads here, and who is read? Whose tokens does the memory hold?"
WHOSE_MASK = "Each mask has an axis of keys. Which side's tokens does it hide?"
HIGHWAY = "What does the highway carry past each of the three layers?"
RULE = "Put a length of 1 into the rule. What must come out? And a length of 7?"
ENDED = "A hypothesis has just written its end. Is it still open? Is it lost?"
NEARLY_ONE = 1 - 1e-12  # a rate of dropout that leaves nothing, so that dropout at the wrong time always shows


def shift(labels, start):
    """Return `start` before the labels, and the last label left out."""
    shifted = labels.roll(1, dims=1)
    shifted[:, 0] = start
    return shifted


def shift_by_concatenation(labels, start):
    """Return the same from two pieces."""
    first = torch.full((len(labels), 1), start, dtype=labels.dtype)
    return torch.cat([first, labels[:, :-1]], dim=1)


def shift_by_padding(labels, start):
    """Return the same: one more in front, one less behind."""
    return F.pad(labels, (1, -1), value=start)


def sequence_loss(scores, labels, pad):
    """Return the mean negative log-probability of the labels that are not padding."""
    log_probs = scores.log_softmax(dim=-1)
    picked = log_probs.gather(-1, labels[..., None])[..., 0]
    real = labels != pad
    return -picked[real].mean()


def loss_of_flat_rows(scores, labels, pad):
    """Return the same: batch and places in one axis, padding cut out first."""
    real = labels != pad
    return F.cross_entropy(scores[real], labels[real])


def loss_by_weights(scores, labels, pad):
    """Return the same as a weighted mean, from logsumexp."""
    label_scores = (scores * F.one_hot(labels, scores.shape[-1])).sum(-1)
    weights = (labels != pad).to(scores.dtype)
    return ((scores.logsumexp(-1) - label_scores) * weights).sum() / weights.sum()


class DecoderBlock(nn.Module):
    """Return tokens that read themselves, then the memory, and then think; norms come first (pre-norm)."""

    def __init__(self, d_model, num_heads, d_ff, dropout=0.0):
        super().__init__()
        self.attention_norm = nn.LayerNorm(d_model)
        self.attention = MultiHeadAttention(d_model, num_heads, dropout=dropout)
        self.cross_attention_norm = nn.LayerNorm(d_model)
        self.cross_attention = MultiHeadAttention(d_model, num_heads, dropout=dropout)
        self.feed_forward_norm = nn.LayerNorm(d_model)
        self.feed_forward = FeedForward(d_model, d_ff, dropout)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, memory, mask=None, memory_mask=None):
        """Return (b, q, d_model)."""
        x = x + self.dropout(self.attention(self.attention_norm(x), mask=mask, is_causal=True))
        x = x + self.dropout(self.cross_attention(self.cross_attention_norm(x), memory, memory_mask))
        return x + self.dropout(self.feed_forward(self.feed_forward_norm(x)))


class DecoderStepByStep(DecoderBlock):
    """Return the same, the causal mask made by hand and every step with a name of its own."""

    def forward(self, x, memory, mask=None, memory_mask=None):
        """Return (b, q, d_model)."""
        past = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).tril()
        read = self.attention(self.attention_norm(x), mask=past if mask is None else past & mask)
        x = torch.add(self.dropout(read), x)
        found = self.cross_attention(self.cross_attention_norm(x), memory=memory, mask=memory_mask)
        x = self.dropout(found) + x
        return self.dropout(self.feed_forward(self.feed_forward_norm(x))) + x


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


def length_normalised(log_prob, length, alpha):
    """Return log-probabilities over the length penalty of Wu et al., 2016, eq. 14."""
    return log_prob / ((5 + length) / 6) ** alpha


def length_normalised_by_logs(log_prob, length, alpha):
    """Return the same, the power taken as an exponential."""
    return np.multiply(log_prob, np.exp(alpha * (np.log(6) - np.log(5 + length))))


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


def scorer(log_probs):
    """Return a function that scores prefixes by their length and last token: (n, t) -> (n, v), from (t, v, v)."""

    def score(prefixes):
        """Return the log-probability of every next token."""
        prefixes = np.asarray(prefixes)
        return log_probs[(prefixes.shape[1] - 1) % len(log_probs), prefixes[:, -1]]

    return score


def random_scorer(rng, length, num_tokens, end=None, lift=0.0):
    """Return a scorer of random probabilities, those of the end lifted or lowered."""
    scores = draw(rng, length, num_tokens, num_tokens)
    if end is not None:
        scores[..., end] += lift
    return scorer(scores - np.log(np.exp(scores).sum(-1, keepdims=True)))


def example():
    """Return the scorer of the worked example: 0 is ".", the end and the start, 1 is "a", 2 is "b"."""
    return scorer(np.log(np.array([[[0.1, 0.5, 0.4], [0.4, 0.3, 0.3], [0.8, 0.1, 0.1]]])))


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


def shift_probes(rng):
    """Return labels: the worked example, ragged, square, one row, one place."""
    return [
        Probe("the worked example", (np.array([[5, 6, 7, 2]]), 1)),
        Probe("2 sequences with padding", (np.array([[5, 9, 4, 2, 0], [8, 2, 0, 0, 0]]), 1)),
        Probe("3 sequences of 3 labels", (rng.integers(3, 9, (3, 3)), 11)),
        Probe("a batch of 1 sequence with 1 label", (np.array([[4]]), 7)),
        Probe("a start that is not 1", (rng.integers(3, 9, (2, 4)), 12)),
    ]


def loss_probes(rng):
    """Return scores and labels: the worked example, ragged, square, without padding, another pad, extreme."""
    worked = np.log(np.array([[[0.5, 0.25, 0.25], [0.2, 0.6, 0.2], [0.1, 0.1, 0.8]]]))
    return [
        Probe("the worked example", (worked, np.array([[1, 2, 0]]), 0)),
        Probe(
            "3 sequences of 3 places over 3 tokens",
            (draw(rng, 3, 3, 3), np.array([[1, 2, 1], [2, 0, 0], [1, 1, 0]]), 0),
        ),
        Probe("a batch of 1 without padding", (draw(rng, 1, 3, 5), np.array([[4, 1, 2]]), 0)),
        Probe("scores from -900 to 900", (draw(rng, 2, 3, 4, scale=300.0), np.array([[1, 3, 2], [2, 0, 0]]), 0)),
        Probe("padding that is token 3", (draw(rng, 2, 4, 5), np.array([[0, 4, 1, 2], [2, 3, 3, 3]]), 3)),
        Probe("sequences of different lengths", (draw(rng, 2, 4, 5), np.array([[3, 4, 1, 2], [2, 0, 0, 0]]), 0)),
    ]


def padding_mask(lengths, longest):
    """Return which keys are words: (b, 1, 1, k)."""
    return (np.arange(longest) < np.array(lengths)[:, None])[:, None, None, :]


def block_probe(rng, label, sizes, shape, lengths=None, memory_lengths=None, dropout=0.0):
    """Return a probe of a block of sizes (d_model, num_heads, d_ff), on (b, q, k) tokens, every parameter drawn."""
    config = dict(zip(("d_model", "num_heads", "d_ff"), sizes, strict=True)) | {"dropout": dropout}
    shapes = {name: tuple(parameter.shape) for name, parameter in DecoderBlock(**config).named_parameters()}
    parameters = {name: draw(rng, *size, scale=0.8) for name, size in sorted(shapes.items())}
    b, q, k = shape
    inputs = {"x": draw(rng, b, q, sizes[0]) + 0.5, "memory": draw(rng, b, k, sizes[0]) - 0.5}
    if lengths:
        inputs |= {"mask": padding_mask(lengths, q), "memory_mask": padding_mask(memory_lengths, k)}
    return Probe(label, (config, parameters, inputs))


def block_probes(rng):
    """Return blocks: small, square, ragged, with padding on both sides, and with dropout that must rest."""
    return [
        block_probe(rng, "2 tokens of width 2 that read 3", (2, 1, 3), (1, 2, 3)),
        block_probe(rng, "4 tokens that read 4, padding on both sides", (4, 2, 4), (2, 4, 4), (3, 4), (4, 2)),
        block_probe(rng, "a block with dropout, in evaluation mode", (4, 2, 5), (2, 3, 2), dropout=NEARLY_ONE),
        block_probe(rng, "5 tokens of width 6 that read 3", (6, 3, 7), (2, 5, 3)),
        block_probe(rng, "padding on both sides", (6, 2, 5), (3, 4, 5), (2, 4, 3), (5, 3, 1)),
    ]


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


def length_probes(rng):
    """Return log-probabilities and lengths: the worked example, two hypotheses, alphas from 0 to 2."""
    return [
        Probe("the worked example", (-3.0, 7, 1.0)),
        Probe("-4 for 4 tokens and -7.2 for 9", (np.array([-4.0, -7.2]), np.array([4, 9]), 0.6)),
        Probe("a single token", (-2.5, 1, 0.6)),
        Probe("an alpha of 0", (np.array([-1.5, -6.0]), np.array([3, 11]), 0.0)),
        Probe("an alpha of 2", (-np.abs(draw(rng, 5)) - 1, np.array([2, 3, 5, 8, 30]), 2.0)),
    ]


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


def starts_right(parts, labels, start):
    """Return whether every row begins with the start."""
    return bool((parts["output"][:, 0] == start).all())


def is_positive(parts, *args):
    """Return whether the loss is at least 0."""
    return bool(parts["output"] >= 0)


def keeps_prompt(tokens, score, start, *args):
    """Return whether the prefixes are still in front."""
    return bool(np.array_equal(np.asarray(tokens)[:, : start.shape[1]], start))


def is_ended(tokens, score, start, end, *args):
    """Return whether there is no token after the first end."""
    return end not in list(np.ravel(tokens)[:-1])


SHIFT = Exercise(
    reference=decoder.shift,
    worked=shift,
    returns="the decoder's input, as a tensor of integers: (b, n)",
    probes=shift_probes,
    mistakes=(
        edit(
            "the labels themselves",
            ANSWER,
            ("shifted = labels.roll(1, dims=1)\n    shifted[:, 0] = start", "shifted = labels"),
        ),
        edit(
            "shifted the wrong way",
            ANSWER,
            ("roll(1, dims=1)", "roll(-1, dims=1)"),
            ("shifted[:, 0]", "shifted[:, -1]"),
        ),
        edit(
            "the first label overwritten by the start",
            "Is there a label that the decoder is never shown and need not say? Which one is last?",
            ("labels.roll(1, dims=1)", "labels.clone()"),
        ),
        edit(
            "the last label comes round to the front",
            "What stands at place 0? Nothing has been said by then.",
            ("\n    shifted[:, 0] = start", ""),
        ),
        edit(
            "the start in front, and no label left out",
            "How many places has the input, and how many the labels?",
            ("return shifted", "return torch.cat([shifted, labels[:, -1:]], dim=1)"),
        ),
        edit("shifted by two", "By how many places is each label late?", ("roll(1,", "roll(2,")),
        edit(
            "shifted over the batch",
            "Which axis is time?",
            ("roll(1, dims=1)", "roll(1, dims=0)"),
            ("shifted[:, 0]", "shifted[0]"),
        ),
        edit("a start of 0", "Which token did the caller want in front?", ("= start", "= 0")),
    ),
    equivalents=(shift_by_concatenation, shift_by_padding),
    hints=(
        "The input is late by one: at place t stands label t - 1. Something must stand at place 0.",
        "labels[:, :-1] are all labels but the last. What goes before them, in a column of its own?",
        "torch.cat([a column full of start, labels[:, :-1]], dim=1)",
    ),
    properties=(Property("every row begins with the start", starts_right),),
    call=tensor_call("labels"),
)

RETURN = "return -picked[real].mean()"
LOSS = Exercise(
    reference=decoder.sequence_loss,
    worked=sequence_loss,
    returns="one number, as a tensor",
    probes=loss_probes,
    mistakes=(
        edit("the loss over padding too", WHICH_LABELS, (RETURN, "return -picked.mean()")),
        edit(
            "padding left out of the sum, but counted",
            WHICH_LABELS,
            (RETURN, "return -(picked * real).sum() / real.numel()"),
        ),
        edit(
            "the loss over padding alone", "Read it aloud: `real` is True for ...", ("labels != pad", "labels == pad")
        ),
        edit(
            "a mean of each sequence's mean",
            "A sequence of one label and one of four: how much should each label weigh?",
            (RETURN, "return -((picked * real).sum(1) / real.sum(1)).mean()"),
        ),
        edit("the sum", "Does twice the batch mean twice the loss?", ("[real].mean()", "[real].sum()")),
        edit(
            "the sum over places, the mean over sequences",
            "A mean over what?",
            (RETURN, "return -(picked * real).sum(1).mean()"),
        ),
        edit("softmax over the places", "Which axis holds the alternatives at one place?", ("dim=-1", "dim=1")),
        edit("softmax over the batch", "Which axis holds the alternatives at one place?", ("dim=-1", "dim=0")),
        edit(
            "softmax twice",
            "What is the smallest loss that you can reach?",
            ("scores.log_softmax", "scores.softmax(dim=-1).log_softmax"),
        ),
        edit("scores instead of log-probabilities", LOGS, ("scores.log_softmax(dim=-1)", "scores")),
        edit("probabilities without the logarithm", LOGS, ("log_softmax", "softmax")),
        edit("no minus", "Which way is better: a larger loss or a smaller one?", ("return -", "return ")),
        edit(
            "the labels shifted once more",
            "Who shifts: the input or the loss? Once is enough.",
            ("log_probs = scores", "scores, labels = scores[:, :-1], labels[:, 1:]\n    log_probs = scores"),
        ),
        edit("a padding of 0", "Which token did the caller call padding?", ("labels != pad", "labels != 0")),
        edit(
            "the likeliest token instead of the label",
            "Whose probability do you want: the favourite's, or the right one's?",
            ("log_probs.gather(-1, labels[..., None])[..., 0]", "log_probs.max(dim=-1).values"),
        ),
        edit(
            "the loss cut from the graph",
            "What should learn from this number?",
            ("scores.log_softmax", "scores.detach().log_softmax"),
        ),
    ),
    equivalents=(loss_of_flat_rows, loss_by_weights),
    hints=(
        "Log-probabilities over the vocabulary; pick the label's at each place; average over the places that count.",
        "scores.log_softmax(dim=-1) is (b, n, v). gather(-1, labels[..., None]) picks one of v at each place.",
        "-picked[labels != pad].mean(), with picked of shape (b, n)",
    ),
    properties=(Property("a loss is never negative", is_positive),),
    call=tensor_call("scores"),
)

SELF = "x = x + self.dropout(self.attention(self.attention_norm(x), mask=mask, is_causal=True))"
CROSS = "x = x + self.dropout(self.cross_attention(self.cross_attention_norm(x), memory, memory_mask))"
BLOCK = Exercise(
    reference=decoder.DecoderBlock,
    worked=DecoderBlock,
    returns="the tokens after the block, as a tensor: (b, q, d_model)",
    probes=block_probes,
    mistakes=(
        edit("self-attention sees the future", ANSWER, (", is_causal=True", "")),
        edit("cross-attention reads itself", WHO_READS, ("(x), memory, memory_mask", "(x), mask=memory_mask")),
        edit(
            "the memory asks and the tokens are read",
            WHO_READS,
            (
                "self.cross_attention(self.cross_attention_norm(x), memory, memory_mask)",
                "self.cross_attention(memory, self.cross_attention_norm(x), mask)",
            ),
        ),
        edit(
            "cross-attention is causal",
            "Is the end of the source hidden while its translation begins?",
            ("memory, memory_mask)", "memory, memory_mask, True)"),
        ),
        edit("memory mask not passed on", WHOSE_MASK, ("memory, memory_mask", "memory")),
        edit("the mask of the wrong side in cross-attention", WHOSE_MASK, ("memory, memory_mask)", "memory, mask)")),
        edit("the mask of the wrong side in self-attention", WHOSE_MASK, ("mask=mask", "mask=memory_mask")),
        edit(
            "the two masks exchanged",
            WHOSE_MASK,
            ("mask=mask", "mask=memory_mask"),
            ("memory, memory_mask)", "memory, mask)"),
        ),
        edit("self-attention's mask not passed on", WHOSE_MASK, ("mask=mask, ", "")),
        edit(
            "the memory normalised again",
            "Whose last act was a norm? Does the memory come from there?",
            ("(x), memory, ", "(x), self.cross_attention_norm(memory), "),
        ),
        edit(
            "cross-attention comes first",
            "What should a token ask the source with: what it is, or what it has read so far?",
            (SELF, "READ"),
            (CROSS, SELF),
            ("READ", CROSS),
        ),
        edit(
            "no residual around self-attention",
            HIGHWAY,
            ("x = x + self.dropout(self.attention(", "x = self.dropout(self.attention("),
        ),
        edit(
            "no residual around cross-attention",
            HIGHWAY,
            ("x = x + self.dropout(self.cross", "x = self.dropout(self.cross"),
        ),
        edit(
            "no norm before cross-attention",
            "How many norms has a decoder block?",
            ("self.cross_attention_norm(x)", "x"),
        ),
        edit(
            "one norm for both attentions",
            "Each layer may want its own gain. How many norms are learned here?",
            ("self.cross_attention_norm(x)", "self.attention_norm(x)"),
        ),
        edit(
            "one attention layer for both",
            "How many attention layers has a decoder block?",
            ("self.cross_attention(self", "self.attention(self"),
        ),
        edit(
            "both attentions read the same tokens",
            "What should a token ask the source with: what it is, or what it has read so far?",
            ("x = x + self.dropout(self.attention(", "y = x + self.dropout(self.attention("),
            ("x = x + self.dropout(self.cross", "x = y + self.dropout(self.cross"),
        ),
        edit(
            "no feed-forward layer",
            "Two layers read. Which one thinks?",
            ("return x + self.dropout(self.feed_forward(self.feed_forward_norm(x)))", "return x"),
        ),
        edit(
            "the memory cut from the graph",
            "How does the encoder learn what to say, if nothing comes back from its reader?",
            ("(x), memory, ", "(x), memory.detach(), "),
        ),
        edit(
            "dropout that never rests",
            "What does `.eval()` change? A function that was not told the mode cannot know it.",
            ("nn.Dropout(dropout)", "(lambda x: F.dropout(x, dropout))"),
        ),
    ),
    equivalents=(DecoderStepByStep,),
    hints=(
        "Three times the same pattern: x + layer(norm(x)). Self-attention, cross-attention, feed-forward.",
        "Queries come from x in both attentions. Whose are the keys in the second, and whose padding is hidden?",
        "x = x + self.dropout(self.cross_attention(self.cross_attention_norm(x), memory, memory_mask)) comes second.",
    ),
    call=module_call,
)

TOKEN = "np.where(ended, end, score(tokens).argmax(axis=-1))"
GREEDY = Exercise(
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

LENGTH = Exercise(
    reference=decoding.length_normalised,
    worked=length_normalised,
    returns="the normalised log-probability, of the shape that log_prob and length have together",
    probes=length_probes,
    mistakes=(
        edit(
            "multiplies by the penalty",
            "Log-probabilities are negative. Does your rule help long sequences or harm them?",
            ("log_prob /", "log_prob *"),
        ),
        edit(
            "no normalisation",
            "Each further token makes the sum smaller. What makes up for it?",
            (" / ((5 + length) / 6) ** alpha", " + 0 * length"),
        ),
        edit("the mean a token", RULE, ("((5 + length) / 6) ** alpha", "length")),
        edit("the length to the power of alpha", RULE, ("(5 + length) / 6", "length")),
        edit("the 5 forgotten", RULE, ("5 + length", "length")),
        edit("the 6 forgotten", RULE, ("((5 + length) / 6)", "(5 + length)")),
        edit(
            "alpha as a factor",
            "Alpha is an exponent. What must an alpha of 0 do?",
            (" ** alpha", " / alpha if alpha else log_prob + 0 * length"),
        ),
        edit(
            "only the 6 to the power of alpha",
            "Python takes ** before /. What is raised here?",
            ("((5 + length) / 6) ** alpha", "((5 + length) / 6**alpha)"),
        ),
        edit(
            "a penalty that is subtracted",
            "Divide or subtract: what does the rule say?",
            ("log_prob / ", "log_prob - "),
        ),
    ),
    equivalents=(length_normalised_by_logs,),
    hints=(
        "Divide the log-probability by a number that is 1 for one token and grows with the length.",
        "The number is ((5 + length) / 6), and alpha is its exponent.",
        "log_prob / ((5 + length) / 6) ** alpha",
    ),
)

BEAM = Exercise(
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

EXERCISES = (SHIFT, LOSS, BLOCK, GREEDY, LENGTH, BEAM)

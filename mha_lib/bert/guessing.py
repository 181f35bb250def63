"""Chapter 10. Guessing hidden tokens: scores of an encoder, and of counting, which knows neither far words nor order.

A score is a dict with the accuracy, the share of hidden tokens that the best guess hits, and the perplexity, e to the
mean surprise: 500 means as unsure as between 500 tokens that are equally likely.
"""

import math

import torch
import torch.nn.functional as F

from mha_lib.bert.wordpiece import HIDDEN

SMOOTHING = (1, 3, 10, 30, 100, 300)  # the bigram's best is taken, in its favour


@torch.no_grad()
def encoder_score(encoder, rows, chosen):
    """Return the accuracy and perplexity of the encoder on the chosen tokens, all of which [MASK] hides from it.

    rows: (b, n) tokens of the book's vocabulary   chosen: (b, n) booleans
    """
    log_probs, right = [], []
    for some, hidden in zip(rows.split(128), chosen.split(128), strict=True):
        scores = encoder.token_scores(encoder(some.masked_fill(hidden, HIDDEN))[hidden])
        log_probs.append(-F.cross_entropy(scores, some[hidden], reduction="none"))
        right.append(scores.argmax(-1) == some[hidden])
    return score(torch.cat(log_probs), torch.cat(right))


def baseline_scores(train, rows, chosen, vocab_size):
    """Return the scores of guessing by frequency alone, and by the token to the left, which is never hidden from it.

    train: (n,) tokens to count   rows: (b, n) tokens   chosen: (b, n) booleans, False in the first column
    ->  a dict of "unigram" and "left bigram"
    """
    unigram = torch.bincount(train, minlength=vocab_size).float() + 1
    unigram /= unigram.sum()
    truth, left = rows[chosen], rows[:, :-1][chosen[:, 1:]]  # [CLS] comes first and is never chosen
    pairs = torch.bincount(train[:-1] * vocab_size + train[1:], minlength=vocab_size**2).view(vocab_size, -1)
    bigrams = [bigram_score(pairs, unigram, k, left, truth) for k in SMOOTHING]
    return {
        "unigram": score(unigram[truth].log(), unigram.argmax() == truth),
        "left bigram": min(bigrams, key=lambda found: found["perplexity"]),
    }


def bigram_score(pairs, unigram, k, left, truth):
    """Return the score of the bigram with `k` imagined tokens, shared out as in the unigram, after each token."""
    log_probs, right = [], []
    for lefts, truths in zip(left.split(1024), truth.split(1024), strict=True):
        counts = pairs[lefts] + k * unigram
        log_probs.append((counts.gather(1, truths[:, None])[:, 0] / counts.sum(1)).log())
        right.append(counts.argmax(1) == truths)
    return score(torch.cat(log_probs), torch.cat(right))


def score(log_probs, right):
    """Return accuracy and perplexity out of the log-probability of each true token and whether it was the guess.

    >>> score(torch.tensor([0.25, 0.25]).log(), torch.tensor([True, False]))
    {'accuracy': 0.5, 'perplexity': 4.0}
    """
    accuracy, perplexity = right.float().mean().item(), math.exp(-log_probs.double().mean().item())
    return {"accuracy": round(accuracy, 4), "perplexity": round(perplexity, 2)}


@torch.no_grad()
def fill_in(encoder, tokenizer, text, top=3):
    """Return the `top` likeliest tokens for each [MASK] in a text: a list of lists of (token, probability).

    Works with any encoder that has a head for hidden tokens, since it asks the tokenizer for the number of [MASK].
    Raises ValueError if the text has no [MASK].
    """
    ids = torch.tensor([tokenizer.encode(text).ids])
    hidden = ids == tokenizer.token_to_id("[MASK]")
    if not hidden.any():
        raise ValueError(f"there is no [MASK] in {text!r}; write one where a token is to be guessed")
    chances = encoder.token_scores(encoder(ids)[hidden]).softmax(-1).topk(top)  # (masks, top)
    return [
        [(tokenizer.id_to_token(token), chance) for token, chance in zip(tokens, row, strict=True)]
        for tokens, row in zip(chances.indices.tolist(), chances.values.tolist(), strict=True)
    ]

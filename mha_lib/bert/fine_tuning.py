"""Chapter 10. What an encoder is used for: small heads for a class, a span and a vector of a whole text.

Each head is a line or two. The encoder under it may be pretrained or new: the head cannot tell.
"""

import copy

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from mha_lib.bert.checkpoints import settings_of
from mha_lib.bert.masking import initialise, key_mask
from mha_lib.bert.text_encoder import TextEncoder
from mha_lib.bert.wordpiece import PAD


def untrained_like(encoder, seed):
    """Return a new encoder of the same sizes and the same make, its weights drawn from `seed` as for pretraining."""
    made = TextEncoder(**settings_of(encoder))
    initialise(made, torch.Generator().manual_seed(seed))
    return made.eval()


def copied(encoder):
    """Return an encoder of the same weights, to be trained on without changing the one that was given."""
    return copy.deepcopy(encoder)


class TextClassifier(nn.Module):
    """An encoder and one linear layer on its first token: names the class of a text.

    ids: (b, n) with [CLS] first and [PAD] at the end  ->  scores (b, num_classes), before softmax

    The encoder is copied, so that training leaves the one that was given as it is.
    Source: Devlin et al., 2019, section 4.1.

    >>> encoder = TextEncoder(vocab_size=11, d_model=12, num_heads=3, d_ff=24, num_layers=1)
    >>> TextClassifier(encoder, num_classes=5)(torch.tensor([[2, 7, 3], [2, 3, 0]])).shape
    torch.Size([2, 5])
    """

    def __init__(self, encoder, num_classes):
        super().__init__()
        self.encoder = copied(encoder)
        self.classify = nn.Linear(encoder.token_embedding.embedding_dim, num_classes)

    def forward(self, ids):
        """Return one score a class for each text: (b, num_classes)."""
        ids = trimmed(ids)
        return self.classify(self.encoder(ids, key_mask(ids))[:, 0])


class SpanFinder(nn.Module):
    """An encoder and one linear layer on every token: where does the answer begin, where does it end?

    ids: (b, n), a question and the text that answers it   allowed: (b, n), True where an answer may lie
    ->  scores (b, 2, n), before softmax: of the first token and of the last; -inf where no answer may lie

    Softmax runs over the places of a row, not over a vocabulary. The encoder is copied.
    Source: Devlin et al., 2019, section 4.2.

    >>> encoder = TextEncoder(vocab_size=11, d_model=12, num_heads=3, d_ff=24, num_layers=1)
    >>> SpanFinder(encoder)(torch.tensor([[2, 7, 3, 8, 9, 3]]), torch.tensor([[0, 0, 0, 1, 1, 0]]).bool()).shape
    torch.Size([1, 2, 6])
    """

    def __init__(self, encoder):
        super().__init__()
        self.encoder = copied(encoder)
        self.point = nn.Linear(encoder.token_embedding.embedding_dim, 2)

    def forward(self, ids, allowed):
        """Return the scores of each place as the first and as the last token of the answer: (b, 2, n)."""
        scores = self.point(self.encoder(ids, key_mask(ids))).transpose(1, 2)  # (b, 2, n)
        return scores.masked_fill(~allowed[:, None], -torch.inf)


def span_loss(scores, spans):
    """Return the mean surprise at the true first and last tokens. scores: (b, 2, n)  spans: (b, 2) integers

    Source: Devlin et al., 2019, section 4.2.
    """
    return F.cross_entropy(scores.flatten(0, 1), spans.flatten())


def best_span(start_scores, end_scores, allowed, max_len):
    """Return the first and the last token of the likeliest answer, both inclusive. -> integers (2,)

    start_scores, end_scores: (n,), NumPy   allowed: (n,) booleans, True in the text that is asked, so neither in the
    question nor in padding   max_len: the most tokens of an answer

    Of all spans that begin and end in allowed places, not end before they begin and have at most `max_len` tokens, the
    one with the largest sum of scores; of equals the one that begins first, then ends first.
    Raises ValueError if no place is allowed or no length.
    Source: Devlin et al., 2019, section 4.2; the longest length is in their code.

    >>> best_span([0, 3, 2], [5, 1, 4], [True, True, True], max_len=2).tolist()
    [1, 2]
    """
    allowed = np.asarray(allowed, dtype=bool)
    if not allowed.any() or max_len < 1:
        raise ValueError(f"an answer needs a place and a length: {allowed.sum()} places are allowed, max_len {max_len}")
    totals = np.asarray(start_scores, dtype=float)[:, None] + np.asarray(end_scores, dtype=float)[None]  # (first, last)
    length = np.arange(len(allowed))[None] - np.arange(len(allowed))[:, None] + 1
    possible = allowed[:, None] & allowed[None] & (length >= 1) & (length <= max_len)
    totals = np.where(possible, totals, -np.inf)
    return np.array(np.unravel_index(totals.argmax(), totals.shape))


def mean_pool(hidden, real):
    """Return the mean vector of the real tokens of each row; zeros for a row without any.

    hidden: (b, n, d)   real: (b, n) booleans, False for padding  ->  (b, d)

    >>> mean_pool(torch.tensor([[[1.0], [3.0], [8.0]]]), torch.tensor([[True, True, False]])).tolist()
    [[2.0]]
    """
    weights = real.to(hidden.dtype)[..., None]  # (b, n, 1)
    return (hidden * weights).sum(1) / weights.sum(1).clamp(min=1)


def trimmed(ids):
    """Return rows without the columns at their end that are padding in all of them: less to compute, nothing lost."""
    return ids[:, : int((ids != PAD).sum(1).max())]


def classification_loss(model, ids, classes):
    """Return the mean surprise at the true class, for `training.train`. ids: (b, n)  classes: (b,)"""
    return F.cross_entropy(model(ids), classes)


def question_loss(model, ids, allowed, spans):
    """Return the mean surprise at the true first and last tokens, for `training.train`. allowed: (b, n)  spans: (b, 2)

    Columns that are padding in every row of the batch are cut off first.
    """
    length = trimmed(ids).shape[1]
    return span_loss(model(ids[:, :length], allowed[:, :length]), spans)


@torch.no_grad()
def predictions(model, *tensors, size=128):
    """Return a model's output on all rows of the tensors, `size` rows at a time."""
    parts = zip(*(tensor.split(size) for tensor in tensors), strict=True)
    return torch.cat([model(*part) for part in parts])

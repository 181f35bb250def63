"""Chapter 9. The translator: what stands between pairs of texts and the model that learns from them."""

import numpy as np
import torch

from mha_lib.translation import texts as translation
from mha_lib.translation.decoder import sequence_loss, shift
from mha_lib.translation.decoding import greedy
from mha_lib.translation.texts import END_ID, PAD_ID, START_ID


def readable(sources):
    """Return the mask of sources, True where there is no padding: (b, k) -> (b, 1, 1, k)."""
    return (sources != PAD_ID)[:, None, None, :]


def translation_loss(model, sources, labels):
    """Return the mean surprise of a Seq2Seq at each label, shown those before it. (b, k), (b, q) -> a number"""
    return sequence_loss(model(sources, shift(labels, START_ID), readable(sources)), labels, PAD_ID)


def num_labels(sources, labels):
    """Return how many labels are no padding: what `translation_loss` is a mean over. (b, k), (b, q) -> an integer"""
    return int((labels != PAD_ID).sum())


def scorer(model, memory, mask):
    """Return a function of prefixes for `decoding`, given what the encoder has read and its mask."""

    @torch.no_grad()
    def score(prefixes):
        """Return the log-probability of every next token: (n, t) -> (n, v)."""
        read = memory.expand(len(prefixes), -1, -1)
        return model.decode(torch.from_numpy(prefixes), read, mask)[:, -1].log_softmax(-1).numpy()

    return score


@torch.no_grad()
def translate(model, sources, max_new, tokens=None):
    """Return the texts that a Seq2Seq writes greedily for sources (b, k), each of at most `max_new` tokens.

    tokens: all tokens, as `mha_lib.translation.texts.tokens_of` returns them; those of dates unless given
    """
    mask = readable(sources)
    score = scorer(model, model.encode(sources, mask), mask)
    written = greedy(score, np.full((len(sources), 1), START_ID), END_ID, max_new)
    return translation.decode(written[:, 1:], tokens)

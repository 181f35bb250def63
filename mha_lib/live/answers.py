"""What the book's encoder makes of a sentence: tokens, attention, and guesses for hidden words. Needs PyTorch."""

from dataclasses import dataclass

import numpy as np
import torch

from mha_lib.heads.reading import attention_maps
from mha_lib.live.limits import MAX_TOKENS
from mha_lib.seeing.ablation import without_heads

NUM_GUESSES = 5
HIDDEN = "[MASK]"
MAX_FILLS = 4


@dataclass(frozen=True)
class Reading:
    """A sentence as read.

    tokens: n names   maps: (layers, h, n, n)   guesses: each hidden place -> [(token, probability), ...]
    """

    tokens: list
    maps: np.ndarray
    guesses: dict


def read(encoder, tokenizer, sentence, off=()):
    """Return the Reading of a sentence, with some heads switched off.

    off  a list of (layer, head), see `mha_lib.seeing.ablation.without_heads`

    Beyond 128 tokens a sentence is cut off, its last token kept: [CLS], 126 tokens, [SEP]. The probabilities are over
    the whole vocabulary; a hidden place has the five likeliest.
    """
    ids = cut(tokenizer.encode(sentence).ids)
    tokens = [tokenizer.id_to_token(number) for number in ids]
    places = [place for place, token in enumerate(tokens) if token == HIDDEN]
    with without_heads(encoder, off):
        maps = torch.cat(attention_maps(encoder, torch.tensor([ids])))  # (layers, h, n, n)
        guesses = best(encoder, tokenizer, ids, places)
    return Reading(tokens, maps.numpy(), guesses)


def fills(encoder, tokenizer, sentence, reading):
    """Yield for each hidden place (the first 4) its guesses with every head on, and those without each single head.

    ->  dicts of "place", "on": [(token, probability), ...], "off": such a list for each head, layer by layer
    """
    places = list(reading.guesses)[:MAX_FILLS]
    layers, heads = reading.maps.shape[:2]
    each = [(layer, head) for layer in range(layers) for head in range(heads)] if places else []
    without = [read(encoder, tokenizer, sentence, [head]).guesses for head in each]
    for place in places:
        off = [rounded(guesses[place]) for guesses in without]
        yield {"place": place, "on": rounded(reading.guesses[place]), "off": off}


def rounded(guesses):
    """Return guesses with as many digits as a view shows."""
    return [(token, round(chance, 4)) for token, chance in guesses]


def cut(ids):
    """Return the token numbers, or the first 127 and the last if there are more than 128."""
    return ids if len(ids) <= MAX_TOKENS else [*ids[: MAX_TOKENS - 1], ids[-1]]


def best(encoder, tokenizer, ids, places):
    """Return the likeliest tokens at each place: place -> [(token, probability), ...]."""
    with torch.no_grad():
        hidden = encoder(torch.tensor([ids]))[0, places]
        chances, numbers = encoder.token_scores(hidden).softmax(-1).topk(NUM_GUESSES)  # (places, 5)
    rows = zip(numbers.tolist(), chances.tolist(), strict=True)
    names = [[(tokenizer.id_to_token(i), p) for i, p in zip(*row, strict=True)] for row in rows]
    return dict(zip(places, names, strict=True))

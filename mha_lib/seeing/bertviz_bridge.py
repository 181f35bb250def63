"""Chapter 11. A bridge to BertViz: the book's maps in the form that its views take.

BertViz (Vig, 2019) is a package of its own, `pip install bertviz`; nothing here imports it.
"""

import torch


def for_bertviz(maps, tokens, sentence=0):
    """Return (attention, tokens) as BertViz takes them: `bertviz.head_view(*for_bertviz(maps, tokens))`.

    maps: one (b, h, n, n) for each layer, as `attention_maps` returns them   tokens: the n words of one sentence
    sentence: which of the b sentences
    ->  a list of float32 tensors (1, h, n, n), one a layer, and a list of strings

    Both of its views take the same. Rows are queries there too: the left column asks. What lies beyond the last of the
    tokens is cut off, so a padded sentence needs only its own words.
    Raises ValueError if there are more tokens than places, or weight on a place that is cut off.

    >>> attention, words = for_bertviz([torch.eye(3)[None, None]], ["a", "b", "c"])
    >>> attention[0].shape, words
    (torch.Size([1, 1, 3, 3]), ['a', 'b', 'c'])
    """
    tokens = [str(token) for token in tokens]
    maps = [torch.as_tensor(weights)[sentence : sentence + 1].detach().float().cpu() for weights in maps]
    for weights in maps:
        check_fit(weights, len(tokens))
    return [weights[..., : len(tokens), : len(tokens)] for weights in maps], tokens


def check_fit(weights, num_tokens):
    """Raise ValueError unless (1, h, n, n) has a place for each token and no weight on the places after them."""
    if weights.ndim != 4 or min(weights.shape[-2:]) < num_tokens:
        raise ValueError(f"{num_tokens} tokens need maps (b, h, n, n) with n no smaller, got {tuple(weights.shape)}")
    beyond = weights[..., :num_tokens, num_tokens:].sum(-1).max()
    if beyond > 1e-4:
        raise ValueError(f"a query puts {beyond:.2f} of its weight beyond the {num_tokens} tokens; was padding masked?")

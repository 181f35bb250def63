"""Chapter 8. Packing: padding left out instead of hidden, so that nobody computes what nobody reads."""

from functools import partial

import torch
import torch.nn.functional as F


def pack(x, lengths):
    """Return the real tokens alone, sentence after sentence.

    x: (b, n, d_model)   lengths: b integers  ->  (1, total, d_model), total being their sum

    Raises ValueError unless there is one length for each sentence, none negative or above n.

    >>> pack(torch.arange(6.0).reshape(2, 3, 1), [1, 2]).flatten().tolist()
    [0.0, 3.0, 4.0]
    """
    b, n = x.shape[:2]
    if len(lengths) != b or not all(0 <= length <= n for length in lengths):
        raise ValueError(f"{b} sentences of {n} tokens need {b} lengths from 0 to {n}, got {list(lengths)}")
    return torch.cat([sentence[:length] for sentence, length in zip(x, lengths, strict=True)])[None]


def unpack(packed, lengths, num_tokens):
    """Return packed tokens as rows of one sentence each, zeros where there is padding: `pack` undone.

    packed: (1, total, d_model)   lengths: b integers that sum to total  ->  (b, num_tokens, d_model)

    Raises ValueError if they sum to another number, or one is above num_tokens.

    >>> unpack(torch.tensor([[[5.0], [6.0], [7.0]]]), [1, 2], num_tokens=3)[..., 0].tolist()
    [[5.0, 0.0, 0.0], [6.0, 7.0, 0.0]]
    """
    if sum(lengths) != packed.shape[1]:
        raise ValueError(f"the lengths sum to {sum(lengths)}, but {packed.shape[1]} tokens are packed")
    if max(lengths) > num_tokens:
        raise ValueError(f"a row of {num_tokens} tokens cannot hold a sentence of {max(lengths)}")
    sentences = packed[0].split(list(lengths))
    return torch.stack([F.pad(sentence, (0, 0, 0, num_tokens - len(sentence))) for sentence in sentences])


def attend_packed(layer, packed, lengths, is_causal=False):
    """Return what `layer` returns for packed tokens, each of which reads its own sentence only.

    layer: a `MultiHeadAttention`   packed: (1, total, d_model)   lengths: b integers  ->  (1, total, d_model)

    The projections take all tokens at once. Attention takes one sentence at a time: its cost grows with the squares of
    the lengths, so many short sentences are cheaper than one long row. A hook on the weights sees one map a sentence.

    >>> from mha_lib.heads.layers import MultiHeadAttention
    >>> attend_packed(MultiHeadAttention(12, 3), torch.ones(1, 8, 12), [5, 3]).shape
    torch.Size([1, 8, 12])
    """
    parts = (heads.split(list(lengths), dim=2) for heads in layer.project(packed, packed))
    sentences = zip(lengths, *parts, strict=True)
    heads = [layer.attend(*qkv, is_causal=is_causal).transpose(1, 2) for length, *qkv in sentences if length]
    return layer.project_out(torch.cat(heads, dim=1).flatten(2))  # (1, total, h, d) -> (1, total, d_model)


def encode_packed(encoder, x, lengths, is_causal=False):
    """Return what `encoder` returns for the real tokens, and zeros for padding, on which no time is spent.

    encoder: an `Encoder`   x: (b, n, d_model)   lengths: b integers, not all 0  ->  (b, n, d_model)

    All but attention treats each token alone, so it takes all sentences as one. Works in training too.
    Source: Zhai et al., 2023, ByteTransformer, for the idea.

    >>> from mha_lib.encoder.blocks import Encoder
    >>> encoder = Encoder(d_model=12, num_heads=3, d_ff=48, num_layers=2)
    >>> encode_packed(encoder, torch.ones(2, 5, 12), [5, 3])[1, 3:].any().item()
    False
    """
    packed = pack(x, lengths)
    for block in encoder.blocks:
        attend = partial(attend_packed, block.attention, lengths=lengths, is_causal=is_causal)
        packed = block.add(packed, block.attention_norm, attend)
        packed = block.add(packed, block.feed_forward_norm, block.feed_forward)
    return unpack(encoder.final_norm(packed), lengths, x.shape[1])

"""Chapter 13. XLNet: the words in any order, and two streams, so that a place can be asked for its word.

The masks are NumPy. An order lists places: `order[t]` is the place that comes t-th. Its inverse is the rank.
"""

import numpy as np
import torch
from torch import nn

from mha_lib.encoder.blocks import EncoderBlock


def ranks(order):
    """Return for each place when it comes in an order: the inverse permutation. (..., n) integers -> (..., n)

    Raises ValueError if a row is not a permutation of 0 to n - 1.

    >>> ranks([2, 0, 3, 1]).tolist()  # place 0 comes second, so its rank is 1
    [1, 3, 0, 2]
    """
    order = np.asarray(order)
    if not np.array_equal(np.sort(order, axis=-1), np.broadcast_to(np.arange(order.shape[-1]), order.shape)):
        raise ValueError(f"an order must list each of the {order.shape[-1]} places once, got {order.tolist()}")
    return np.argsort(order, axis=-1)


def content_mask(order):
    """Return which places the content stream may read: those not later in the order, the own one included.

    order: (..., n) integers  ->  (..., n, n) booleans, a row a query

    Source: Yang et al., 2019, section 2.3 and figure 1 (a).

    >>> content_mask([2, 0, 1]).astype(int).tolist()
    [[1, 0, 1], [1, 1, 1], [0, 0, 1]]
    """
    rank = ranks(order)
    return rank[..., None, :] <= rank[..., :, None]


def query_mask(order):
    """Return which places the query stream may read: those earlier in the order, and never the own one.

    order: (..., n) integers  ->  (..., n, n) booleans, a row a query

    The row of the first place is empty. Source: Yang et al., 2019, section 2.3 and figure 1 (b).

    >>> query_mask([2, 0, 1]).astype(int).tolist()
    [[0, 0, 1], [1, 0, 1], [0, 0, 0]]
    """
    rank = ranks(order)
    return rank[..., None, :] < rank[..., :, None]


def draw_orders(rng, count, num_places):
    """Return `count` random orders, (count, num_places) integers; every permutation is equally likely."""
    return rng.permuted(np.tile(np.arange(num_places), (count, 1)), axis=1)


class XLNet(nn.Module):
    """A permutation language model: it scores each place's token, having read those before it in any given order.

    tokens: (b, n) integers   order: (n,) or (b, n) integers  ->  scores (b, n, vocab_size), before softmax

    Two streams go through the same blocks, with the same parameters. The content stream h knows the tokens; the query
    stream g begins as one learned vector, and knows of its own token only the place. Both read h, g without itself.
    Raises ValueError for more than `max_len` tokens, and for an order that is no permutation.
    Source: Yang et al., 2019, section 2.3. Unlike there, positions are learned and added to what enters, the blocks
    are pre-norm, there is no memory of earlier segments, and the loss may be over all places.

    >>> model = XLNet(vocab_size=11, d_model=12, num_heads=3, d_ff=24, num_layers=2, max_len=5)
    >>> model(torch.tensor([[1, 4, 9]]), order=[2, 0, 1]).shape
    torch.Size([1, 3, 11])
    """

    def __init__(self, vocab_size, d_model, num_heads, d_ff, num_layers, max_len, dropout=0.0):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(max_len, d_model)
        self.question = nn.Parameter(0.02 * torch.randn(d_model))
        self.blocks = nn.ModuleList(EncoderBlock(d_model, num_heads, d_ff, dropout) for _ in range(num_layers))
        self.final_norm = nn.LayerNorm(d_model)
        self.predict = nn.Linear(d_model, vocab_size)

    def forward(self, tokens, order):
        """Return the scores of each place's token, given the tokens before it in the order: (b, n, vocab_size)."""
        return self.predict(self.streams(tokens, order)[1])

    def streams(self, tokens, order):
        """Return (content, query), what leaves the two streams: two tensors (b, n, d_model)."""
        sees, asks = (torch.from_numpy(mask(order)).to(tokens.device) for mask in (content_mask, query_mask))
        sees, asks = (mask[:, None] if mask.ndim == 3 else mask for mask in (sees, asks))  # (b, 1, n, n) or (n, n)
        places = self.places(tokens.shape[1])
        h, g = self.token_embedding(tokens) + places, (self.question + places).expand(len(tokens), -1, -1)
        for block in self.blocks:
            h, g = two_stream_step(block, h, g, sees, asks)
        return self.final_norm(h), self.final_norm(g)

    def places(self, num_tokens):
        """Return the vectors of the first places: (n, d_model)."""
        max_len = self.position_embedding.num_embeddings
        if num_tokens > max_len:
            raise ValueError(f"a sequence may have at most max_len ({max_len}) tokens, got {num_tokens}")
        return self.position_embedding.weight[:num_tokens]


def two_stream_step(block, h, g, sees, asks):
    """Return (h, g) after one block: both streams read the content h as it was, each under its own mask.

    block: a pre-norm EncoderBlock   h, g: (b, n, d_model)   sees, asks: masks of the content and of the query stream

    Source: Yang et al., 2019, section 2.3 and figure 1 (c).
    """
    memory = block.attention_norm(h)
    asked = g + block.dropout(block.attention(block.attention_norm(g), memory, mask=asks))
    read = h + block.dropout(block.attention(memory, memory, mask=sees))
    return tuple(block.add(x, block.feed_forward_norm, block.feed_forward) for x in (read, asked))

"""Chapter 16 in PyTorch. Grouped heads as a layer, and trained layers whose heads are made to share."""

import copy

import torch
import torch.nn.functional as F
from torch import nn

from mha_lib.heads.layers import MultiHeadAttention
from mha_lib.variants.grouped import group_size


class GroupedQueryAttention(MultiHeadAttention):
    """Multi-head attention in which neighbouring query heads share a head of keys and values.

    x: (b, q, d_model)   memory: (b, k, d_model)   mask: broadcast to (b, h, q, k), True means may attend
    ->  (b, q, d_model)

    It takes what `MultiHeadAttention` takes. `project_qkv` has h blocks of d rows for the queries, then num_kv_heads
    blocks for the keys, and as many for the values; query head i reads keys and values i // (h / num_kv_heads).
    Raises ValueError unless num_kv_heads divides num_heads.
    Source: Ainslie et al., 2023, section 2.2; Shazeer, 2019, section 3, for num_kv_heads = 1.

    >>> layer = GroupedQueryAttention(d_model=12, num_heads=6, num_kv_heads=2)
    >>> layer(torch.ones(2, 5, 12)).shape, tuple(layer.project_qkv.weight.shape)
    (torch.Size([2, 5, 12]), (20, 12))
    """

    def __init__(self, d_model, num_heads, num_kv_heads, bias=True, dropout=0.0, positions=None):
        super().__init__(d_model, num_heads, bias, dropout, positions)
        self.repeats = group_size(num_heads, num_kv_heads)
        self.num_kv_heads = num_kv_heads
        self.d_head = d_model // num_heads
        self.project_qkv = nn.Linear(d_model, (num_heads + 2 * num_kv_heads) * self.d_head, bias)

    def attend(self, q, k, v, mask=None, is_causal=False):
        """Return what each head reads: (b, h, q, d), (b, g, k, d), (b, g, k, d)  ->  (b, h, q, d)."""
        k, v = (x.repeat_interleave(self.repeats, dim=1) for x in (k, v))  # (b, g, k, d) -> (b, h, k, d)
        return super().attend(q, k, v, mask, is_causal)

    def split(self, packed, parts):
        """Return 1 part, the queries' heads; 2, those of keys and values; or all 3: each (b, heads, n, d)."""
        heads = packed.unflatten(-1, (-1, self.d_head)).transpose(1, 2)
        sizes = [self.num_heads, self.num_kv_heads, self.num_kv_heads]
        return heads.split(sizes[:1] if parts == 1 else sizes[-parts:], dim=1)


def read_shared(q, k, v):
    """Return what the one new token of each sequence reads from a cache that heads share; the cache is not copied.

    q: (b, h, 1, d)   k, v: (b, g, t, d)  ->  (b, h, 1, d)

    The h / g queries of a group become rows of one head's queries: each key is fetched once for all of them.
    Raises ValueError unless g divides h.

    >>> read_shared(torch.zeros(1, 4, 1, 2), torch.zeros(1, 2, 7, 2), torch.ones(1, 2, 7, 2)).shape
    torch.Size([1, 4, 1, 2])
    """
    rows = q.reshape(len(q), k.shape[1], group_size(q.shape[1], k.shape[1]), -1)
    return F.scaled_dot_product_attention(rows, k, v).reshape(*q.shape[:-1], -1)


@torch.no_grad()
def grouped_from(layer, num_kv_heads):
    """Return a `GroupedQueryAttention` made of a `MultiHeadAttention`: its keys' and values' heads averaged in groups.

    Queries and output are the layer's own, copied. The result computes something else, and has to be trained further.
    Raises ValueError unless num_kv_heads divides the layer's number of heads.
    Source: Ainslie et al., 2023, section 2.1.

    >>> layer = grouped_from(MultiHeadAttention(d_model=12, num_heads=6), num_kv_heads=2)
    >>> tuple(layer.project_qkv.weight.shape)
    (20, 12)
    """
    d_model, has_bias = layer.project_out.out_features, layer.project_qkv.bias is not None
    positions = copy.deepcopy(layer.positions)
    made = GroupedQueryAttention(d_model, layer.num_heads, num_kv_heads, has_bias, layer.dropout, positions)
    made.project_out.load_state_dict(layer.project_out.state_dict())
    for name, rows in layer.project_qkv.named_parameters():
        q, k, v = rows.chunk(3)
        pooled = [pool_rows(x, num_kv_heads, made.repeats) for x in (k, v)]
        made.project_qkv.get_parameter(name).copy_(torch.cat([q, *pooled]))
    return made.to(layer.project_out.weight).train(layer.training)


def pool_rows(rows, num_kv_heads, repeats):
    """Return `mha_lib.pool_heads` of a layer's rows: (g * repeats * d, ...) -> (g * d, ...)."""
    return rows.unflatten(0, (num_kv_heads, repeats, -1)).mean(1).flatten(0, 1)


def share_heads(model, num_kv_heads):
    """Return a copy of a model, such as a `GPT`, whose blocks' attention is `grouped_from` that of the model."""
    made = copy.deepcopy(model)
    for block in made.encoder.blocks:
        block.attention = grouped_from(block.attention, num_kv_heads)
    return made

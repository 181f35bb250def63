"""Chapter 16. The cache of a model whose heads share keys and values: it keeps the shared ones, and copies nothing."""

import torch
import torch.nn.functional as F

from mha_lib.gpt.cache import Cache
from mha_lib.variants.grouped_layers import read_shared


class GroupedCache(Cache):
    """The keys and values that a GPT's layers have made of the tokens read so far, where heads share them.

    model: a `GPT` whose attention is a `GroupedQueryAttention` in each block, such as `share_heads` returns; the rest
    is as in `Cache`. One new token reads its group's keys where they lie, see `read_shared`; several at once go
    through PyTorch's own grouped attention.
    Source: Shazeer, 2019, section 3; Ainslie et al., 2023, section 2.2.

    >>> from mha_lib.gpt.model import GPT
    >>> from mha_lib.variants.grouped_layers import share_heads
    >>> model = share_heads(GPT(vocab_size=11, d_model=12, num_heads=6, d_ff=24, num_layers=2), num_kv_heads=2)
    >>> cache = GroupedCache(model, batch=1, capacity=8)
    >>> cache.read(torch.tensor([[1, 4, 9]])).shape, tuple(cache.buffers[0].shape)
    (torch.Size([1, 3, 12]), (2, 1, 2, 8, 2))
    """

    @property
    def kept_heads(self):
        """Return how many heads of keys and values a token leaves."""
        return self.model.encoder.blocks[0].attention.num_kv_heads

    def attend(self, x, w_qkv, b_qkv, buffer, first, end, mask):
        """Return what each head reads, the new tokens' keys and values written into the buffer: (b, h, n, d)."""
        b, n, _ = x.shape
        kept = buffer.shape[2]
        packed = F.linear(x, w_qkv, b_qkv).view(b, n, self.num_heads + 2 * kept, -1)
        if self.turns is not None:
            pairs = torch.view_as_complex(packed[:, :, :-kept].unflatten(-1, (-1, 2)))  # (b, n, h + g, d / 2)
            pairs.mul_(self.turns[first:end, 0])
        q, new = packed.transpose(1, 2).split([self.num_heads, 2 * kept], dim=1)
        buffer[:, :, :, first:end] = new.unflatten(1, (2, kept)).transpose(0, 1)
        keys, values = buffer[:, :, :, :end].unbind()
        if n == 1:
            return read_shared(q, keys, values)
        return F.scaled_dot_product_attention(q, keys, values, mask, 0.0, mask is None, enable_gqa=True)

"""Chapter 7 in PyTorch: position schemes that plug into a layer, `MultiHeadAttention(..., positions=scheme)`.

A scheme has two methods. `turn` changes queries and keys, `bias` is added to the scores; each does one of the two.
"""

import torch
from torch import nn

from mha_lib.positions.arrays import alibi_slopes, causal_buckets, relative_buckets


class Positions(nn.Module):
    """A scheme that says nothing of the order. The others change one of its two methods."""

    def turn(self, x, start=0):
        """Return queries or keys as they are to be compared.

        x: (b, h, n, d)   start: the position of the first token  ->  (b, h, n, d)
        """
        return x

    def bias(self, num_queries, num_keys):
        """Return what is added to the scores, (q, k) or more axes before them, or None.

        The queries are the last `num_queries` positions.
        """
        return None


class Rotary(Positions):
    """Each query and key turned by its position, neighbouring columns together; see `mha_lib.rotate`.

    Source: Su et al., 2021, RoFormer, equation 34.
    """

    def __init__(self, d_head, base=10000.0):
        super().__init__()
        if d_head % 2:
            raise ValueError(f"columns turn in pairs, so d_head must be even, got {d_head}; {d_head + 1} would do")
        self.d_head = d_head
        self.base = base

    def turn(self, x, start=0):
        """Return x turned: pair i of the token at position p by p * base**(-2i / d_head), counter-clockwise.

        x: (..., n, d_head)   start: the position of the first token  ->  (..., n, d_head)

        It is all computed in float32 at least, for in half precision far positions would run into one another.
        Raises ValueError if the width is not d_head.
        """
        if x.shape[-1] != self.d_head:
            raise ValueError(f"a head's width ({x.shape[-1]}) must equal the d_head ({self.d_head}) of Rotary")
        dtype = torch.promote_types(x.dtype, torch.float32)
        positions = torch.arange(start, start + x.shape[-2], device=x.device, dtype=dtype)
        pairs = torch.arange(0, self.d_head, 2, device=x.device, dtype=dtype)
        angles = positions[:, None] * self.base ** (-pairs / self.d_head)
        numbers = torch.view_as_complex(x.to(dtype).unflatten(-1, (-1, 2)).contiguous())  # a pair is a complex number,
        turned = numbers * torch.polar(torch.ones_like(angles), angles)  # and to turn it is to multiply
        return torch.view_as_real(turned).flatten(-2).to(x.dtype)


class RelativeBias(Positions):
    """A number learned for each head and each bucket of distance; see `mha_lib.relative_buckets`.

    It starts at zero, as if there were no order. Source: Raffel et al., 2020, section 2.1.
    """

    def __init__(self, num_heads, num_buckets, max_distance):
        super().__init__()
        self.num_buckets = num_buckets
        self.max_distance = max_distance
        self.table = nn.Parameter(torch.zeros(num_buckets, num_heads))

    def bias(self, num_queries, num_keys):
        """Return each head's number for each query's distance to each key: (h, q, k)."""
        buckets = torch.from_numpy(self.buckets(num_queries, num_keys)).to(self.table.device)
        return self.table[buckets].permute(2, 0, 1)

    def buckets(self, num_queries, num_keys):
        """Return the row of the table for each query's distance to each key: (q, k) integers."""
        return relative_buckets(num_queries, num_keys, self.num_buckets, self.max_distance)


class PastBias(RelativeBias):
    """A relative bias for causal layers, all of whose buckets look back; see `mha_lib.causal_buckets`.

    Source: Raffel et al., 2020, section 2.1, and their published code (the decoder).
    """

    def buckets(self, num_queries, num_keys):
        """Return the row of the table for each query's distance to each key before it: (q, k) integers."""
        return causal_buckets(num_queries, num_keys, self.num_buckets, self.max_distance)


class Alibi(Positions):
    """Minus the distance, times a slope that is fixed for each head; see `mha_lib.alibi_bias`. Nothing is learned.

    Source: Press et al., 2022, section 3.
    """

    def __init__(self, num_heads):
        super().__init__()
        slopes = torch.tensor(alibi_slopes(num_heads), dtype=torch.get_default_dtype())
        self.register_buffer("slopes", slopes, persistent=False)

    def bias(self, num_queries, num_keys):
        """Return minus the distance of each query and key, times the head's slope: (h, q, k)."""
        first = num_keys - num_queries
        queries = torch.arange(first, num_keys, device=self.slopes.device)
        keys = torch.arange(num_keys, device=self.slopes.device)
        return self.slopes[:, None, None] * -(keys - queries[:, None]).abs()

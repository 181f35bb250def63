"""Chapter 13. T5: an encoder and a decoder for every task that can be put as text in, text out.

What differs from the Seq2Seq of chapter 9: a norm that only scales, no biases anywhere, no positions added to the
tokens but a learned number for each distance, and the token embedding once more where the scores are made.
"""

from functools import partial

import torch
import torch.nn.functional as F
from torch import nn

from mha_lib.heads.layers import FeedForward, MultiHeadAttention, checked_rate
from mha_lib.positions.layers import PastBias, Positions, RelativeBias

V1_1 = {"gated": True, "tied": False, "scale_scores": False}  # what version 1.1 changed


class T5(nn.Module):
    """The text-to-text model: an encoder that reads one sequence and a decoder that writes another.

    source: (b, k) integers   target: (b, q) integers   source_mask: broadcast to (b, h, k, k) and to (b, h, q, k), as
    (b, 1, 1, k) does; True means may attend  ->  scores (b, q, vocab_size), before softmax

    d_head          the width of a head, d_model / num_heads unless given; all heads together may be wider than d_model
    num_buckets     of distance, see `mha_lib.relative_buckets`; the decoder has as many for the past alone
    gated           whether the feed-forward layers are gated, see `GatedFeedForward`, or bend with ReLU
    tied            whether the token embedding makes the scores too, or a matrix of its own
    scale_scores    whether the scores are multiplied by d_model**-0.5, as a tied embedding needs it
    V1_1 holds the three choices of version 1.1. As in `mha_lib.translation.decoder.Seq2Seq`, `target` is shifted (the
    published models start with the padding token), and padding at its end needs no mask. No sequence is too long.
    Raises ValueError for sizes that do not fit.
    Source: Raffel et al., 2020, section 2.1, and for the initial values their published code, see `initialise`.

    >>> model = T5(vocab_size=11, d_model=12, num_heads=3, d_ff=24, num_layers=2)
    >>> model(torch.tensor([[3, 4, 9, 2]]), torch.tensor([[0, 5]])).shape
    torch.Size([1, 2, 11])
    """

    def __init__(
        self,
        vocab_size,
        d_model,
        num_heads,
        d_ff,
        num_layers,
        num_decoder_layers=None,
        d_head=None,
        num_buckets=32,
        max_distance=128,
        gated=False,
        tied=True,
        scale_scores=True,
        eps=1e-6,
        dropout=0.0,
    ):
        super().__init__()
        d_head = checked_width(d_model, num_heads) if d_head is None else d_head
        num_decoder_layers = num_layers if num_decoder_layers is None else num_decoder_layers
        sizes = (d_model, num_heads, d_head, d_ff, gated, eps, dropout)
        distances = (num_heads, num_buckets, max_distance)
        blocks = [T5Block(*sizes, scheme) for scheme in shared(RelativeBias(*distances), num_layers)]
        decoder_blocks = [T5DecoderBlock(*sizes, scheme) for scheme in shared(PastBias(*distances), num_decoder_layers)]
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.encoder = T5Stack(blocks, d_model, eps, dropout)
        self.decoder = T5Stack(decoder_blocks, d_model, eps, dropout)
        self.predict = None if tied else nn.Linear(d_model, vocab_size, bias=False)
        self.scale = d_model**-0.5 if scale_scores else 1.0
        initialise(self)

    def forward(self, source, target, source_mask=None):
        """Return a score for every token of the vocabulary after each target token: (b, q, vocab_size)."""
        return self.decode(target, self.encode(source, source_mask), source_mask)

    def encode(self, source, source_mask=None):
        """Return the memory, a vector for each source token: (b, k) -> (b, k, d_model). Compute it once a sequence."""
        return self.encoder(self.token_embedding(source), source_mask)

    def decode(self, target, memory, source_mask=None):
        """Return the scores after each target token: (b, q), (b, k, d_model) -> (b, q, vocab_size)."""
        hidden = self.decoder(self.token_embedding(target), memory, source_mask) * self.scale
        return F.linear(hidden, (self.predict or self.token_embedding).weight)


class T5Stack(nn.Module):
    """Blocks one after the other, then a norm.

    x: (b, n, d_model), and what else a block takes  ->  (b, n, d_model)

    Source: Raffel et al., 2020, section 2.1.
    """

    def __init__(self, blocks, d_model, eps, dropout):
        super().__init__()
        self.blocks = nn.ModuleList(blocks)
        self.final_norm = RMSNorm(d_model, eps)
        self.dropout = nn.Dropout(checked_rate(dropout))

    def forward(self, x, *context):
        """Return the tokens after every block; dropout acts on what enters the stack, and on what leaves it."""
        x = self.dropout(x)
        for block in self.blocks:
            x = block(x, *context)
        return self.dropout(self.final_norm(x))


class T5Block(nn.Module):
    """One block of the encoder: the tokens read from each other, then each thinks by itself; both add to the residual.

    x: (b, n, d_model)   mask: broadcast to (b, h, n, n), True means may attend  ->  (b, n, d_model)

    Source: Raffel et al., 2020, section 2.1.
    """

    def __init__(self, d_model, num_heads, d_head, d_ff, gated, eps, dropout, positions):
        super().__init__()
        self.attention = T5Attention(d_model, num_heads, d_head, dropout, positions)
        self.attention_norm = RMSNorm(d_model, eps)
        bent = GatedFeedForward if gated else partial(FeedForward, bias=False, activation=F.relu)
        self.feed_forward = bent(d_model, d_ff, dropout)
        self.feed_forward_norm = RMSNorm(d_model, eps)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, mask=None):
        """Return each token after it has read from the others and thought about it: (b, n, d_model)."""
        x = self.add(x, self.attention_norm, lambda x: self.attention(x, mask=mask))
        return self.add(x, self.feed_forward_norm, self.feed_forward)

    def add(self, x, norm, layer):
        """Return `x` plus what a layer makes of it, normalised before."""
        return x + self.dropout(layer(norm(x)))


class T5DecoderBlock(T5Block):
    """One block of the decoder: read what is written so far, read the memory, think; each adds to the residual.

    x: (b, q, d_model)   memory: (b, k, d_model)   memory_mask: broadcast to (b, h, q, k)  ->  (b, q, d_model)

    Cross-attention has no positions: how far a word of the source lies from one of the target says nothing.
    Source: Raffel et al., 2020, section 2.1.
    """

    def __init__(self, d_model, num_heads, d_head, d_ff, gated, eps, dropout, positions):
        super().__init__(d_model, num_heads, d_head, d_ff, gated, eps, dropout, positions)
        self.cross_attention = T5Attention(d_model, num_heads, d_head, dropout)
        self.cross_attention_norm = RMSNorm(d_model, eps)

    def forward(self, x, memory, memory_mask=None):
        """Return each token after it has read the tokens before it and the memory: (b, q, d_model)."""
        x = self.add(x, self.attention_norm, lambda x: self.attention(x, is_causal=True))
        x = self.add(x, self.cross_attention_norm, lambda x: self.cross_attention(x, memory, memory_mask))
        return self.add(x, self.feed_forward_norm, self.feed_forward)


class T5Attention(MultiHeadAttention):
    """Multi-head attention without biases, whose heads may have any width.

    T5 does not divide its scores by the root of the heads' width; instead its queries' matrix starts smaller by that
    factor. This layer divides, like every other of the book, and its queries start like its keys: the scores are the
    same. Whoever copies weights from elsewhere multiplies the queries' matrix by the root of the width.

    >>> T5Attention(d_model=12, num_heads=3, d_head=7)(torch.ones(2, 5, 12)).shape
    torch.Size([2, 5, 12])
    """

    def __init__(self, d_model, num_heads, d_head, dropout=0.0, positions=None):
        width = num_heads * d_head
        super().__init__(width, num_heads, dropout=dropout, positions=positions)
        self.project_qkv = nn.Linear(d_model, 3 * width, bias=False)
        self.project_out = nn.Linear(width, d_model, bias=False)


class GatedFeedForward(FeedForward):
    """The feed-forward layer of version 1.1: one projection, bent, says how much of the other one passes.

    x: (..., d_model)  ->  (..., d_model)

    The bend is GELU in its approximation by tanh, with which the published models were trained.
    Source: Shazeer, 2020, eq. 6 (GEGLU).

    >>> GatedFeedForward(d_model=12, d_ff=24)(torch.ones(2, 5, 12)).shape
    torch.Size([2, 5, 12])
    """

    def __init__(self, d_model, d_ff, dropout=0.0):
        super().__init__(d_model, d_ff, dropout, bias=False, activation=partial(F.gelu, approximate="tanh"))
        self.project_gate = nn.Linear(d_model, d_ff, bias=False)

    def forward(self, x):
        """Return each token after its projections."""
        return self.project_out(self.dropout(self.activation(self.project_gate(x)) * self.project_in(x)))


class RMSNorm(nn.Module):
    """A norm that scales and does not shift: each token divided by the root of its mean square, times a learned gain.

    x: (..., d_model)  ->  (..., d_model)

    No mean is taken off and no bias added. The mean square is computed in float32 at least, since in half precision the
    square of a number above 255 would be infinite.
    Source: Zhang and Sennrich, 2019, eq. 4; Raffel et al., 2020, section 2.1.

    >>> RMSNorm(2)(torch.tensor([1.0, -7.0])).detach()  # the root of (1 + 49) / 2 is 5
    tensor([ 0.2000, -1.4000])
    """

    def __init__(self, d_model, eps=1e-6):
        super().__init__()
        self.gain = nn.Parameter(torch.ones(d_model))
        self.eps = eps

    def forward(self, x):
        """Return each token at its gain's length."""
        wide = x.to(torch.promote_types(x.dtype, torch.float32))
        return self.gain * (wide * torch.rsqrt(wide.square().mean(-1, keepdim=True) + self.eps)).to(x.dtype)


class Lent(Positions):
    """The bias of a scheme that belongs to another layer, and is stored and counted there alone."""

    def __init__(self, scheme):
        super().__init__()
        self.lender = (scheme,)  # in a tuple PyTorch takes it for no part of this module

    def bias(self, num_queries, num_keys):
        """Return the scheme's bias: (h, q, k)."""
        return self.lender[0].bias(num_queries, num_keys)


def shared(scheme, num_layers):
    """Return a list of position schemes, one a layer: the first owns the parameters, the others read them there.

    Source: Raffel et al., 2020, section 2.1, where all layers of a stack share them.
    """
    return [scheme, *(Lent(scheme) for _ in range(num_layers - 1))]


def initialise(model):
    """Draw a T5's initial values: a matrix keeps the size of what passes, embeddings have standard deviation 1.

    A matrix's standard deviation is the root of 1 / in_features, so that sums of that many products stay of size 1.
    A relative bias has that of a matrix with d_model inputs. The gains stay 1.
    Source: the published code of Raffel et al., 2020, in Mesh TensorFlow, whose queries start smaller by the root of
    the heads' width, see `T5Attention`. A head of its own starts like any matrix, as in their later code, T5X.
    """
    nn.init.normal_(model.token_embedding.weight)
    for module in model.modules():
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=module.in_features**-0.5)
        if isinstance(module, RelativeBias):
            nn.init.normal_(module.table, std=model.token_embedding.embedding_dim**-0.5)


def checked_width(d_model, num_heads):
    """Return the width of a head, or raise ValueError unless d_model can be divided among the heads."""
    if num_heads < 1 or d_model % num_heads:
        raise ValueError(f"d_model ({d_model}) must be divisible by num_heads ({num_heads}), or d_head must be given")
    return d_model // num_heads

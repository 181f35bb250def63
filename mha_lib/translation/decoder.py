"""Chapter 9. The decoder: a block that reads what it has written and what somebody else wrote, and the model around.

Shift and loss belong to it too: they say what a decoder is shown while it learns, and what it must answer.
"""

import torch
import torch.nn.functional as F
from torch import nn

from mha_lib.encoder.blocks import Encoder, EncoderBlock, checked_norm
from mha_lib.heads.layers import MultiHeadAttention, checked_rate


def shift(labels, start):
    """Return the decoder's input for its labels: `start`, then every label but the last.

    labels: (b, n) integers   start: an integer  ->  (b, n) integers

    Position t is then shown the labels before t and must answer label t. The library's models never shift by
    themselves: do it once.
    Source: Williams and Zipser, 1989, section 2, where it is called teacher forcing.

    >>> shift(torch.tensor([[5, 6, 7]]), start=1).tolist()
    [[1, 5, 6]]
    """
    return torch.cat([torch.full_like(labels[:, :1], start), labels[:, :-1]], dim=1)


def sequence_loss(scores, labels, pad):
    """Return the mean negative log-probability of the labels that are not `pad`, over the whole batch.

    scores: (b, n, vocab_size), before softmax   labels: (b, n) integers   pad: an integer  ->  a number

    Every label of the batch counts alike, so a long sequence counts more than a short one. If all are padding, NaN.

    >>> round(sequence_loss(torch.zeros(1, 3, 8), torch.tensor([[4, 2, 0]]), pad=0).item(), 4)  # ln 8
    2.0794
    """
    return F.cross_entropy(scores.flatten(0, 1), labels.flatten(), ignore_index=pad)


class DecoderBlock(EncoderBlock):
    """One block of a decoder: read what is written so far, read the memory, think; each adds to the residual.

    x: (b, q, d_model)   memory: (b, k, d_model)   ->  (b, q, d_model)
    mask: broadcast to (b, h, q, q)   memory_mask: broadcast to (b, h, q, k); True means may attend

    Self-attention is causal, in addition to `mask`. In cross-attention the queries come from `x`, keys and values from
    `memory`, which is not normalised here: the encoder's final norm has done that. `norm` is as in `EncoderBlock`.
    Source: Vaswani et al., 2017, section 3.1 and figure 1, right half.

    >>> block = DecoderBlock(d_model=12, num_heads=3, d_ff=48)
    >>> block(torch.ones(2, 5, 12), memory=torch.ones(2, 7, 12)).shape
    torch.Size([2, 5, 12])
    """

    def __init__(self, d_model, num_heads, d_ff, dropout=0.0, norm="pre"):
        super().__init__(d_model, num_heads, d_ff, dropout, norm)
        self.cross_attention = MultiHeadAttention(d_model, num_heads, dropout=dropout)
        self.cross_attention_norm = nn.LayerNorm(d_model)

    def forward(self, x, memory, mask=None, memory_mask=None):
        """Return each token after it has read the tokens before it and the memory: (b, q, d_model)."""
        x = self.add(x, self.attention_norm, lambda x: self.attention(x, mask=mask, is_causal=True))
        x = self.add(x, self.cross_attention_norm, lambda x: self.cross_attention(x, memory, memory_mask))
        return self.add(x, self.feed_forward_norm, self.feed_forward)


class Decoder(nn.Module):
    """A stack of decoder blocks, each with parameters of its own; all read the same memory.

    x: (b, q, d_model)   memory: (b, k, d_model)   masks as in `DecoderBlock`  ->  (b, q, d_model)

    As in `Encoder`, a pre-norm stack ends with a LayerNorm.
    Source: Vaswani et al., 2017, section 3.1.

    >>> decoder = Decoder(d_model=12, num_heads=3, d_ff=48, num_layers=2)
    >>> decoder(torch.ones(2, 5, 12), memory=torch.ones(2, 7, 12)).shape
    torch.Size([2, 5, 12])
    """

    def __init__(self, d_model, num_heads, d_ff, num_layers, dropout=0.0, norm="pre"):
        super().__init__()
        blocks = (DecoderBlock(d_model, num_heads, d_ff, dropout, norm) for _ in range(num_layers))
        self.blocks = nn.ModuleList(blocks)
        self.final_norm = nn.LayerNorm(d_model) if checked_norm(norm) == "pre" else nn.Identity()

    def forward(self, x, memory, mask=None, memory_mask=None):
        """Return the tokens after every block: (b, q, d_model)."""
        for block in self.blocks:
            x = block(x, memory, mask, memory_mask)
        return self.final_norm(x)


class Seq2Seq(nn.Module):
    """An encoder that reads one sequence and a decoder that writes another.

    source: (b, k) integers   target: (b, q) integers   source_mask: broadcast to (b, h, k, k) and to (b, h, q, k), as
    (b, 1, 1, k) does; True means may attend  ->  scores (b, q, vocab_size), before softmax

    `target` is the decoder's input, see `shift`; row t scores what comes after its tokens up to t. One vocabulary and
    one embedding serve both sides; each has learned positions of its own. Padding at the end of `target` needs no
    mask: causality hides it from everything before.
    Raises ValueError if a sequence has more than `max_len` tokens: the rest would have no position.
    Source: Vaswani et al., 2017, section 3; Sutskever et al., 2014, for one network that reads and one that writes.

    >>> sizes = {"d_model": 12, "num_heads": 3, "d_ff": 48, "num_layers": 1}
    >>> model = Seq2Seq(vocab_size=11, max_len=7, **sizes)
    >>> model(torch.tensor([[3, 4, 9, 2]]), torch.tensor([[1, 5]])).shape
    torch.Size([1, 2, 11])
    """

    def __init__(self, vocab_size, d_model, num_heads, d_ff, num_layers, max_len, dropout=0.0, norm="pre"):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.source_positions = nn.Embedding(max_len, d_model)
        self.target_positions = nn.Embedding(max_len, d_model)
        self.dropout = nn.Dropout(checked_rate(dropout))
        self.encoder = Encoder(d_model, num_heads, d_ff, num_layers, dropout, norm)
        self.decoder = Decoder(d_model, num_heads, d_ff, num_layers, dropout, norm)
        self.predict = nn.Linear(d_model, vocab_size)

    def forward(self, source, target, source_mask=None):
        """Return a score for every token of the vocabulary after each target token: (b, q, vocab_size)."""
        return self.decode(target, self.encode(source, source_mask), source_mask)

    def encode(self, source, source_mask=None):
        """Return the memory, a vector for each source token: (b, k) -> (b, k, d_model). Compute it once a sequence."""
        return self.encoder(self.embed(source, self.source_positions), source_mask)

    def decode(self, target, memory, source_mask=None):
        """Return the scores after each target token: (b, q), (b, k, d_model) -> (b, q, vocab_size)."""
        embedded = self.embed(target, self.target_positions)
        return self.predict(self.decoder(embedded, memory, memory_mask=source_mask))

    def embed(self, tokens, positions):
        """Return each token's embedding plus its position's: (b, n) -> (b, n, d_model)."""
        num_tokens, max_len = tokens.shape[-1], positions.num_embeddings
        if num_tokens > max_len:
            raise ValueError(f"a sequence may have at most max_len ({max_len}) tokens, got {num_tokens}")
        places = torch.arange(num_tokens, device=tokens.device)
        return self.dropout(self.token_embedding(tokens) + positions(places))

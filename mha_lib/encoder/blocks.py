"""Chapter 8. The encoder: attention and feed-forward layers, stacked with residual paths and normalisation."""

import torch
from torch import nn

from mha_lib.heads.layers import FeedForward, MultiHeadAttention, checked_rate


class EncoderBlock(nn.Module):
    """One block of an encoder: the tokens read from each other, then each thinks by itself; both add to the residual.

    x: (b, n, d_model)   mask: broadcast to (b, h, n, n), True means may attend  ->  (b, n, d_model)

    `norm` is "pre", x + f(LayerNorm(x)), or "post", LayerNorm(x + f(x)), as in the paper of 2017.
    Raises ValueError if it is neither.
    Source: Vaswani et al., 2017, section 3.1; Xiong et al., 2020, figure 1.

    >>> EncoderBlock(d_model=12, num_heads=3, d_ff=48)(torch.ones(2, 5, 12)).shape
    torch.Size([2, 5, 12])
    """

    def __init__(self, d_model, num_heads, d_ff, dropout=0.0, norm="pre"):
        super().__init__()
        self.norm = checked_norm(norm)
        self.attention = MultiHeadAttention(d_model, num_heads, dropout=dropout)
        self.feed_forward = FeedForward(d_model, d_ff, dropout)
        self.attention_norm = nn.LayerNorm(d_model)
        self.feed_forward_norm = nn.LayerNorm(d_model)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x, mask=None, is_causal=False):
        """Return each token after it has read from the others and thought about it: (b, n, d_model)."""
        x = self.add(x, self.attention_norm, lambda x: self.attention(x, mask=mask, is_causal=is_causal))
        return self.add(x, self.feed_forward_norm, self.feed_forward)

    def add(self, x, norm, layer):
        """Return `x` plus what a layer makes of it; `norm` acts on what the layer reads, or on the sum."""
        if self.norm == "pre":
            return x + self.dropout(layer(norm(x)))
        return norm(x + self.dropout(layer(x)))


class Encoder(nn.Module):
    """A stack of encoder blocks, each with parameters of its own.

    x: (b, n, d_model)   mask: broadcast to (b, h, n, n), True means may attend  ->  (b, n, d_model)

    In a pre-norm stack nothing has normalised the sum that leaves the last block, so a final LayerNorm does.
    Source: Vaswani et al., 2017, section 3.1; Xiong et al., 2020, section 3.2.

    >>> Encoder(d_model=12, num_heads=3, d_ff=48, num_layers=2)(torch.ones(2, 5, 12)).shape
    torch.Size([2, 5, 12])
    """

    def __init__(self, d_model, num_heads, d_ff, num_layers, dropout=0.0, norm="pre"):
        super().__init__()
        blocks = (EncoderBlock(d_model, num_heads, d_ff, dropout, norm) for _ in range(num_layers))
        self.blocks = nn.ModuleList(blocks)
        self.final_norm = nn.LayerNorm(d_model) if checked_norm(norm) == "pre" else nn.Identity()

    def forward(self, x, mask=None, is_causal=False):
        """Return the tokens after every block: (b, n, d_model)."""
        for block in self.blocks:
            x = block(x, mask, is_causal)
        return self.final_norm(x)


class EncoderClassifier(nn.Module):
    """An encoder that reads tokens and names the class of their sequence.

    tokens: (b, n) integers   mask: broadcast to (b, h, n, n), True means may attend  ->  scores (b, num_classes)

    A token enters as its learned embedding plus that of its position. The first token speaks for the sequence, so it
    must never be padding. The scores come before softmax, as `torch.nn.functional.cross_entropy` wants them.
    Raises ValueError if there are more than `max_len` tokens: the rest would have no position.
    Source: Devlin et al., 2019, sections 3 and 4.1.

    >>> sizes = {"d_model": 12, "num_heads": 3, "d_ff": 48, "num_layers": 1}
    >>> model = EncoderClassifier(vocab_size=11, num_classes=2, max_len=7, **sizes)
    >>> model(torch.tensor([[1, 4, 9]])).shape
    torch.Size([1, 2])
    """

    def __init__(self, vocab_size, num_classes, d_model, num_heads, d_ff, num_layers, max_len, dropout=0.0):
        super().__init__()
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(max_len, d_model)
        self.dropout = nn.Dropout(checked_rate(dropout))
        self.encoder = Encoder(d_model, num_heads, d_ff, num_layers, dropout)
        self.classify = nn.Linear(d_model, num_classes)

    def forward(self, tokens, mask=None):
        """Return one score a class for each sequence: (b, num_classes)."""
        return self.classify(self.encoder(self.embed(tokens), mask)[:, 0])

    def embed(self, tokens):
        """Return each token's embedding plus its position's: (b, n) -> (b, n, d_model)."""
        num_tokens, max_len = tokens.shape[-1], self.position_embedding.num_embeddings
        if num_tokens > max_len:
            raise ValueError(f"a sequence may have at most max_len ({max_len}) tokens, got {num_tokens}")
        positions = torch.arange(num_tokens, device=tokens.device)
        return self.dropout(self.token_embedding(tokens) + self.position_embedding(positions))


def checked_norm(norm):
    """Return `norm`, or raise ValueError unless it is "pre" or "post"."""
    if norm not in ("pre", "post"):
        raise ValueError(f'norm must be "pre" or "post", got {norm!r}')
    return norm

"""Chapter 10. A text encoder: token numbers in, a vector for each token out, and a head that guesses hidden tokens."""

import torch
import torch.nn.functional as F
from torch import nn

from mha_lib.encoder.blocks import Encoder
from mha_lib.heads.layers import checked_rate
from mha_lib.positions.layers import Rotary

POSITIONS = ("rotary", "learned")


class TextEncoder(nn.Module):
    """An encoder of text, wide enough in its choices to be BERT or the book's own encoder.

    ids: (b, n) integers   mask: broadcast to (b, h, n, n), True means may attend   token_types: (b, n) integers
    ->  (b, n, d_model)

    positions        "rotary", turned into every layer, or "learned", a vector added to each token (needs `max_len`)
    norm             "pre" or "post", as in `Encoder`
    max_len          the most tokens of a sequence; None: any number, as rotary positions allow
    num_token_types  2 where pairs of sentences are told apart, as in BERT; 0: nobody tells them apart
    embedding_norm   whether a LayerNorm stands between the embeddings and the first block
    eps              what every LayerNorm adds to the variance; 1e-12 in BERT
    head             whether there is a head for hidden tokens, see `token_scores`

    A padding mask must reach the layer as (b, 1, 1, n): two axes would mean one mask (q, k) for every sequence.
    Raises ValueError for settings that do not fit, and for tokens without an embedding.
    Source: Devlin et al., 2019, section 3; Su et al., 2021, for rotary positions.

    >>> encoder = TextEncoder(vocab_size=11, d_model=12, num_heads=3, d_ff=24, num_layers=2)
    >>> hidden = encoder(torch.tensor([[1, 4, 9]]))
    >>> hidden.shape, encoder.token_scores(hidden).shape
    (torch.Size([1, 3, 12]), torch.Size([1, 3, 11]))
    """

    def __init__(
        self,
        vocab_size,
        d_model,
        num_heads,
        d_ff,
        num_layers,
        positions="rotary",
        norm="pre",
        max_len=None,
        num_token_types=0,
        embedding_norm=True,
        eps=1e-5,
        head=True,
        dropout=0.0,
    ):
        super().__init__()
        check_positions(positions, max_len)
        self.max_len = max_len
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(max_len, d_model) if positions == "learned" else None
        self.token_type_embedding = nn.Embedding(num_token_types, d_model) if num_token_types else None
        self.embedding_norm = nn.LayerNorm(d_model) if embedding_norm else nn.Identity()
        self.dropout = nn.Dropout(checked_rate(dropout))
        self.encoder = Encoder(d_model, num_heads, d_ff, num_layers, dropout, norm)
        self.head = HiddenTokenHead(d_model, vocab_size) if head else None
        set_eps(self, eps)
        if positions == "rotary":
            turn_heads(self.encoder, d_model // num_heads)

    def forward(self, ids, mask=None, token_types=None):
        """Return the last layer's vector of each token: (b, n, d_model)."""
        return self.encoder(self.embed(ids, token_types), mask)

    def hidden_states(self, ids, mask=None, token_types=None):
        """Return a list of (b, n, d_model): what enters the first block, then what leaves each block.

        In a pre-norm stack the last one is after the final LayerNorm, so it is always what `forward` returns.
        """
        states = [self.embed(ids, token_types)]
        for block in self.encoder.blocks:
            states.append(block(states[-1], mask))
        states[-1] = self.encoder.final_norm(states[-1])
        return states

    def token_scores(self, hidden):
        """Return how well each token of the vocabulary would fit, before softmax: (..., d_model) -> (..., vocab_size).

        The matrix that ends it is the token embedding itself ("tied"): a vector scores high where it points along.
        Give it only the places you ask about; all of a batch's would be most of the work. Raises ValueError without
        a head. Source: Press and Wolf, 2017; Devlin et al., 2019, section 3.1.
        """
        if self.head is None:
            raise ValueError("this encoder was made, or stored, without a head for hidden tokens (head=False)")
        return self.head(hidden, self.token_embedding.weight)

    def embed(self, ids, token_types=None):
        """Return each token's vector before the first block: (b, n) -> (b, n, d_model)."""
        check_ids("ids", ids, self.token_embedding.num_embeddings)
        embedded = self.token_embedding(ids)
        if self.max_len is not None and ids.shape[1] > self.max_len:
            raise ValueError(f"a sequence may have at most max_len ({self.max_len}) tokens, got {ids.shape[1]}")
        if self.position_embedding is not None:
            embedded = embedded + self.position_embedding.weight[: ids.shape[1]]
        if self.token_type_embedding is not None or token_types is not None:
            embedded = embedded + self.embed_types(ids, token_types)
        return self.dropout(self.embedding_norm(embedded))

    def embed_types(self, ids, token_types):
        """Return the vectors of the token types, all 0 if none are given: (b, n, d_model)."""
        if self.token_type_embedding is None:
            raise ValueError("token_types were given to an encoder without any (num_token_types=0)")
        token_types = torch.zeros_like(ids) if token_types is None else token_types
        check_ids("token_types", token_types, self.token_type_embedding.num_embeddings)
        if token_types.shape != ids.shape:
            raise ValueError(f"token_types must have the shape of ids, {tuple(ids.shape)}: {tuple(token_types.shape)}")
        return self.token_type_embedding(token_types)


class HiddenTokenHead(nn.Module):
    """BERT's head for hidden tokens: one more layer, then the product with every token's embedding, and a bias.

    hidden: (..., d_model)   embeddings: (vocab_size, d_model)  ->  scores (..., vocab_size), before softmax

    The embeddings are handed in and not owned, so that they can't come apart from the encoder's.
    Source: Devlin et al., 2019, section 3.1 and their code, `get_masked_lm_output`.
    """

    def __init__(self, d_model, vocab_size):
        super().__init__()
        self.project = nn.Linear(d_model, d_model)
        self.norm = nn.LayerNorm(d_model)
        self.bias = nn.Parameter(torch.zeros(vocab_size))

    def forward(self, hidden, embeddings):
        """Return the score of every token at every place."""
        return F.linear(self.norm(F.gelu(self.project(hidden))), embeddings, self.bias)


def check_positions(positions, max_len):
    """Raise ValueError unless `positions` is known, and `max_len` given where it needs one."""
    if positions not in POSITIONS:
        raise ValueError(f"positions must be one of {POSITIONS}, got {positions!r}")
    if positions == "learned" and max_len is None:
        raise ValueError("learned positions are a table of max_len rows; pass max_len")


def check_ids(name, ids, count):
    """Raise ValueError unless `ids` is (b, n) and every number in it from 0 up to `count` - 1."""
    if ids.ndim != 2:
        raise ValueError(f"{name} must have shape (b, n), got {tuple(ids.shape)}")
    if ids.is_floating_point():
        raise ValueError(f"{name} must be whole numbers, got dtype {ids.dtype}")
    if ids.numel() and not 0 <= ids.min() <= ids.max() < count:
        raise ValueError(f"{name} must lie in 0 to {count - 1}, got {ids.min()} to {ids.max()}")


def set_eps(model, eps):
    """Set what every LayerNorm of a new model adds to the variance."""
    for module in model.modules():
        if isinstance(module, nn.LayerNorm):
            module.eps = eps


def turn_heads(encoder, d_head):
    """Give every attention layer of a new encoder rotary positions; they have no parameters, so one serves all."""
    rotary = Rotary(d_head)
    for block in encoder.blocks:
        block.attention.positions = rotary

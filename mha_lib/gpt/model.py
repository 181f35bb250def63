"""Chapter 12. GPT: a stack of causal blocks that scores the next token at every place, and the loss that teaches it."""

import torch
import torch.nn.functional as F
from torch import nn

from mha_lib.bert.text_encoder import check_ids, check_positions, set_eps, turn_heads
from mha_lib.encoder.blocks import Encoder
from mha_lib.heads.layers import checked_rate


class GPT(nn.Module):
    """A language model: token numbers in, scores of what comes next out, at every place at once.

    tokens: (b, n) integers   mask: broadcast to (b, h, n, n), True means may attend   places: (b, n) integers
    ->  scores (b, n, vocab_size), before softmax

    positions   "rotary", turned into every layer, or "learned", a vector added to each token (needs `max_len`)
    max_len     the most tokens of a sequence; None: any number, as rotary positions allow
    activation  the bend of the feed-forward layers; GPT-2's is the GELU approximated by tanh
    eps         what every LayerNorm adds to the variance

    The blocks are the encoder's, pre-norm, used causally: place t sees the tokens up to t and scores token t + 1. The
    matrix that makes the scores is the token embedding itself ("tied"). A padding mask, (b, 1, 1, n), is added to
    causality. With padding in front and learned positions pass `places`, the position of each token.
    Raises ValueError for settings that do not fit, and for tokens or places without an embedding.
    Source: Radford et al., 2018, eq. 2, and 2019, section 2.3 (pre-norm, final norm); Press and Wolf, 2017.

    >>> model = GPT(vocab_size=11, d_model=12, num_heads=3, d_ff=24, num_layers=2)
    >>> model(torch.tensor([[1, 4, 9]])).shape
    torch.Size([1, 3, 11])
    """

    def __init__(
        self,
        vocab_size,
        d_model,
        num_heads,
        d_ff,
        num_layers,
        positions="rotary",
        max_len=None,
        activation=F.gelu,
        eps=1e-5,
        dropout=0.0,
    ):
        super().__init__()
        check_positions(positions, max_len)
        self.max_len = max_len
        self.token_embedding = nn.Embedding(vocab_size, d_model)
        self.position_embedding = nn.Embedding(max_len, d_model) if positions == "learned" else None
        self.dropout = nn.Dropout(checked_rate(dropout))
        self.encoder = Encoder(d_model, num_heads, d_ff, num_layers, dropout)
        set_eps(self, eps)
        for block in self.encoder.blocks:
            block.feed_forward.activation = activation
        if positions == "rotary":
            turn_heads(self.encoder, d_model // num_heads)
        start_small(self)

    def forward(self, tokens, mask=None, places=None):
        """Return the scores of the token after each place: (b, n, vocab_size)."""
        return self.token_scores(self.encoder(self.embed(tokens, places), mask, is_causal=True))

    def hidden_states(self, tokens, mask=None, places=None):
        """Return a list of (b, n, d_model): what enters the first block, then what leaves each block.

        The last one is after the final LayerNorm: what `token_scores` turns into scores.
        """
        states = [self.embed(tokens, places)]
        for block in self.encoder.blocks:
            states.append(block(states[-1], mask, is_causal=True))
        states[-1] = self.encoder.final_norm(states[-1])
        return states

    def token_scores(self, hidden):
        """Return how well each token of the vocabulary would follow: (..., d_model) -> (..., vocab_size)."""
        return F.linear(hidden, self.token_embedding.weight)

    def embed(self, tokens, places=None):
        """Return each token's vector before the first block: (b, n) -> (b, n, d_model)."""
        check_ids("tokens", tokens, self.token_embedding.num_embeddings)
        if self.max_len is not None and tokens.shape[1] > self.max_len:
            raise ValueError(f"a sequence may have at most max_len ({self.max_len}) tokens, got {tokens.shape[1]}")
        embedded = self.token_embedding(tokens)
        if self.position_embedding is not None:
            embedded = embedded + self.embed_places(tokens, places)
        elif places is not None:
            raise ValueError("rotary positions are distances, which padding does not change: leave out places")
        return self.dropout(embedded)

    def embed_places(self, tokens, places=None):
        """Return the vectors of the learned positions, from 0 upward if none are given: (n or b, n, d_model)."""
        if places is None:
            return self.position_embedding.weight[: tokens.shape[1]]
        check_ids("places", places, self.max_len)
        return self.position_embedding(places)


def start_small(model):
    """Draw the matrices of a new model small, those that end in the residual path smaller, and no biases.

    The standard deviation is 0.6 over the root of the width: GPT's 0.02 where the model is as wide as GPT, and more
    where it is narrow, for there 0.02 makes learning slow. Twice as many layers add to the residual as there are
    blocks; each is divided by the root of their number, so that the sum starts out alike in deep models and shallow.
    Source: Radford et al., 2018, section 4.1 (0.02), and 2019, section 2.3 (the residual path).
    """
    num_added = 2 * len(model.encoder.blocks)
    std = 0.6 / model.token_embedding.embedding_dim**0.5
    for name, parameter in model.named_parameters():
        if "norm" in name:
            continue
        if parameter.ndim < 2:
            nn.init.zeros_(parameter)
        else:
            nn.init.normal_(parameter, std=std / num_added**0.5 if "project_out" in name else std)


def next_token_loss(scores, tokens, pad=-1):
    """Return the mean of -ln p(token) over all but each sequence's first, in nats: scores at t judge token t + 1.

    scores: (b, n, vocab_size), before softmax   tokens: (b, n) integers, what the model was given
    pad: a token that is not counted where it should be predicted; -1, which no token is, counts all  ->  a number

    The shift is done here: give it the scores of the very tokens that the model has read. The last place's score has
    no token to judge it and is left out. Raises ValueError for fewer than 2 tokens: nothing would be predicted.
    Source: Radford et al., 2018, eq. 1.

    >>> round(next_token_loss(torch.zeros(1, 3, 8), torch.tensor([[4, 2, 0]])).item(), 4)  # ln 8
    2.0794
    """
    if tokens.shape[1] < 2:
        raise ValueError(f"a sequence needs at least 2 tokens, one to read and one to predict, got {tokens.shape[1]}")
    return F.cross_entropy(scores[:, :-1].flatten(0, 1), tokens[:, 1:].flatten(), ignore_index=pad)


def windows(ids, length, stride):
    """Return pieces of a long text, each `length` tokens, each `stride` further on: (n,) -> (m, length).

    A tail shorter than `length` is left out. Raises ValueError if the text is shorter than one piece.

    >>> windows(torch.arange(6), length=4, stride=2).tolist()
    [[0, 1, 2, 3], [2, 3, 4, 5]]
    """
    if len(ids) < length:
        raise ValueError(f"the text has {len(ids)} tokens, fewer than one window ({length})")
    return ids.unfold(0, length, stride)


@torch.no_grad()
def text_loss(model, ids, length=64, fresh=32, size=64):
    """Return the mean of -ln p(token) over a text, in nats, every token but the first predicted exactly once.

    ids: (n,) integers   length: tokens predicted in one pass   fresh: how many of them count, from the second pass on

    Passes overlap, and only what the earlier ones have not predicted counts: each token then has at least
    `length` - `fresh` others before it, as far as the text has them. Padding is never needed.
    """
    length = min(length, len(ids) - 1)
    last = len(ids) - 1 - length
    starts = torch.tensor([*range(0, last, fresh), last])
    new = torch.cat([torch.tensor([length]), starts.diff()])  # (m,), how many of a window's last tokens count
    pieces = ids[starts[:, None] + torch.arange(length + 1)]  # (m, length + 1)
    total = 0.0
    for rows, counted in zip(pieces.split(size), new.split(size), strict=True):
        log_probs = model(rows[:, :-1]).log_softmax(-1).gather(-1, rows[:, 1:, None])[..., 0]
        total -= log_probs[torch.arange(length) >= length - counted[:, None]].sum().item()
    return total / (len(ids) - 1)


def scorer(model):
    """Return a function from prefixes (b, t) to log-probabilities (b, v), to decode or sample from.

    It reads the whole prefix anew for every token; `mha_lib.gpt.cache.CachedScores` does not.
    """

    def score(prefixes):
        """Return the log-probability of every next token."""
        with torch.no_grad():
            return model(torch.from_numpy(prefixes))[:, -1].log_softmax(-1).numpy()

    return score

"""Chapter 6. Layers: multi-head attention and the feed-forward layer as PyTorch modules."""

import math

import torch
import torch.nn.functional as F
from torch import nn

ROWS = 128  # queries that meet their keys at a time where weights are read


class MultiHeadAttention(nn.Module):
    """Multi-head attention over a batch: several heads look at the same tokens, each with projections of its own.

    x: (b, q, d_model)   memory: (b, k, d_model)   mask: broadcast to (b, h, q, k), True means may attend
    ->  (b, q, d_model)

    Without `memory` the tokens of `x` attend to each other. `is_causal` hides the future, aligned bottom-right, in
    addition to the mask. A query that may attend to nothing reads zeros, and so returns the output's bias.
    Head i owns rows i * d to (i + 1) * d of each of the three blocks of `project_qkv`: all of q, then k, then v.
    `positions` is a scheme with the two methods of `mha_lib.positions.layers.Positions`: `turn` for queries and keys,
    `bias` for the scores.
    `weights` is an identity for you to hook (see `mha_lib.heads.reading`): while it has a hook the weights (b, h, q, k)
    pass through it, before their dropout; otherwise a fused kernel runs and they never exist.
    Raises ValueError for a width, a mask or a rate of dropout that does not fit.
    Source: Vaswani et al., 2017, section 3.2.2; Dao et al., 2022, for the fused kernel.

    >>> layer = MultiHeadAttention(d_model=12, num_heads=3)
    >>> layer(torch.ones(2, 5, 12), memory=torch.ones(2, 7, 12)).shape
    torch.Size([2, 5, 12])
    """

    def __init__(self, d_model, num_heads, bias=True, dropout=0.0, positions=None):
        super().__init__()
        if num_heads < 1 or d_model % num_heads:
            raise ValueError(f"d_model ({d_model}) must be divisible by num_heads ({num_heads})")
        self.num_heads = num_heads
        self.dropout = checked_rate(dropout)
        self.positions = positions
        self.project_qkv = nn.Linear(d_model, 3 * d_model, bias)
        self.project_out = nn.Linear(d_model, d_model, bias)
        self.weights = nn.Identity()

    def forward(self, x, memory=None, mask=None, is_causal=False):
        """Return what each token of `x` reads from `memory`, or from `x` itself: (b, q, d_model)."""
        heads = self.attend(*self.project(x, x if memory is None else memory), mask, is_causal)  # q, k and v end here
        return self.project_out(heads.transpose(1, 2).flatten(2))  # (b, h, q, d) -> (b, q, d_model)

    def attend(self, q, k, v, mask=None, is_causal=False):
        """Return what each head reads: (b, h, q, d), (b, h, k, d), (b, h, k, d)  ->  (b, h, q, d)."""
        mask = checked_mask(mask, (*q.shape[:3], k.shape[2]))
        q, k, bias = self.place(q, k)
        dropout = self.dropout if self.training else 0.0
        only_causal = is_causal and mask is None and bias is None and q.shape[2] == k.shape[2]
        if only_causal and not is_hooked(self.weights):
            return F.scaled_dot_product_attention(q, k, v, dropout_p=dropout, is_causal=True)  # skips what is hidden
        mask = with_causal(mask, is_causal, q, k)
        if not is_hooked(self.weights):
            return F.scaled_dot_product_attention(q, k, v, mask if bias is None else hide(mask, bias, q), dropout)
        needs_scores = torch.is_grad_enabled() and (q.requires_grad or k.requires_grad)
        skips = only_causal and q.shape[2] > 4 * ROWS and not needs_scores
        weights = causal_weights(q, k) if skips else attention_weights(q, k, mask, bias)
        return F.dropout(self.weights(weights), dropout) @ v

    def place(self, q, k):
        """Return queries and keys turned by their positions, and a bias for the scores; queries stand at the end."""
        if self.positions is None:
            return q, k, None
        first = k.shape[2] - q.shape[2]
        q = self.positions.turn(q, first) if first else self.positions.turn(q)
        return q, self.positions.turn(k), self.positions.bias(k.shape[2] - first, k.shape[2])

    def project(self, x, memory):
        """Return the heads' queries (b, h, q, d), keys and values (b, h, k, d): views of one product, not copies."""
        check_tokens("x", x, self.project_qkv.in_features)
        if memory is x:
            return self.split(self.project_qkv(x), 3)
        check_tokens("memory", memory, self.project_qkv.in_features, len(x))
        (q,), (k, v) = self.project_apart(x, memory)
        return q, k, v

    def project_apart(self, x, memory):
        """Return [q] of `x` and [k, v] of `memory`, each by its own rows of the packed matrix."""
        width = self.project_out.in_features  # of all heads together; d_model, unless a subclass says otherwise
        sizes = [width, self.project_qkv.out_features - width]
        bias = self.project_qkv.bias
        w_q, w_kv = self.project_qkv.weight.split(sizes)
        b_q, b_kv = (None, None) if bias is None else bias.split(sizes)
        return self.split(F.linear(x, w_q, b_q), 1), self.split(F.linear(memory, w_kv, b_kv), 2)

    def split(self, packed, parts):
        """Return the parts of a projection, each cut into heads: (b, n, parts * d_model) -> parts of (b, h, n, d)."""
        cut = packed.unflatten(-1, (parts, self.num_heads, -1))  # (b, n, parts, h, d)
        return [part.transpose(1, 2) for part in cut.unbind(2)]


class FeedForward(nn.Module):
    """The feed-forward layer: each token by itself is made wider, bent, and made narrow again.

    x: (..., d_model)  ->  (..., d_model)

    The bend, `activation`, is the exact GELU unless another is given: x times the normal distribution's share below x.
    Source: Vaswani et al., 2017, eq. 2; Hendrycks and Gimpel, 2016, section 2.

    >>> FeedForward(d_model=12, d_ff=48)(torch.ones(2, 5, 12)).shape
    torch.Size([2, 5, 12])
    """

    def __init__(self, d_model, d_ff, dropout=0.0, bias=True, activation=F.gelu):
        super().__init__()
        self.project_in = nn.Linear(d_model, d_ff, bias)
        self.project_out = nn.Linear(d_ff, d_model, bias)
        self.dropout = nn.Dropout(checked_rate(dropout))
        self.activation = activation

    def forward(self, x):
        """Return each token after its two projections."""
        return self.project_out(self.dropout(self.activation(self.project_in(x))))


def attention_weights(q, k, mask=None, bias=None):
    """Return how each query divides its attention over the keys; each row sums to 1.

    q: (b, h, q, d)   k: (b, h, k, d)   mask: booleans, and bias: numbers added to the scores; both broadcast to
    (b, h, q, k)  ->  (b, h, q, k)

    A query that may attend to nothing gets zeros, and passes no gradient on.
    Source: Vaswani et al., 2017, eq. 1.

    >>> attention_weights(torch.zeros(1, 1, 1, 2), torch.ones(1, 1, 2, 2)).tolist()
    [[[[0.5, 0.5]]]]
    """
    scores = q / math.sqrt(q.shape[-1]) @ k.transpose(-2, -1)
    if mask is not None:
        attends = mask.any(-1, keepdim=True)
        bias = hide(mask | ~attends, bias, q)  # an empty row stays finite here: NaN would enter the gradients
    if bias is not None:
        scores += bias
    weights = torch.softmax(scores, -1, out=None if scores.requires_grad else scores)  # in place if nobody needs scores
    return weights if mask is None or attends.all() else weights.masked_fill(~attends, 0.0)


def causal_weights(q, k):
    """Return `attention_weights` under the causal mask, without computing what it hides; for use without gradients.

    q, k: (b, h, n, d)  ->  (b, h, n, n)

    Some rows at a time meet the keys up to their last one, so almost half of the scores are never made. That pays from
    some hundred tokens on.
    """
    n, q = q.shape[2], q / math.sqrt(q.shape[-1])
    weights = q.new_zeros(*q.shape[:3], n)
    for start in range(0, n, ROWS):
        rows = slice(start, min(start + ROWS, n))
        scores = q[:, :, rows] @ k[:, :, : rows.stop].transpose(-2, -1)
        scores[..., start:] += q.new_full((rows.stop - start, rows.stop - start), -math.inf).triu(1)
        weights[:, :, rows, : rows.stop] = torch.softmax(scores, -1, out=scores)
    return weights


def hide(mask, bias, q):
    """Return what to add to the scores of the queries `q`: the bias if there is one, and -inf where the mask hides."""
    bias = q.new_zeros(()) if bias is None else bias.to(q.dtype)
    return bias if mask is None else torch.where(mask, bias, -math.inf)


def with_causal(mask, is_causal, q, k):
    """Return the mask with the future hidden too, if asked: the last query sees every key."""
    if not is_causal:
        return mask
    num_queries, num_keys = q.shape[-2], k.shape[-2]
    past = torch.ones(num_queries, num_keys, dtype=torch.bool, device=q.device).tril(num_keys - num_queries)
    return past if mask is None else mask & past


def is_hooked(module):
    """Return whether anybody looks at what passes through `module`, or has put another module in its place."""
    hooks = (module._forward_hooks, module._forward_pre_hooks, module._backward_hooks, module._backward_pre_hooks)
    return type(module) is not nn.Identity or any(hooks)


def check_tokens(name, tokens, d_model, num_sequences=None):
    """Raise ValueError unless `tokens` is (b, n, d_model), with b the number of sequences if one is given."""
    if tokens.ndim != 3 or tokens.shape[-1] != d_model:
        raise ValueError(f"{name} must have shape (b, n, d_model) with d_model = {d_model}, got {tuple(tokens.shape)}")
    if num_sequences not in (None, len(tokens)):
        raise ValueError(f"x has {num_sequences} sequences, so {name} must too, got {len(tokens)}")


def checked_mask(mask, shape):
    """Return the mask, or raise ValueError unless it is boolean and broadcasts to `shape`, (b, h, q, k).

    Three axes are refused: nobody could say whether the first means sentences or heads.
    """
    if mask is None:
        return mask
    if mask.dtype != torch.bool:
        raise ValueError(f"a mask must be boolean, True where a query may attend, got dtype {mask.dtype}")
    fits = all(size in (1, full) for size, full in zip(reversed(mask.shape), reversed(shape), strict=False))
    if mask.ndim not in (2, 4) or not fits:
        raise ValueError(
            f"a mask must have shape (q, k) or broadcast as four axes to (b, h, q, k) = {tuple(shape)}, "
            f"got {tuple(mask.shape)}"
        )
    return mask


def checked_rate(dropout):
    """Return the rate of dropout, or raise ValueError unless it lies in [0, 1)."""
    if not 0.0 <= dropout < 1.0:
        raise ValueError(f"dropout must be at least 0 and below 1, got {dropout}")
    return dropout

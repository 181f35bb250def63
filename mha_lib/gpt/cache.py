"""Chapter 12. The cache: keys and values of tokens that were read are kept, so that each token is read only once.

`extended_cache` and `read_cache` are one head in NumPy, to look at. `Cache` is a whole model's, and fast.
"""

import numpy as np
import torch
import torch.nn.functional as F

from mha_lib.attention import attention
from mha_lib.masks import causal_mask
from mha_lib.positions.arrays import rotate
from mha_lib.positions.layers import Rotary


def extended_cache(cache, x, w_k, w_v):
    """Return a head's cache with the keys and values of new tokens behind those that it holds.

    cache: (2, t, d), keys turned by their positions, then values   x: (n, d_model)   w_k, w_v: (d_model, d)
    ->  (2, t + n, d)

    The new tokens stand at positions t to t + n - 1. Each key is turned once, on its way in.
    Source: Shazeer, 2019, section 2.4, for the cache; Su et al., 2021, equation 34, for the turn.

    >>> cache = extended_cache(np.zeros((2, 0, 2)), np.eye(2), np.eye(2), 3 * np.eye(2))
    >>> cache.shape, cache[1].tolist()
    ((2, 2, 2), [[3.0, 0.0], [0.0, 3.0]])
    """
    positions = np.arange(cache.shape[1], cache.shape[1] + len(x))
    return np.concatenate([cache, np.stack([rotate(x @ w_k, positions), x @ w_v])], axis=1)


def read_cache(x, cache, w_q):
    """Return what new tokens read from a head's cache, which holds their own keys and values as its last.

    x: (n, d_model)   cache: (2, t, d) as `extended_cache` returns it, t at least n   w_q: (d_model, d)  ->  (n, d)

    The new tokens are the last n of t: queries are turned by these positions, and see no further than themselves.

    >>> cache = extended_cache(np.zeros((2, 0, 2)), np.eye(2), np.eye(2), 3 * np.eye(2))
    >>> read_cache(np.eye(2)[:1], cache[:, :1], np.eye(2)).tolist()  # the first token sees itself alone
    [[3.0, 0.0]]
    """
    keys, values = cache
    first = len(keys) - len(x)
    q = rotate(x @ w_q, np.arange(first, len(keys)))
    return attention(q, keys, values, causal_mask(len(x), len(keys)))


class Cache:
    """The keys and values that a GPT's layers have made of the tokens read so far, for the next ones to read.

    model: a `GPT`   batch: sequences read side by side, all equally long   capacity: the most tokens of one

    The buffers are made once. `read` takes any number of new tokens, so a prompt may come whole, in pieces or token by
    token. It computes what the model does in eval mode, by the same parameters; training goes through the model.
    Raises ValueError if a model with learned positions has none for so many tokens.
    Source: Shazeer, 2019, section 2.4; Pope et al., 2023.

    >>> from mha_lib.gpt.model import GPT
    >>> cache = Cache(GPT(vocab_size=11, d_model=12, num_heads=3, d_ff=24, num_layers=2), batch=1, capacity=8)
    >>> cache.read(torch.tensor([[1, 4, 9]])).shape, cache.read(torch.tensor([[2]])).shape, cache.length
    (torch.Size([1, 3, 12]), torch.Size([1, 1, 12]), 4)
    """

    def __init__(self, model, batch, capacity):
        if model.max_len is not None and capacity > model.max_len:
            raise ValueError(f"capacity ({capacity}) must be at most the model's max_len ({model.max_len})")
        self.model = model
        self.capacity = capacity
        self.length = 0
        self.layers = [layer_of(block) for block in model.encoder.blocks]
        self.num_heads = model.encoder.blocks[0].attention.num_heads
        embeddings = model.token_embedding.weight
        self.turns = turns_of(model.encoder.blocks[0].attention.positions, embeddings.new_ones(capacity))
        shape = (2, batch, self.kept_heads, capacity, embeddings.shape[1] // self.num_heads)
        self.buffers = [embeddings.new_zeros(shape) for _ in self.layers]

    @property
    def kept_heads(self):
        """Return how many heads of keys and values a token leaves. Raises ValueError if the model's heads share."""
        num_rows, width = self.layers[0][1].shape
        if num_rows != 3 * width:
            raise ValueError(f"the heads share keys and values ({num_rows} rows, not 3 * {width}): use a GroupedCache")
        return self.num_heads

    @torch.inference_mode()
    def read(self, tokens):
        """Return the vectors of new tokens after the last block: (b, n) integers -> (b, n, d_model).

        Raises ValueError if they do not fit into the cache: too many, or another number of sequences.
        """
        first, end = self.length, self.length + tokens.shape[1]
        if end > self.capacity or len(tokens) != self.buffers[0].shape[1]:
            raise ValueError(
                f"the cache holds {self.buffers[0].shape[1]} sequences of at most {self.capacity} tokens, of which "
                f"{self.length} are taken; got tokens of shape {tuple(tokens.shape)}"
            )
        x = F.embedding(tokens, self.model.token_embedding.weight)
        if self.model.position_embedding is not None:
            x = x + self.model.position_embedding.weight[first:end]
        mask = None if first == 0 or tokens.shape[1] == 1 else mask_of(first, end, x.device)
        for layer, buffer in zip(self.layers, self.buffers, strict=True):
            x = self.through(x, layer, buffer, first, end, mask)
        self.length = end
        return torch.layer_norm(x, *norm_of(self.model.encoder.final_norm))

    def through(self, x, layer, buffer, first, end, mask):
        """Return the new tokens after one block, their keys and values written into its buffer: (b, n, d_model)."""
        norm, w_qkv, b_qkv, w_out, b_out, wide_norm, w_in, b_in, activation, w_back, b_back = layer
        heads = self.attend(torch.layer_norm(x, *norm), w_qkv, b_qkv, buffer, first, end, mask)
        x = x + F.linear(heads.transpose(1, 2).reshape(x.shape), w_out, b_out)
        wide = activation(F.linear(torch.layer_norm(x, *wide_norm), w_in, b_in))
        return x + F.linear(wide, w_back, b_back)

    def attend(self, x, w_qkv, b_qkv, buffer, first, end, mask):
        """Return what each head reads, the new tokens' keys and values written into the buffer: (b, h, n, d)."""
        b, n, _ = x.shape
        packed = F.linear(x, w_qkv, b_qkv).view(b, n, 3, self.num_heads, -1)
        if self.turns is not None:
            pairs = torch.view_as_complex(packed[:, :, :2].unflatten(-1, (-1, 2)))  # (b, n, 2, h, d / 2)
            pairs.mul_(self.turns[first:end])
        parts = packed.permute(2, 0, 3, 1, 4)  # (3, b, h, n, d): queries, keys, values
        buffer[:, :, :, first:end] = parts[1:]
        keys, values = buffer[:, :, :, :end].unbind()
        return F.scaled_dot_product_attention(parts[0], keys, values, mask, 0.0, n > 1 and mask is None)


class CachedScores:
    """A function from prefixes (b, t) to log-probabilities (b, v) that reads of each prefix only what is new.

    model: a `GPT`   capacity: the most tokens of a prefix

    For `mha_lib.translation.decoding` and `mha_lib.gpt.sampling`. A prefix that does not go on from the
    last one is read anew.

    >>> from mha_lib.gpt.model import GPT
    >>> score = CachedScores(GPT(vocab_size=11, d_model=12, num_heads=3, d_ff=24, num_layers=2), capacity=8)
    >>> score(np.array([[1, 4]])).shape, score(np.array([[1, 4, 9]])).shape, score.cache.length
    ((1, 11), (1, 11), 3)
    """

    def __init__(self, model, capacity):
        self.model = model
        self.capacity = capacity
        self.cache = None
        self.seen = np.zeros((0, 0), dtype=np.int64)

    @torch.inference_mode()
    def __call__(self, prefixes):
        """Return the log-probability of every next token."""
        prefixes = np.asarray(prefixes)
        if not goes_on(prefixes, self.seen):
            self.cache = Cache(self.model, len(prefixes), self.capacity)
        hidden = self.cache.read(torch.from_numpy(prefixes[:, self.cache.length :]))
        self.seen = prefixes
        return torch.log_softmax(self.model.token_scores(hidden[:, -1]), -1).numpy()


def goes_on(prefixes, seen):
    """Return whether prefixes (b, t) are what was seen, with at least one token more."""
    b, t = seen.shape
    return len(prefixes) == b and prefixes.shape[1] > t > 0 and np.array_equal(prefixes[:, :t], seen)


def layer_of(block):
    """Return what one step through a block needs, looked up once: the parameters themselves, not copies."""
    attention, forward = block.attention, block.feed_forward
    projections = (attention.project_qkv, attention.project_out, forward.project_in, forward.project_out)
    (qkv, out, wide, back) = ((linear.weight, linear.bias) for linear in projections)
    first, second = norm_of(block.attention_norm), norm_of(block.feed_forward_norm)
    return first, *qkv, *out, second, *wide, forward.activation, *back


def norm_of(norm):
    """Return what `torch.layer_norm` needs of a LayerNorm besides its input."""
    return norm.normalized_shape, norm.weight, norm.bias, norm.eps, False


def turns_of(positions, ones):
    """Return the turns of rotary positions as complex numbers of length 1, (t, 1, 1, d / 2); None without positions.

    ones: (t,), of the type and on the device of the turns

    Turning a pair (even, odd) is one multiplication of the complex number even + i odd. The numbers are what `Rotary`
    makes of the pair (1, 0). Raises ValueError for positions of another kind.
    """
    if positions is None:
        return None
    if not isinstance(positions, Rotary):
        raise ValueError(f"a cache knows rotary or learned positions, got {type(positions).__name__}")
    pairs = torch.stack([ones, 0 * ones], dim=-1).repeat(1, positions.d_head // 2)  # (t, d)
    return torch.view_as_complex(positions.turn(pairs).unflatten(-1, (-1, 2)))[:, None, None]


def mask_of(first, end, device):
    """Return which keys new tokens may attend to, those before them and their own: (n, t), aligned bottom-right."""
    return torch.ones(end - first, end, dtype=torch.bool, device=device).tril(first)

"""Chapter 16. Variants: what a model keeps of the tokens it has read, in bytes, and the sizes of published models."""

from typing import NamedTuple


class Shape(NamedTuple):
    """What decides the size of a model's cache. window: how many tokens a layer may look at, None for all."""

    num_layers: int
    num_heads: int
    num_kv_heads: int
    d_head: int
    window: int | None = None


SHAPES = {
    "GPT-3 175B": Shape(96, 96, 96, 128),
    "PaLM 540B": Shape(118, 48, 1, 256),
    "Llama 2 7B": Shape(32, 32, 32, 128),
    "Llama 2 70B": Shape(80, 64, 8, 128),
    "Mistral 7B": Shape(32, 32, 8, 128, window=4096),
}
"""As published. Source: Brown et al., 2020, table 2.1; Chowdhery et al., 2023, table 1 and section 2; Touvron et al.,
2023, section 2.2, and the published settings; Jiang et al., 2023, table 1."""


def cache_bytes(num_tokens, num_layers, num_kv_heads, d_head, batch=1, itemsize=2, window=None):
    """Return how many bytes a cache of keys and values has.

    num_tokens: of one sequence   batch: sequences side by side   itemsize: bytes of a number, 2 for float16 or bfloat16
    window: the most tokens that a query may look at, itself included; older ones are dropped. None: all are kept

    Each layer keeps two vectors of width d_head for each token and each head of keys and values; query heads that
    share keys and values share these.
    Source: Shazeer, 2019, section 3.1; Jiang et al., 2023, "Rolling Buffer Cache", for the window.

    >>> cache_bytes(10, num_layers=2, num_kv_heads=4, d_head=8), cache_bytes(10, 2, 4, 8, window=3)
    (2560, 768)
    """
    kept = num_tokens if window is None else min(num_tokens, window)
    return 2 * num_layers * batch * kept * num_kv_heads * d_head * itemsize


def state_bytes(num_layers, num_heads, d_head, num_features=None, batch=1, itemsize=4):
    """Return how many bytes the running sums of causal linear attention have, however many tokens were read.

    num_features: the width of the feature map's result, d_head if not given   itemsize: 4, since sums want float32

    Each head of each layer keeps a matrix of num_features x d_head, and num_features numbers for the normaliser.
    Source: Katharopoulos et al., 2020, equations 18 to 20.

    >>> state_bytes(num_layers=2, num_heads=4, d_head=8)
    2304
    """
    num_features = d_head if num_features is None else num_features
    return num_layers * batch * num_heads * num_features * (d_head + 1) * itemsize

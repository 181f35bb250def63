"""The attention layers that are timed. All share one layer's parameters; its biases are 0, since one peer has none."""

import math

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.timing import installed
from mha_lib.nn import attend_packed, pack, recorded_weights, to_torch_attention, unpack


class Limit(nn.Module):
    """The bare operations: one product for q, k and v, PyTorch's fused kernel, the output's product."""

    def __init__(self, layer):
        super().__init__()
        self.num_heads, self.qkv, self.out = layer.num_heads, layer.project_qkv, layer.project_out

    def heads(self, x):
        """Return q, k and v, each (b, h, n, d)."""
        packed = F.linear(x, self.qkv.weight, self.qkv.bias).view(*x.shape[:2], 3, self.num_heads, -1)
        return packed.permute(2, 0, 3, 1, 4)

    def forward(self, x, mask=None, is_causal=False):
        """Return the layer's output."""
        heads = F.scaled_dot_product_attention(*self.heads(x), mask, is_causal=is_causal)
        return F.linear(heads.transpose(1, 2).reshape(x.shape), self.out.weight, self.out.bias)


class Naive(Limit):
    """The formula as a textbook writes it."""

    def forward(self, x, mask=None, is_causal=False):
        """Return the layer's output."""
        q, k, v = self.heads(x)
        scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
        if is_causal:
            mask = torch.ones(scores.shape[-2:], dtype=torch.bool).tril()
        if mask is not None:
            scores = scores.masked_fill(~mask, -math.inf)
        heads = (torch.softmax(scores, -1) @ v).transpose(1, 2)
        return F.linear(heads.reshape(x.shape), self.out.weight, self.out.bias)


class NanoGptStyle(Limit):
    """The same calls in nanoGPT's order: split the product, cut each part into heads, make the result contiguous."""

    def forward(self, x, mask=None, is_causal=False):
        """Return the layer's output; that layer knows no mask but the causal one."""
        b, n, d_model = x.shape
        parts = self.qkv(x).split(d_model, dim=2)
        q, k, v = (part.view(b, n, self.num_heads, -1).transpose(1, 2) for part in parts)
        heads = F.scaled_dot_product_attention(q, k, v, attn_mask=None, dropout_p=0.0, is_causal=is_causal)
        return self.out(heads.transpose(1, 2).contiguous().view(b, n, d_model))


class Ours(nn.Module):
    """Our layer as it is."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, x, mask=None, is_causal=False):
        """Return the layer's output."""
        return self.layer(x, mask=mask, is_causal=is_causal)


class OursRead(Ours):
    """Our layer, its weights read on the way."""

    def forward(self, x, mask=None, is_causal=False):
        """Return the layer's output."""
        with recorded_weights(self.layer):
            return self.layer(x, mask=mask, is_causal=is_causal)


class OursPacked(Ours):
    """Our layer, padding dropped instead of hidden; packing and unpacking are in the time."""

    def forward(self, x, mask):
        """Return the layer's output, zeros for padding."""
        lengths = mask[:, 0, 0].sum(-1).tolist()
        return unpack(attend_packed(self.layer, pack(x, lengths), lengths), lengths, x.shape[1])


class TorchModule(nn.Module):
    """`torch.nn.MultiheadAttention`, asked for no weights, everything else as it comes."""

    def __init__(self, layer):
        super().__init__()
        self.module = to_torch_attention(layer)

    def forward(self, x, mask=None, is_causal=False):
        """Return the layer's output."""
        future = nn.Transformer.generate_square_subsequent_mask(x.shape[1]) if is_causal else None
        hidden = None if mask is None else ~mask[:, 0, 0]
        settings = {"attn_mask": future, "key_padding_mask": hidden, "is_causal": is_causal, "need_weights": False}
        return self.module(x, x, x, **settings)[0]


class HuggingFace(nn.Module):
    """BERT's self-attention in transformers, with the fused kernel, and the output's product after it."""

    def __init__(self, layer):
        super().__init__()
        from transformers import BertConfig
        from transformers.models.bert.modeling_bert import BertSelfAttention

        d_model = layer.project_out.in_features
        settings = {"attention_probs_dropout_prob": 0.0, "attn_implementation": "sdpa"}
        config = BertConfig(hidden_size=d_model, num_attention_heads=layer.num_heads, **settings)
        self.attention, self.out = BertSelfAttention(config), layer.project_out
        parts = zip(layer.project_qkv.weight.chunk(3), layer.project_qkv.bias.chunk(3), strict=True)
        for name, (weight, bias) in zip(("query", "key", "value"), parts, strict=True):
            getattr(self.attention, name).load_state_dict({"weight": weight, "bias": bias})

    def forward(self, x, mask=None, is_causal=False):
        """Return the layer's output; transformers stretches a padding mask over the queries."""
        self.attention.is_causal = is_causal
        mask = None if mask is None else mask.expand(-1, 1, x.shape[1], -1)
        return self.out(self.attention(x, mask, is_causal=is_causal)[0])


class XTransformers(nn.Module):
    """The attention of x-transformers with `flash=True`; causal or not is decided when it is made."""

    def __init__(self, layer, causal):
        super().__init__()
        from x_transformers.x_transformers import Attention

        d_model, num_heads = layer.project_out.in_features, layer.num_heads
        self.attention = Attention(d_model, d_model // num_heads, heads=num_heads, causal=causal, flash=True)
        w_q, w_k, w_v = layer.project_qkv.weight.chunk(3)
        named = {"to_q": w_q, "to_k": w_k, "to_v": w_v, "to_out": layer.project_out.weight}
        self.attention.load_state_dict({f"{name}.weight": weight for name, weight in named.items()})

    def forward(self, x, mask=None, is_causal=False):
        """Return the layer's output."""
        return self.attention(x, mask=None if mask is None else mask[:, 0, 0])


def contenders(layer, mask_name):
    """Return the contenders for a mask by name, the limit first; peers that are not installed are left out."""
    models = {"limit": Limit(layer), "ours": Ours(layer), "ours, weights read": OursRead(layer)}
    if mask_name == "padding":
        models["ours, padding dropped"] = OursPacked(layer)
    if mask_name == "causal":
        models["as nanoGPT writes it"] = NanoGptStyle(layer)
    models["torch.nn.MultiheadAttention"] = TorchModule(layer)
    if installed("transformers"):
        models["transformers BERT, sdpa"] = HuggingFace(layer)
    if installed("x_transformers"):
        models["x-transformers, flash"] = XTransformers(layer, mask_name == "causal")
    return models | {"naive": Naive(layer)}

"""How long the attention layer takes, beside its rivals, as a ratio to the bare limit of the machine.

    python -m benchmarks.attention_layer            every size, some ten minutes
    python -m benchmarks.attention_layer --quick    the smallest size, some seconds

The limit is one product for q, k and v, PyTorch's fused kernel and the output's product, with nothing around them.
All contenders have the same weights and must agree with the limit before any clock runs. Then they take turns, in an
order shuffled each round, in one process on one thread; times are processor time, which other programs hardly move.
"""

import argparse
import json
import math
import platform
import random
import statistics
import time
from datetime import UTC, datetime
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

from mha_lib.nn import MultiHeadAttention, recorded_weights, to_torch_attention

SIZES = ((8, 128, 256, 8), (4, 512, 512, 8), (1, 2048, 512, 8), (1, 4096, 512, 8))
MASKS = ("none", "causal", "padding")
RESULTS = Path(__file__).parent / "results"
BACKWARD_LIMIT = 2048  # written out, 4096 tokens with gradients need several gigabytes


class Limit(nn.Module):
    """The bare operations, with the parameters of our layer."""

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


class WithWeights(nn.Module):
    """Our layer, its weights read on the way."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, x, mask=None, is_causal=False):
        """Return the layer's output."""
        with recorded_weights(self.layer):
            return self.layer(x, mask=mask, is_causal=is_causal)


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


def contenders(layer):
    """Return each contender by its name; transformers takes part if it is installed."""
    ours = {"ours": OursAsIs(layer), "ours, weights read": WithWeights(layer)}
    rivals = {"torch.nn.MultiheadAttention": TorchModule(layer), "naive": Naive(layer)}
    if find_spec("transformers"):
        rivals["transformers BertSelfAttention, sdpa"] = HuggingFace(layer)
    return {"limit": Limit(layer)} | ours | rivals


class OursAsIs(WithWeights):
    """Our layer."""

    def forward(self, x, mask=None, is_causal=False):
        """Return the layer's output."""
        return self.layer(x, mask=mask, is_causal=is_causal)


def masks(name, b, n):
    """Return the keyword arguments of a mask; padded lengths run from half of n to n, three quarters for one alone."""
    if name == "padding":
        lengths = torch.linspace(n // 2, n, b) if b > 1 else torch.tensor([3 * n // 4])
        return {"mask": (torch.arange(n) < lengths[:, None])[:, None, None]}
    return {"is_causal": True} if name == "causal" else {}


def infer(model, x, mask):
    """Return the output, without gradients."""
    with torch.no_grad():
        return model(x, **mask)


def train(model, x, mask):
    """Return the gradient of the input after a forward and a backward pass; parameters get theirs too."""
    model.zero_grad(set_to_none=True)
    x.grad = None
    model(x, **mask).backward(x.detach())
    return x.grad


def assert_equal(models, step, x, mask):
    """Raise AssertionError unless every contender's answer is the limit's."""
    wanted = step(models["limit"], x, mask)
    for name, model in models.items():
        apart = float((step(model, x, mask) - wanted).abs().max() / wanted.abs().max())
        assert apart < 1e-5, f"{name} is {apart:.1e} from the limit"


def take_turns(models, step, x, mask, rounds):
    """Return the seconds that each contender took, round by round."""
    seconds = {name: [] for name in models}
    for _ in range(rounds):
        for name in random.sample(list(models), len(models)):
            start = time.thread_time()
            step(models[name], x, mask)
            seconds[name].append(time.thread_time() - start)
    return seconds


def ratios(seconds):
    """Return for each contender the quartiles of its times over the median of the limit's."""
    limit = statistics.median(seconds["limit"])
    return {name: [round(q / limit, 3) for q in statistics.quantiles(times)] for name, times in seconds.items()}


def measure(size, mask_name, step, rounds):
    """Return one row of the result."""
    b, n, d_model, num_heads = size
    torch.manual_seed(0)
    layer = MultiHeadAttention(d_model, num_heads).train(step is train)
    models = {name: model.train(step is train) for name, model in contenders(layer).items()}
    x, mask = torch.randn(b, n, d_model, requires_grad=step is train), masks(mask_name, b, n)
    assert_equal(models, step, x, mask)
    seconds = take_turns(models, step, x, mask, rounds)
    return {
        "b": b,
        "n": n,
        "d_model": d_model,
        "num_heads": num_heads,
        "mask": mask_name,
        "step": step.__name__,
        "limit_milliseconds": round(1000 * statistics.median(seconds["limit"]), 2),
        "quartiles_over_limit": ratios(seconds),
    }


def processor():
    """Return the processor's name as the system tells it."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.processor())


def setting(rounds, note):
    """Return where, when and with what the numbers were measured."""
    installed = [name for name in ("torch", "numpy", "transformers") if find_spec(name)]
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "machine": f"{processor()}, {torch.backends.cpu.get_cpu_capability()}, {platform.system()}",
        "threads": torch.get_num_threads(),
        "versions": {"python": platform.python_version()} | {name: metadata.version(name) for name in installed},
        "clock": "processor time of the thread",
        "rounds": rounds,
        "dtype": "float32",
        "note": note,
    }


def show(row):
    """Print one row: the size, the limit, and every contender's median."""
    size = "x".join(str(row[axis]) for axis in ("b", "n", "d_model", "num_heads"))
    medians = "  ".join(f"{name} {q[1]:.2f}" for name, q in row["quartiles_over_limit"].items())
    print(
        f"{size:>14} {row['mask']:8} {row['step']:5} limit {row['limit_milliseconds']:8.2f} ms   {medians}", flush=True
    )


def main():
    """Measure, show each row as it comes, and store them all in one JSON file."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="the smallest size only")
    parser.add_argument("--rounds", type=int, default=21, help="how often each contender runs (default 21)")
    parser.add_argument("--note", default="", help="what else a reader of the result should know")
    options = parser.parse_args()
    torch.set_num_threads(1)
    rows = []
    for size in SIZES[:1] if options.quick else SIZES:
        for mask_name in MASKS:
            for step in (infer, train)[: 2 if size[1] <= BACKWARD_LIMIT else 1]:
                rows.append(measure(size, mask_name, step, options.rounds))
                show(rows[-1])
    result = setting(options.rounds, options.note) | {"rows": rows}
    path = RESULTS / f"attention_layer_{result['date']}{'_quick' if options.quick else ''}.json"
    path.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    print(f"Stored in {path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path}")


if __name__ == "__main__":
    main()

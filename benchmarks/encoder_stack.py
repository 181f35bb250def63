"""What a whole encoder takes, padding hidden or dropped, beside PyTorch's and Hugging Face's, as a ratio to the limit.

    python -m benchmarks.encoder_stack              every size, some five minutes
    python -m benchmarks.encoder_stack --quick      the smallest size

The limit is our pre-norm stack written out as bare calls, padding hidden by the mask. The pre-norm contenders must
agree with it before any clock runs; Hugging Face's block is post-norm, and is held to our post-norm stack.
"""

import argparse

import torch
import torch.nn.functional as F
from torch import nn

from benchmarks.attention_layer import call_of
from benchmarks.contenders import Limit
from benchmarks.timing import STEPS, installed, peak_mebibytes, race, ratios, setting, show, store
from mha_lib.nn import Encoder, encode_packed, to_torch_block

SIZES = ((8, 128, 256, 4, 1024, 4), (8, 128, 768, 12, 3072, 1), (4, 512, 512, 8, 2048, 4), (1, 2048, 512, 8, 2048, 1))
MASKS = ("none", "padding")


class BareStack(nn.Module):
    """Our pre-norm stack as bare calls, with its parameters."""

    def __init__(self, encoder):
        super().__init__()
        self.encoder, self.layers = encoder, nn.ModuleList(Limit(block.attention) for block in encoder.blocks)

    def forward(self, x, mask=None):
        """Return the stack's output."""
        for attend, block in zip(self.layers, self.encoder.blocks, strict=True):
            x = x + attend(bare_norm(block.attention_norm, x), mask)
            forward = block.feed_forward
            wide = F.gelu(F.linear(bare_norm(block.feed_forward_norm, x), *weights(forward.project_in)))
            x = x + F.linear(wide, *weights(forward.project_out))
        return bare_norm(self.encoder.final_norm, x)


class Packed(nn.Module):
    """Our stack, padding dropped instead of hidden."""

    def __init__(self, encoder):
        super().__init__()
        self.encoder = encoder

    def forward(self, x, mask):
        """Return the stack's output, zeros for padding."""
        return encode_packed(self.encoder, x, mask[:, 0, 0].sum(-1).tolist())


class TorchStack(nn.Module):
    """`torch.nn.TransformerEncoderLayer`, pre-norm, as often as our stack has blocks."""

    def __init__(self, encoder):
        super().__init__()
        self.blocks, self.final_norm = nn.ModuleList(map(to_torch_block, encoder.blocks)), encoder.final_norm

    def forward(self, x, mask=None):
        """Return the stack's output."""
        hidden = None if mask is None else ~mask[:, 0, 0]
        for block in self.blocks:
            x = block(x, src_key_padding_mask=hidden)
        return self.final_norm(x)


class HuggingFaceStack(nn.Module):
    """BERT's layer in transformers, with the fused kernel, post-norm, as often as our stack has blocks."""

    def __init__(self, encoder):
        super().__init__()
        from transformers import BertConfig
        from transformers.models.bert.modeling_bert import BertLayer

        first = encoder.blocks[0]
        sizes = {
            "hidden_size": first.feed_forward.project_in.in_features,
            "intermediate_size": first.feed_forward.project_in.out_features,
            "num_attention_heads": first.attention.num_heads,
        }
        dropouts = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0, "layer_norm_eps": 1e-5}
        config = BertConfig(**sizes, **dropouts, attn_implementation="sdpa")
        self.blocks = nn.ModuleList(filled_bert(BertLayer(config), block) for block in encoder.blocks)

    def forward(self, x, mask=None):
        """Return the stack's output."""
        mask = None if mask is None else mask.expand(-1, 1, x.shape[1], -1)
        for block in self.blocks:
            x = block(x, mask)
        return x


BERT_PARTS = {
    "attention.output.dense": "attention.project_out",
    "attention.output.LayerNorm": "attention_norm",
    "intermediate.dense": "feed_forward.project_in",
    "output.dense": "feed_forward.project_out",
    "output.LayerNorm": "feed_forward_norm",
}


def filled_bert(theirs, ours):
    """Return a BertLayer with the parameters of our block."""
    state, values = {}, ours.state_dict()
    for kind in ("weight", "bias"):
        state |= {f"{bert}.{kind}": values[f"{name}.{kind}"] for bert, name in BERT_PARTS.items()}
        thirds = zip(("query", "key", "value"), values[f"attention.project_qkv.{kind}"].chunk(3), strict=True)
        state |= {f"attention.self.{name}.{kind}": third for name, third in thirds}
    theirs.load_state_dict(state)
    return theirs


def bare_norm(norm, x):
    """Return LayerNorm of `x` as one bare call."""
    return F.layer_norm(x, (x.shape[-1],), norm.weight, norm.bias, norm.eps)


def weights(linear):
    """Return a projection's matrix and bias."""
    return linear.weight, linear.bias


def stack(size, norm):
    """Return our stack of a size, with random matrices and biases of 0 in attention."""
    _, _, d_model, num_heads, d_ff, num_layers = size
    torch.manual_seed(0)
    encoder = Encoder(d_model, num_heads, d_ff, num_layers, norm=norm)
    for block in encoder.blocks:
        nn.init.zeros_(block.attention.project_qkv.bias)
        nn.init.zeros_(block.attention.project_out.bias)
    return encoder


def contenders(size, mask_name):
    """Return the pre-norm contenders by name, the limit first."""
    encoder = stack(size, "pre")
    models = {"limit": BareStack(encoder), "ours": encoder}
    if mask_name == "padding":
        models["ours, padding dropped"] = Packed(encoder)
    return models | {"torch.nn.TransformerEncoderLayer": TorchStack(encoder)}


def measure(size, mask_name, step, rounds):
    """Return one row of the result."""
    b, n, d_model = size[:3]
    models = {name: model.train(step == "train") for name, model in contenders(size, mask_name).items()}
    x, (call, real) = torch.randn(b, n, d_model, requires_grad=step == "train"), call_of(mask_name, b, n)
    quartiles = race(models, step, x, call, real, rounds)
    if installed("transformers"):
        quartiles |= post_norm_quartiles(size, step, x, call, real, rounds, quartiles["limit"][1])
    run = STEPS[step]
    return {
        **dict(zip(("b", "n", "d_model", "num_heads", "d_ff", "num_layers"), size, strict=True)),
        "mask": mask_name,
        "step": step,
        "limit_milliseconds": round(1000 * quartiles["limit"][1], 2),
        "quartiles_over_limit": ratios(quartiles),
        "peak_mebibytes": {
            name: peak_mebibytes(lambda model=model: run(model, x, call, x.detach())) for name, model in models.items()
        },
    }


def post_norm_quartiles(size, step, x, call, real, rounds, limit):
    """Return the quartiles of Hugging Face's stack, scaled as if our post-norm stack, its own limit, took `limit`."""
    encoder = stack(size, "post")
    models = {"ours, post-norm": encoder, "transformers BertLayer, sdpa": HuggingFaceStack(encoder)}
    models = {name: model.train(step == "train") for name, model in models.items()}
    quartiles = race(models, step, x, call, real, rounds)
    scale = limit / quartiles["ours, post-norm"][1]
    return {"transformers BertLayer, sdpa": [scale * q for q in quartiles["transformers BertLayer, sdpa"]]}


def main():
    """Measure, show each row as it comes, and store them all in one JSON file."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="the smallest size only")
    parser.add_argument("--threads", type=int, default=1, help="threads of PyTorch (%(default)s)")
    parser.add_argument("--rounds", type=int, default=11, help="how often each contender runs (%(default)s)")
    parser.add_argument("--note", default="", help="what else a reader of the result should know")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    rows = []
    for size in SIZES[:1] if options.quick else SIZES:
        for mask_name in MASKS:
            for step in STEPS:
                rows.append(measure(size, mask_name, step, options.rounds))
                show(f"{'x'.join(map(str, size))} {mask_name} {step}", rows[-1])
    name = f"encoder_stack_{options.threads}_thread{'s' * (options.threads > 1)}{'_quick' * options.quick}"
    store(name, setting(options.rounds, options.note) | {"rows": rows})


if __name__ == "__main__":
    main()

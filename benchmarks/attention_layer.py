"""How long the attention layer takes, and how much it holds, beside its peers, as a ratio to the bare limit.

    python -m benchmarks.attention_layer                every size, some ten minutes
    python -m benchmarks.attention_layer --quick        the smallest size, some seconds
    python -m benchmarks.attention_layer --threads 2    wall time on two threads: only on an idle machine

The limit is one product for q, k and v, PyTorch's fused kernel and the output's product, with nothing around them.
All contenders have the same weights and must agree with the limit before any clock runs. Then they take turns, in an
order shuffled each round, in one process; on one thread, times are processor time, which other programs hardly move.
"""

import argparse

import torch

from benchmarks.contenders import contenders
from benchmarks.timing import STEPS, peak_mebibytes, race, ratios, setting, show, store
from mha_lib.nn import MultiHeadAttention

SIZES = ((8, 128, 256, 8), (4, 512, 512, 8), (1, 2048, 512, 8), (1, 4096, 512, 8))
MASKS = ("none", "causal", "padding")
BACKWARD_LIMIT = 2048  # written out, 4096 tokens with gradients need several gigabytes


def lengths_of(b, n):
    """Return padded lengths: from half of n to n, and three quarters for a sentence alone."""
    return torch.linspace(n // 2, n, b).long() if b > 1 else torch.tensor([3 * n // 4])


def call_of(mask_name, b, n):
    """Return the keyword arguments that ask for a mask, and which tokens are real, (b, n)."""
    if mask_name == "padding":
        real = torch.arange(n) < lengths_of(b, n)[:, None]
        return {"mask": real[:, None, None]}, real
    return {"is_causal": True} if mask_name == "causal" else {}, torch.ones(b, n, dtype=torch.bool)


def made_layer(d_model, num_heads):
    """Return a layer with random matrices and biases of 0."""
    torch.manual_seed(0)
    layer = MultiHeadAttention(d_model, num_heads)
    for projection in (layer.project_qkv, layer.project_out):
        torch.nn.init.zeros_(projection.bias)
    return layer


def measure(size, mask_name, step, rounds):
    """Return one row of the result."""
    b, n, d_model, num_heads = size
    models = {
        name: model.train(step == "train")
        for name, model in contenders(made_layer(d_model, num_heads), mask_name).items()
    }
    x, (call, real) = torch.randn(b, n, d_model, requires_grad=step == "train"), call_of(mask_name, b, n)
    quartiles = race(models, step, x, call, real, rounds)
    run = STEPS[step]
    return {
        "b": b,
        "n": n,
        "d_model": d_model,
        "num_heads": num_heads,
        "mask": mask_name,
        "step": step,
        "limit_milliseconds": round(1000 * quartiles["limit"][1], 2),
        "quartiles_over_limit": ratios(quartiles),
        "peak_mebibytes": {
            name: peak_mebibytes(lambda model=model: run(model, x, call, x.detach())) for name, model in models.items()
        },
    }


def main():
    """Measure, show each row as it comes, and store them all in one JSON file."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="the smallest size only")
    parser.add_argument("--threads", type=int, default=1, help="threads of PyTorch (%(default)s)")
    parser.add_argument("--rounds", type=int, default=15, help="how often each contender runs (%(default)s)")
    parser.add_argument("--note", default="", help="what else a reader of the result should know")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    rows = []
    for size in SIZES[:1] if options.quick else SIZES:
        for mask_name in MASKS:
            for step in list(STEPS)[: 2 if size[1] <= BACKWARD_LIMIT else 1]:
                rows.append(measure(size, mask_name, step, options.rounds))
                show(f"{'x'.join(map(str, size))} {mask_name} {step}", rows[-1])
    name = f"attention_layer_{options.threads}_thread{'s' * (options.threads > 1)}{'_quick' * options.quick}"
    store(name, setting(options.rounds, options.note) | {"rows": rows})


if __name__ == "__main__":
    main()

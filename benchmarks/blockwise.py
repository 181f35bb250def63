"""What attention in NumPy costs: block-wise and as books write it, beside PyTorch's fused kernel, in time and memory.

    OMP_NUM_THREADS=1 python -m benchmarks.blockwise            up to 16384 tokens, some ten minutes, 7 GiB of memory
    OMP_NUM_THREADS=1 python -m benchmarks.blockwise --quick    up to 2048 tokens, half a minute

One sequence, 8 heads of width 64, float32, one thread. All contenders must agree before any clock runs. Then they take
turns in an order shuffled each round; times are processor time, and figures are ratios to the fused kernel. Memory is
how far the resident set of a forked child grows in one call, less the output: Linux only, give or take 0.3 MiB.

The plain form makes gigabytes of new memory, and what that costs depends on the machine's pages. NumPy asks for huge
ones; with NUMPY_MADVISE_HUGEPAGE=0 it does not, and the plain form takes clearly longer from some thousand tokens on.
"""

import argparse
import ctypes
import math
import os
import random
import statistics
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from benchmarks.timing import clock, ratios, setting, store
from mha_lib.cost.blockwise import blockwise_attention

NUM_HEADS, D = 8, 64
SIZES = (64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384)
PLAIN_LIMIT = 8192  # the plain formula needs 6 GiB there, and 24 GiB at twice as many tokens
QUICK_LIMIT = 2048
FUSED, BLOCKWISE, PLAIN = "fused (torch)", "block-wise (NumPy)", "plain (NumPy)"


def plain(q, k, v, is_causal):
    """Return attention as books write it: every step an array of its own."""
    scores = q @ np.swapaxes(k, -1, -2) / math.sqrt(q.shape[-1])
    if is_causal:
        scores = np.where(np.tri(*scores.shape[-2:], dtype=bool), scores, -np.inf)
    exponentials = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights = exponentials / exponentials.sum(axis=-1, keepdims=True)
    return weights @ v


def contenders(n, is_causal):
    """Return each contender by its name as a function without arguments, the fused kernel first."""
    rng = np.random.default_rng(0)
    q, k, v = (rng.standard_normal((NUM_HEADS, n, D), dtype=np.float32) for _ in range(3))
    tensors = [torch.from_numpy(x)[None] for x in (q, k, v)]
    functions = {
        FUSED: lambda: F.scaled_dot_product_attention(*tensors, is_causal=is_causal),
        BLOCKWISE: lambda: blockwise_attention(q, k, v, is_causal=is_causal),
    }
    if n <= PLAIN_LIMIT:
        functions[PLAIN] = lambda: plain(q, k, v, is_causal)
    return functions


def assert_equal(functions):
    """Raise AssertionError unless every contender gives the fused kernel's answer."""
    wanted = np.asarray(functions[FUSED]())[0]
    for name, function in functions.items():
        apart = float(np.abs(np.asarray(function()) - wanted).max() / np.abs(wanted).max())
        assert apart < 1e-5, f"{name} is {apart:.1e} from the fused kernel"


def take_turns(functions, rounds):
    """Return the quartiles of the seconds that each contender took."""
    seconds = {name: [] for name in functions}
    for _ in range(rounds):
        for name in random.sample(list(functions), len(functions)):
            start = clock()
            functions[name]()
            seconds[name].append(clock() - start)
    return {name: statistics.quantiles(times) for name, times in seconds.items()}


def peak_mebibytes(function):
    """Return the MiB by which a forked child's resident set grows, at most, during its second call."""
    read, write = os.pipe()
    if os.fork() == 0:
        function()  # sets up what is set up once
        ctypes.CDLL(None).malloc_trim(0)  # hand freed blocks back, or the call would use them unseen
        Path("/proc/self/clear_refs").write_text("5")  # the high-water mark starts from here
        before = resident("VmRSS")
        function()
        os.write(write, str(resident("VmHWM") - before).encode())
        os._exit(0)
    os.wait()
    return int(os.read(read, 32)) / 1024


def resident(name):
    """Return a line of this process's status, in KiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1])


def measure(n, is_causal, rounds):
    """Return one row of the result."""
    functions = contenders(n, is_causal)
    assert_equal(functions)
    quartiles = take_turns(functions, rounds if n <= QUICK_LIMIT else max(3, rounds // 4))
    output = NUM_HEADS * n * D * 4 / 2**20
    return {
        "n": n,
        "num_heads": NUM_HEADS,
        "d": D,
        "mask": "causal" if is_causal else "none",
        "limit_milliseconds": round(1000 * quartiles[FUSED][1], 3),
        "quartiles_over_limit": ratios(quartiles),
        "output_mebibytes": output,
        "extra_mebibytes": {name: round(peak_mebibytes(f) - output, 1) for name, f in functions.items()},
    }


def show(row):
    """Print one row: ratios of time, then memory."""
    times = "  ".join(f"{name} {q[1]:.2f}" for name, q in row["quartiles_over_limit"].items())
    memory = "  ".join(f"{name} {extra:.1f}" for name, extra in row["extra_mebibytes"].items())
    print(f"n {row['n']:6} {row['mask']:7} {row['limit_milliseconds']:9.2f} ms   {times}   MiB: {memory}", flush=True)


def main():
    """Measure, show each row as it comes, and store them all in one JSON file."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="up to 2048 tokens only")
    parser.add_argument("--rounds", type=int, default=21, help="how often each contender runs, a quarter for long ones")
    parser.add_argument("--note", default="", help="what else a reader of the result should know")
    options = parser.parse_args()
    if os.environ.get("OMP_NUM_THREADS") != "1":
        raise SystemExit("NumPy's products need one thread too: run OMP_NUM_THREADS=1 python -m benchmarks.blockwise")
    torch.set_num_threads(1)
    rows = []
    for n in [n for n in SIZES if n <= QUICK_LIMIT or not options.quick]:
        for is_causal in (False, True):
            rows.append(measure(n, is_causal, options.rounds))
            show(rows[-1])
    result = setting(options.rounds, options.note) | {"rows": rows}
    store("blockwise_quick" if options.quick else "blockwise", result)


if __name__ == "__main__":
    main()

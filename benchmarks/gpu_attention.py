"""What a fused kernel buys on a GPU: time, memory and rate of attention, seven ways to compute it and ours.

    python -m benchmarks.gpu_attention                   every case that fits into 8 minutes, on the GPU
    python -m benchmarks.gpu_attention --minutes 3       the most important cases
    python -m benchmarks.gpu_attention --device cpu      tiny sizes through the same code: a rehearsal, no measurement

First all variants must agree with float64, forward and backward, on fresh random numbers. Then the card's two limits
are measured, a matrix product and a copy, and every rate is given as a share of the product's. Refusals are results:
each has its reason. One JSON file in `results/` holds it all, and chapter 15 reads the newest from a GPU.
"""

import argparse
import json
import os
import platform
import subprocess
import time
from datetime import UTC, datetime
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


def setting(device):
    """Return where, when and with what the numbers were measured."""
    import torch

    installed = [name for name in ("torch", "triton", "numpy") if find_spec(name)]
    versions = {"python": platform.python_version()} | {name: metadata.version(name) for name in installed}
    if device == "cuda":
        versions |= {"cuda": torch.version.cuda, "cudnn": str(torch.backends.cudnn.version())}
    memory = torch.cuda.get_device_properties(0).total_memory / 2**30 if device == "cuda" else None
    return {
        "schema": 1,
        "benchmark": "gpu_attention",
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "device": device,
        "card": torch.cuda.get_device_name() if device == "cuda" else f"no GPU, {platform.machine()}",
        "memory_gib": memory,
        "driver": driver() if device == "cuda" else None,
        "versions": versions,
    }


def driver():
    """Return the version of the GPU's driver, as nvidia-smi tells it, or None."""
    try:
        command = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[0]
    except (OSError, subprocess.CalledProcessError, IndexError):
        return None


def limits(device):
    """Return the card's rates of a matrix product, by type, and of a copy."""
    from benchmarks.gpu import measure

    tiny = device == "cpu"
    dtypes = ("float32", "bfloat16") if tiny else ("bfloat16", "float16")
    rates = {dtype: measure.product_rate(dtype, 64 if tiny else 8192, device) for dtype in dtypes}
    return {"product_tflops": rates, "copy_gb_s": measure.bandwidth(2**16 if tiny else 2**31, device)}


def agreement(named, device):
    """Return the rows of all equality checks."""
    from benchmarks.gpu import cases, equality

    tiny = device == "cpu"
    dtypes, sizes = (("float32",), (10, 37, 16)) if tiny else (("bfloat16", "float16"), (300, 777, 128))
    rows = [row for case in cases.equality_cases(dtypes, sizes) for row in equality.check(case, named, device)]
    square = cases.Case("both", dtypes[0], 2, 2, sizes[1], sizes[1], 16 if tiny else 64, is_causal=True)
    return rows + equality.check(square, named, device)


def sweep(named, device, products, end):
    """Return the rows of all cases begun before `end`, and the cases left out."""
    from benchmarks.gpu import cases, measure

    rows, left_out = [], []
    for case in cases.tiny_cases() if device == "cpu" else cases.real_cases():
        for name, prepare in named.items():
            if time.monotonic() > end:
                left_out.append({"variant": name, **case.row()})
                continue
            rows.append(measure.row(name, prepare, case, device, products))
            show(rows[-1])
    return rows, left_out


def show(row):
    """Print one row."""
    size = f"b{row['b']} h{row['h']} q{row['queries']} n{row['n']} d{row['d']}"
    kind = f"{row['step']} {row['dtype']}{' causal' if row['is_causal'] else ''}{' padded' if row['padded'] else ''}"
    said = row["refused"] or f"{row['milliseconds']:.3f} ms, {row['tflops']:.3g} TFLOP/s"
    print(f"{row['variant']:16} {kind:24} {size:28} {said[:120]}", flush=True)


def train(device, seconds):
    """Return the rows of training steps, naive and fused, each given half of the time."""
    from benchmarks.gpu import training

    tiny = device == "cpu"
    sizes, start, stop = (training.TINY, 16, 32) if tiny else (training.ENCODER, 512, 2**21)
    kinds = ("naive", "fused")
    return [row for kind in kinds for row in training.longest(kind, sizes, device, start, stop, seconds / len(kinds))]


def tuned_tiles():
    """Return the tiles that Triton found fastest, by kernel and by what they were found for."""
    if not find_spec("triton"):
        return {}
    from mha_lib.gpu import triton_kernels as kernels

    tuned = (kernels.attention_kernel, kernels.query_gradient_kernel, kernels.key_gradient_kernel)
    return {kernel.base_fn.__name__: {str(key): str(best) for key, best in kernel.cache.items()} for kernel in tuned}


def run(device, minutes):
    """Return the whole result. The sweep has six parts in seven of the time, training the rest."""
    import torch

    from benchmarks.gpu.variants import variants

    torch._dynamo.config.recompile_limit = 64
    start, named = time.monotonic(), variants()
    result = setting(device) | {"minutes": minutes, "equality": agreement(named, device), **limits(device)}
    rows, left_out = sweep(named, device, result["product_tflops"], start + 60 * minutes * 6 / 7)
    result |= {"rows": rows, "left_out": left_out, "training": train(device, 60 * minutes / 7)}
    return result | {"tiles": tuned_tiles(), "seconds": round(time.monotonic() - start, 1)}


def store(result, folder):
    """Write the result into a folder, and return the path. A rehearsal is called one."""
    rehearsal = "_rehearsal" if result["device"] == "cpu" else ""
    path = folder / f"gpu_attention_{result['date']}{rehearsal}.json"
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    return path


def main(arguments=None):
    """Measure, show each row as it comes, and store them all."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda", help="cpu rehearses with tiny sizes")
    parser.add_argument("--minutes", type=float, default=8.0, help="when to stop beginning new cases (default 8)")
    parser.add_argument("--out", type=Path, default=RESULTS, help="the folder for the JSON file")
    options = parser.parse_args(arguments)
    if options.device == "cpu":
        os.environ["TRITON_INTERPRET"] = "1"  # before Triton is imported
    import torch

    if options.device == "cuda" and not torch.cuda.is_available():
        parser.error("PyTorch finds no CUDA device; --device cpu rehearses without one")
    result = run(options.device, options.minutes)
    print(f"{len(result['rows'])} rows, {len(result['left_out'])} left out, {result['seconds']} s")
    print(f"Stored in {store(result, options.out)}")


if __name__ == "__main__":
    main()

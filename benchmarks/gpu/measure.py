"""The clock and the memory of one variant in one case, and the two limits of the card."""

import torch

from benchmarks.gpu.cases import DTYPES
from mha_lib.gpu.timing import attempt, lap_times, peak_bytes, quartiles, rotating

SECONDS = {"cuda": 0.3, "cpu": 0.0}  # how long one variant is timed in one case, about; a rehearsal measures nothing
FEWEST, MOST = 5, 50


def repeats_for(once, seconds):
    """Return how often to repeat what takes `once` seconds."""
    return int(min(MOST, max(FEWEST, seconds / max(once, 1e-9))))


def timed(call, inputs, seconds):
    """Return the quartiles of the milliseconds of a call, and how often it ran."""
    repeats = repeats_for(quartiles(lap_times(call, inputs, repeats=2))[1], seconds)
    laps = lap_times(call, inputs, repeats, warm_up=1)
    return [round(1000 * lap, 5) for lap in quartiles(laps)], repeats


def step(call, name):
    """Return the forward pass without a graph, or forward and backward together."""

    def forward(*inputs):
        with torch.no_grad():
            return call(*inputs)

    def both(*inputs):
        output = call(*inputs)
        return torch.autograd.grad(output, inputs, output.detach())

    return both if name == "both" else forward


def row(name, prepare, case, device, products):
    """Return one row: times, peak memory and rate of a variant in a case, or its refusal."""
    measured, refused = attempt(lambda: figures(prepare, case, device))
    if device == "cuda":
        torch.cuda.empty_cache()
    empty = dict.fromkeys(("milliseconds", "quartiles", "repeats", "peak_mib"))
    result = {"variant": name, **case.row(), **(measured or empty), "refused": refused}
    rate = None if refused else case.operations() / result["milliseconds"] / 1e9
    share = rate / products[case.dtype] if rate and products.get(case.dtype) else None
    return result | {"tflops": rate, "share_of_product": share}


def figures(prepare, case, device):
    """Return the measured part of a row."""
    call = step(prepare(case, device), case.step)
    call(*case.make(device))  # compiles, and finds the fastest tile, which would count as memory
    peak = peak_bytes(call, case.make(device))
    quarters, repeats = timed(call, rotating(lambda: case.make(device), case.bytes()), SECONDS[device])
    peak_mib = None if peak is None else round(peak / 2**20, 2)
    return {"milliseconds": quarters[1], "quartiles": quarters, "repeats": repeats, "peak_mib": peak_mib}


def product_rate(dtype, size, device):
    """Return the rate of a square matrix product in 10^12 operations a second: the ceiling of this run."""
    settings = {"device": device, "dtype": DTYPES[dtype]}
    inputs = rotating(lambda: (torch.randn(size, size, **settings), torch.randn(size, size, **settings)), 4 * size**2)
    return 2 * size**3 / timed(torch.mm, inputs, 4 * SECONDS[device])[0][1] / 1e9


def bandwidth(size, device):
    """Return the 10^9 bytes a second that a copy of `size` bytes reads and writes."""
    inputs = [(torch.empty(size, dtype=torch.uint8, device=device), torch.ones(size, dtype=torch.uint8, device=device))]
    return 2 * size / timed(lambda to, source: to.copy_(source), inputs, SECONDS[device])[0][1] / 1e6

"""Fair timing: contenders take turns in one process, and every figure is a ratio to the first of them, the limit."""

import json
import platform
import random
import statistics
import time
from datetime import UTC, datetime
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

import torch

RESULTS = Path(__file__).parent / "results"
PEERS = ("torch", "numpy", "transformers", "x-transformers")


def infer(model, x, call, direction):
    """Return the output, without gradients."""
    with torch.no_grad():
        return model(x, **call)


def train(model, x, call, direction):
    """Return the gradient of the input after a forward and a backward pass; parameters get theirs too."""
    model.zero_grad(set_to_none=True)
    x.grad = None
    model(x, **call).backward(direction)
    return x.grad


STEPS = {"infer": infer, "train": train}


def race(models, step, x, call, real, rounds):
    """Return the quartiles of each contender's seconds, once all have given the limit's answer for the real tokens.

    models: contenders by name, the limit first   step: a name in STEPS   real: booleans (b, n), False for padding
    """
    run, direction = STEPS[step], x.detach() * real[..., None]
    assert_equal(models, lambda model: run(model, x, call, direction) * real[..., None])
    seconds = {name: [] for name in models}
    for _ in range(rounds):
        for name in random.sample(list(models), len(models)):
            start = clock()
            run(models[name], x, call, direction)
            seconds[name].append(clock() - start)
    return {name: statistics.quantiles(times) for name, times in seconds.items()}


def assert_equal(models, answer):
    """Raise AssertionError unless every contender's answer is the first one's."""
    wanted, *_ = (answer(model) for model in models.values())
    for name, model in models.items():
        apart = float((answer(model) - wanted).abs().max() / wanted.abs().max())
        assert apart < 1e-5, f"{name} is {apart:.1e} from the limit"


def clock():
    """Return seconds: of the processor on one thread, which others hardly move; of the wall where there are several."""
    return time.thread_time() if torch.get_num_threads() == 1 else time.perf_counter()


def ratios(quartiles):
    """Return the times that `race` returned over the median of the first contender."""
    limit = next(iter(quartiles.values()))[1]
    return {name: [round(q / limit, 3) for q in three] for name, three in quartiles.items()}


def peak_mebibytes(function):
    """Return the most memory that PyTorch held at once for tensors made while `function` ran, in MiB.

    Counted from the allocator's own events, so it is the same on every run. Inputs and parameters were there before.
    """
    function()  # the first call may set things up
    activities = [torch.profiler.ProfilerActivity.CPU]
    with torch.profiler.profile(activities=activities, profile_memory=True, acc_events=True) as profiler:
        kept = function()
    del kept
    changes = [(event.time_range.start, event.self_cpu_memory_usage) for event in profiler.events()]
    held, most = 0, 0
    for _, change in sorted(changes, key=lambda change: change[0]):
        held += change
        most = max(most, held)
    return round(most / 2**20, 1)


def setting(rounds, note):
    """Return where, when and with what the numbers were measured."""
    threads = torch.get_num_threads()
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "machine": f"{processor()}, {torch.backends.cpu.get_cpu_capability()}, {platform.system()}",
        "threads": threads,
        "versions": {"python": platform.python_version()} | {p: metadata.version(p) for p in PEERS if installed(p)},
        "clock": "processor time of the thread" if threads == 1 else "wall time",
        "rounds": rounds,
        "dtype": "float32",
        "note": note,
    }


def installed(name):
    """Return whether a package can be imported."""
    return find_spec(name.replace("-", "_")) is not None


def processor():
    """Return the processor's name as the system tells it."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.processor())


def show(label, row):
    """Print one row: what was measured, the limit, and every contender's median."""
    medians = "  ".join(f"{name} {q[1]:.2f}" for name, q in row["quartiles_over_limit"].items())
    print(f"{label:32} limit {row['limit_milliseconds']:8.2f} ms   {medians}", flush=True)


def store(name, result):
    """Write a result to its file in `results`, and say where."""
    path = RESULTS / f"{name}_{result['date']}.json"
    path.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    print(f"Stored in {path}")

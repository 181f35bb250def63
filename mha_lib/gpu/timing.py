"""Chapter 15. Timing tensors honestly, on a GPU by its own clock or on a processor: warm, many times, fresh inputs."""

import statistics
import time
import warnings

import torch

CACHE_BYTES = 192 * 2**20  # inputs taken in turn fill more than three times the largest cache of a GPU


def naive_attention(q, k, v, mask=None):
    """Return attention as textbooks write it: scores, weights and output, each a matrix of its own in memory.

    q: (b, h, q, d)   k, v: (b, h, k, d)   mask: broadcast to (b, h, q, k), True means may attend  ->  (b, h, q, d)
    """
    scores = q @ k.transpose(-2, -1) * q.shape[-1] ** -0.5
    if mask is not None:
        scores = scores.masked_fill(~mask, float("-inf"))
    return torch.softmax(scores, dim=-1) @ v


def lap_times(call, inputs, repeats=20, warm_up=3):
    """Return the seconds of each of `repeats` calls, `call(*inputs[i])` with the inputs taken in turn.

    On a GPU the clock is the device's own: an event is noted before and after each call, and read when all is done.
    Whatever a call compiles or tunes happens in the `warm_up` calls, which are not counted.
    Raises ValueError if there is nothing to call on.

    >>> len(lap_times(torch.add, [(torch.ones(2), torch.ones(2))], repeats=5))
    5
    """
    if not inputs or repeats < 1:
        raise ValueError(f"there must be inputs and at least 1 repeat, got {len(inputs)} and {repeats}")
    for i in range(warm_up):
        call(*inputs[i % len(inputs)])
    on_gpu = inputs[0][0].is_cuda
    laps = _device_laps if on_gpu else _host_laps
    return laps(call, [inputs[i % len(inputs)] for i in range(repeats)])


def _device_laps(call, turns):
    events = [(torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)) for _ in turns]
    torch.cuda.synchronize()
    for (start, end), arguments in zip(events, turns, strict=True):
        start.record()
        call(*arguments)
        end.record()
    torch.cuda.synchronize()
    return [start.elapsed_time(end) / 1000 for start, end in events]


def _host_laps(call, turns):
    laps = []
    for arguments in turns:
        start = time.perf_counter()
        call(*arguments)
        laps.append(time.perf_counter() - start)
    return laps


def quartiles(laps):
    """Return the lower quartile, the median and the upper quartile of some times.

    >>> quartiles([3.0, 1.0, 2.0])
    [1.5, 2.0, 2.5]
    """
    if len(laps) == 1:
        return laps * 3
    return statistics.quantiles(laps, method="inclusive")


def peak_bytes(call, arguments):
    """Return how many bytes a call needed at its peak, output included, beyond what was there; None off the GPU."""
    if not arguments[0].is_cuda:
        call(*arguments)
        return None
    torch.cuda.synchronize()
    before = torch.cuda.memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    call(*arguments)
    torch.cuda.synchronize()
    return torch.cuda.max_memory_allocated() - before


def attempt(call):
    """Return (result, None), or (None, why not) where PyTorch or Triton refuses: out of memory, no such kernel, ...

    PyTorch states why a kernel does not fit in warnings before it raises, so these become part of the reason.
    """
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            return call(), None
        except torch.OutOfMemoryError:
            return None, "out of memory"
        except Exception as error:  # whatever a compiler or a kernel raises is a result here
            first = str(error).strip().partition("\n")[0]
            reasons = dict.fromkeys(str(w.message).partition(" (Triggered")[0] for w in said)
            return None, f"{type(error).__name__}: {first}" + "".join(f"; {reason}" for reason in reasons)


def rotating(make, bytes_each):
    """Return inputs made by `make()`, 2 to 8 of them, so many that taken in turn they never wait in a cache.

    >>> len(rotating(lambda: 0, bytes_each=2**40))
    2
    """
    return [make() for _ in range(max(2, min(8, -(-CACHE_BYTES // bytes_each))))]

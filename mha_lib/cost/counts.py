"""Chapter 14. What does attention cost? Multiply-adds, bytes, their ratio, and the measuring of time and memory."""

import json
import statistics
import time
import tracemalloc
from pathlib import Path

import numpy as np


def attention_multiply_adds(num_queries, num_keys, d, e=None, is_causal=False):
    """Return how many multiply-adds the two products of one attention head need.

    d: width of queries and keys   e: width of values, d if not given   ->  an integer

    A score is a dot product of width d, and adds its value, of width e, to an output: d + e multiply-adds a pair of
    query and key. There are num_queries * num_keys pairs. Causal, query i of q sees num_keys - num_queries + i + 1
    keys: q * (k - q) + q * (q + 1) / 2 pairs. Softmax, the scale and the mask come on top: a few operations a pair.
    Raises ValueError if a causal head has more queries than keys: the first ones would see nothing.
    Source: Vaswani et al., 2017, table 1 gives the order, O(n^2 d).

    >>> attention_multiply_adds(6, 6, 4), attention_multiply_adds(6, 6, 4, is_causal=True)
    (288, 168)
    """
    e = d if e is None else e
    if not is_causal:
        return num_queries * num_keys * (d + e)
    if num_queries > num_keys:
        raise ValueError(f"a causal head needs as many keys as queries, got {num_queries} queries and {num_keys} keys")
    pairs = num_queries * (num_keys - num_queries) + num_queries * (num_queries + 1) // 2
    return pairs * (d + e)


def projection_multiply_adds(n, d_model):
    """Return how many multiply-adds the four projections of an attention layer need: w_q, w_k, w_v and w_o.

    Each of n tokens meets four matrices of d_model x d_model. All heads of the layer together need
    attention_multiply_adds(n, n, d_model), so the two parts are equal at n = 2 * d_model.

    >>> projection_multiply_adds(128, 64) == attention_multiply_adds(128, 128, 64)
    True
    """
    return 4 * n * d_model**2


def plain_attention_bytes(num_queries, num_keys, d, e=None, itemsize=4):
    """Return how many bytes one head of the plain formula moves to and from memory, at least.

    Read q, k and v and write the output; write the scores, read them for softmax, write the weights, read them for
    the product with v: four times num_queries * num_keys numbers. A step that makes an array of its own, such as a
    scale, a mask or a shift, adds two more. itemsize: bytes of a number, 4 for float32.
    Source: Dao et al., 2022, theorem 2.

    >>> plain_attention_bytes(6, 6, 4)
    960
    """
    e = d if e is None else e
    return itemsize * (num_queries * (d + e) + num_keys * (d + e) + 4 * num_queries * num_keys)


def blockwise_attention_bytes(num_queries, num_keys, d, e=None, itemsize=4, block_q=256):
    """Return how many bytes one head moves when scores stay in fast memory.

    Read q and write the output once; read k and v once for every block of queries.
    Source: Dao et al., 2022, theorem 2, with the loops in the order of Dao, 2023, algorithm 1.

    >>> blockwise_attention_bytes(6, 6, 4, block_q=3)
    576
    """
    e = d if e is None else e
    num_blocks = -(-num_queries // block_q)
    return itemsize * (num_queries * (d + e) + num_blocks * num_keys * (d + e))


def arithmetic_intensity(multiply_adds, num_bytes):
    """Return how many operations are done for each byte moved; a multiply-add is two operations.

    Source: Williams, Waterman and Patterson, 2009, "operational intensity".

    >>> arithmetic_intensity(10, 4)
    5.0
    """
    return 2 * multiply_adds / num_bytes


def attainable_rate(intensity, peak, bandwidth):
    """Return the roofline: the most operations a second that a machine can do at an arithmetic intensity.

    intensity: operations a byte, a number or an array   peak: operations a second   bandwidth: bytes a second

    Moving data allows bandwidth * intensity, the arithmetic allows the peak; the lower of the two holds. They meet at
    the ridge, peak / bandwidth.
    Source: Williams, Waterman and Patterson, 2009, "The Roofline Model".

    >>> attainable_rate(np.array([1.0, 8.0]), peak=100.0, bandwidth=20.0).tolist()
    [20.0, 100.0]
    """
    return np.minimum(peak, bandwidth * np.asarray(intensity))


def peak_memory(function):
    """Return the most bytes that were held at one time while `function()` ran, its result included.

    What was there before does not count. NumPy tells tracemalloc of each array; other libraries may not.

    >>> peak_memory(lambda: np.zeros(1000)) >= 8000
    True
    """
    tracemalloc.start()
    try:
        function()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def processor_seconds(function, rounds=3):
    """Return the median of the processor time that `function()` takes, in seconds.

    All threads of this process are added up, so it is work rather than waiting; other programs hardly move it.
    """
    times = []
    for _ in range(rounds):
        start = time.process_time()
        function()
        times.append(time.process_time() - start)
    return statistics.median(times)


def fitted_slope(sizes, costs):
    """Return the exponent p of costs = c * sizes ** p, fitted by least squares on logarithms.

    >>> round(fitted_slope([1, 2, 4], [3, 12, 48]), 6)
    2.0
    """
    return float(np.polyfit(np.log(sizes), np.log(costs), 1)[0])


def measured_peak(n=768, rounds=5):
    """Return the operations a second of a float32 matrix product on one core of this machine: 2 n^3 over the time."""
    a = np.ones((n, n), np.float32)
    return 2 * n**3 / processor_seconds(lambda: a @ a, rounds)


def measured_bandwidth(mebibytes=64, rounds=5):
    """Return the bytes a second that one core copies, for an array too large for a cache: read once, written once."""
    source = np.ones(mebibytes * 2**18, np.float32)
    target = np.zeros_like(source)
    return 2 * source.nbytes / processor_seconds(lambda: np.copyto(target, source), rounds)


def stored_measurement():
    """Return the newest result of `python -m benchmarks.blockwise`, a full run before a quick one.

    ->  a dict with date, machine, versions and rows; None where the repository's benchmarks are not at hand
    """
    results = Path(__file__).parents[2] / "benchmarks" / "results"
    found = [*sorted(results.glob("blockwise_quick_*.json")), *sorted(results.glob("blockwise_2*.json"))]
    return json.loads(found[-1].read_text("utf-8")) if found else None


def stored_curves(rows, mask="none"):
    """Return how time and memory grow in stored rows: milliseconds and MiB, each a dict of name -> (sizes, costs).

    mask: "none" or "causal". Memory includes the output.
    """
    milliseconds, mebibytes = {}, {}
    for row in rows:
        if row["mask"] == mask:
            for name, (_, median, _) in row["quartiles_over_limit"].items():
                add_point(milliseconds, name, row["n"], median * row["limit_milliseconds"])
                add_point(mebibytes, name, row["n"], row["output_mebibytes"] + row["extra_mebibytes"][name])
    return milliseconds, mebibytes


def add_point(curves, name, size, cost):
    """Add one point, in place, to the curve of a name."""
    sizes, costs = curves.setdefault(name, ([], []))
    sizes.append(size)
    costs.append(cost)

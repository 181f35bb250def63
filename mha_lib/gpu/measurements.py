"""Chapter 15. What does a fused kernel buy? Stored measurements of GPUs, and what can be worked out without one.

All of it is NumPy: the roofline of a row of kernels, one program of the fused kernel, partial results of split keys,
a card simulated to learn timing on, and a reader of the JSON files that `benchmarks/gpu_attention.py` writes.
"""

import ast
import json
from pathlib import Path

import numpy as np

from mha_lib.cost.counts import attention_multiply_adds, blockwise_attention_bytes, plain_attention_bytes

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results"
FUSED = ("SDPA default", "SDPA efficient", "SDPA flash", "SDPA cuDNN", "FlexAttention", "ours, Triton")
TOP = {"schema", "benchmark", "date", "device", "card", "driver", "versions", "minutes"}
MEASURED = {"equality", "product_tflops", "copy_gb_s", "rows", "left_out", "training"}
CASE = {"variant", "step", "dtype", "b", "h", "queries", "n", "d", "is_causal", "padded"}
ROW = CASE | {"milliseconds", "quartiles", "repeats", "peak_mib", "tflops", "share_of_product", "refused"}


def least_time(operations, num_bytes, peak, bandwidth, launch=0.0):
    """Return the least seconds that kernels take one after another, each waiting for the slower of its two limits.

    operations, num_bytes: (kernels,), what each computes and moves   peak: operations a second
    bandwidth: bytes a second   launch: seconds to start a kernel   ->  a number

    A kernel may move and compute at once, so the longer time counts. Kernels wait for each other, so theirs add up.
    Source: Williams, Waterman and Patterson, 2009, section 3, for each kernel.

    >>> float(least_time([8.0, 1.0], [1.0, 4.0], peak=4.0, bandwidth=1.0, launch=0.5))
    7.0
    """
    operations, num_bytes = np.asarray(operations, dtype=float), np.asarray(num_bytes, dtype=float)
    return np.sum(np.maximum(operations / peak, num_bytes / bandwidth) + launch)


def run_program(number, q, k, v, block_q, block_k):
    """Return the rows of causal attention that program `number` of the fused kernel writes.

    q: (q, d)   k: (k, d)   v: (k, e)  ->  (rows, e); the last program may have fewer rows than block_q

    It owns the queries from number * block_q on. Tiles that all of them see need no mask; those on the diagonal do,
    aligned bottom-right; later ones are never read. Scores are in base 2: 2^(x log2 e) is e^x.
    Source: Dao, 2023, algorithm 1 and section 3.1.

    >>> run_program(1, np.zeros((2, 1)), np.zeros((2, 1)), np.array([[10.0], [20.0]]), block_q=1, block_k=1).tolist()
    [[15.0]]
    """
    first, offset = number * block_q, len(k) - len(q)
    q = q[first : first + block_q]
    rows = first + np.arange(len(q))
    scale = np.log2(np.e) / np.sqrt(q.shape[-1])
    maximum, normaliser = np.full(len(q), -1e38), np.zeros(len(q))
    accumulator = np.zeros((len(q), v.shape[-1]))
    for start in range(0, rows[-1] + offset + 1, block_k):
        columns = np.arange(start, min(start + block_k, len(k)))
        scores = q @ k[columns].T * scale
        if columns[-1] > rows[0] + offset:
            scores = np.where(columns <= rows[:, None] + offset, scores, -np.inf)
        higher = np.maximum(maximum, scores.max(axis=1))
        weights = np.exp2(scores - higher[:, None])
        rescale = np.exp2(maximum - higher)
        normaliser = normaliser * rescale + weights.sum(axis=1)
        accumulator = accumulator * rescale[:, None] + weights @ v[columns]
        maximum = higher
    return accumulator / np.where(normaliser > 0, normaliser, 1)[:, None]


def combine_partials(outputs, log_sum_exps):
    """Return attention over all keys from finished outputs over parts of them.

    outputs: (s, ..., q, e), one for each of s parts, each divided by its own sum of exponentials
    log_sum_exps: (s, ..., q), natural logarithms of those sums, -inf for a part without a visible key
    ->  (..., q, e), zeros for a query that no part has a key for

    Source: Dao, Haziza, Massa and Sizov, 2023, for the split; Milakov and Gimelshein, 2018, section 3.1, for the sums.

    >>> combine_partials(np.array([[[10.0]], [[20.0]]]), np.log([[1.0], [3.0]])).tolist()
    [[17.5]]
    """
    largest = log_sum_exps.max(axis=0)
    shares = np.exp(log_sum_exps - np.where(np.isneginf(largest), 0.0, largest))
    total = shares.sum(axis=0)
    return np.sum(shares[..., None] * outputs, axis=0) / np.where(total > 0, total, 1)[..., None]


class SimulatedCard:
    """A card that exists in arithmetic only: it queues, compiles, caches and tires as real ones do.

    seconds: what a kernel takes   compile_seconds: what the first launch takes on top   hiccup: what every fourth
    kernel takes on top   heat: by what share of `seconds` each launch slows the later ones   enqueue: seconds to launch

    An input equal to the one before waits in the cache, which halves the time. Zeros flip no bits and save power, so
    the clock stays high, which saves a quarter. No number in here was measured: the effects are real, their sizes
    are not.

    >>> card = SimulatedCard(seconds=2.0, compile_seconds=30.0)
    >>> card.launch(np.ones(3))
    >>> round(card.now()), (card.synchronize(), round(card.now()))[1]
    (30, 32)
    """

    def __init__(self, seconds=0.002, compile_seconds=5.0, hiccup=0.0, heat=0.0, enqueue=1e-5):
        self.seconds, self.compile_seconds, self.enqueue = seconds, compile_seconds, enqueue
        self.hiccup, self.heat = hiccup, heat
        self.host = self.free = 0.0
        self.launched, self.cached = 0, None

    def now(self):
        """Return the host's clock, in seconds."""
        return self.host

    def launch(self, x):
        """Queue the kernel on an array and return at once, before it has run; the first launch compiles it."""
        self.host += self.enqueue + (0.0 if self.launched else self.compile_seconds)
        self.launched += 1
        self.free = max(self.host, self.free) + self.duration(x)
        self.cached = np.array(x)

    def synchronize(self):
        """Wait until everything that was launched has run."""
        self.host = max(self.host, self.free)

    def duration(self, x):
        """Return how long the next kernel takes on this input."""
        cached, power = np.array_equal(x, self.cached), np.any(x)
        seconds = self.seconds * (0.5 if cached else 1.0) * (1.0 if power else 0.75) * (1 + self.heat * self.launched)
        return seconds + (self.hiccup if self.launched % 4 == 0 else 0.0)

    def __repr__(self):
        return f"SimulatedCard({self.seconds}, {self.compile_seconds}, hiccup={self.hiccup}, heat={self.heat})"


def median_seconds(card, inputs, repeats):
    """Return the median of the seconds that the card's kernel takes, measured as an honest benchmark would.

    card: has now(), launch(x) and synchronize()   inputs: arrays, to be taken in turn, never all alike

    The first launch, on the last input, is not counted: it compiles, and it leaves in the cache what is needed last.

    >>> inputs = [np.array([1.0]), np.array([2.0])]
    >>> round(float(median_seconds(SimulatedCard(seconds=2.0), inputs, repeats=3)), 3)
    2.0
    """
    card.launch(inputs[-1])
    card.synchronize()
    seconds = []
    for i in range(repeats):
        start = card.now()
        card.launch(inputs[i % len(inputs)])
        card.synchronize()
        seconds.append(card.now() - start)
    return np.median(seconds)


def kernel_source(name):
    """Return the source of a function of the Triton kernels as text, without importing Triton.

    Raises ValueError if there is none of that name.

    >>> kernel_source("may_attend").splitlines()[1].startswith("def may_attend(rows, columns")
    True
    """
    text = Path(__file__).with_name("triton_kernels.py").read_text("utf-8")
    functions = {node.name: node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)}
    if name not in functions:
        raise ValueError(f"the kernels have no function {name!r}; they have {', '.join(functions)}")
    node = functions[name]
    return "\n".join(text.splitlines()[node.decorator_list[0].lineno - 1 : node.end_lineno])


def newest_measurement(folder=RESULTS):
    """Return the newest stored measurement of a real GPU, or None if there is none yet.

    Rehearsals on a processor are passed over. Raises ValueError for a file that lacks a part.
    """
    found = [read_measurement(path) for path in sorted(Path(folder).glob("gpu_attention_*.json"))]
    found = [measurement for measurement in found if measurement["device"] == "cuda"]
    return max(found, key=lambda measurement: measurement["date"], default=None)


def read_measurement(path):
    """Return a stored measurement as a dict, or raise ValueError that says which file lacks what."""
    try:
        measurement = json.loads(Path(path).read_text("utf-8"))
    except json.JSONDecodeError as error:
        raise ValueError(f"{path} is not JSON: {error}. Run the benchmark again.") from None
    lacking = (TOP | MEASURED) - measurement.keys()
    if lacking:
        raise ValueError(f"{path} has no {', '.join(sorted(lacking))}. Run the benchmark again.")
    if measurement["schema"] != 1:
        raise ValueError(f"{path} has schema {measurement['schema']}, this version reads 1. Run the benchmark again.")
    for number, row in enumerate(measurement["rows"]):
        if ROW - row.keys():
            raise ValueError(f"{path}: row {number} has no {', '.join(sorted(ROW - row.keys()))}.")
    return measurement


def describe(measurement):
    """Return one sentence that says whose numbers these are, or that there are none.

    >>> describe(None).startswith("No measurement of a real GPU")
    True
    """
    if measurement is None:
        return "No measurement of a real GPU is stored yet, so this page shows none."
    versions = ", ".join(f"{name} {version}" for name, version in sorted(measurement["versions"].items()))
    return (
        f"Measured on {measurement['date']} on one {measurement['card']} (driver {measurement['driver']}; {versions})."
    )


def select(measurement, **case):
    """Return the rows whose case has these values, shortest sequences first: select(m, d=128, is_causal=False)."""
    rows = [row for row in measurement["rows"] if all(row[key] == value for key, value in case.items())]
    return sorted(rows, key=lambda row: row["n"])


def series(measurement, quantity, **case):
    """Return by variant its lengths and its values of a quantity, NaN where it was refused.

    quantity: "milliseconds", "peak_mib", "tflops" or "share_of_product"
    ->  dict of name -> (lengths (n,), values (n,))
    """
    by_variant = {}
    for row in select(measurement, **case):
        value = np.nan if row[quantity] is None else row[quantity]
        by_variant.setdefault(row["variant"], []).append((row["n"], value))
    return {name: tuple(np.array(points, dtype=float).T) for name, points in by_variant.items()}


def out_of_memory(measurement, **case):
    """Return by variant the first length at which it ran out of memory."""
    rows = [row for row in select(measurement, **case) if row["refused"] == "out of memory"]
    return {row["variant"]: row["n"] for row in reversed(rows)}


def speed_ups(measurement, **case):
    """Return by variant how many times faster than naive it was, by length: dict of name -> {n: ratio}."""
    times = series(measurement, "milliseconds", **case)
    naive = dict(zip(*times.get("naive", ((), ())), strict=True))
    return {
        name: {int(n): naive[n] / t for n, t in zip(*points, strict=True) if naive.get(n, np.nan) / t > 0}
        for name, points in times.items()
    }


def roofline_points(measurement, n, **case):
    """Return by variant its arithmetic intensity, by chapter 14's count of bytes, and its measured rate.

    ->  dict of name -> (operations a byte, operations a second); refused variants are left out
    """
    points = {}
    for row in select(measurement, n=n, step="forward", **case):
        if row["tflops"] is not None:
            count = blockwise_attention_bytes if row["variant"] in FUSED else plain_attention_bytes
            num_bytes = count(row["queries"], row["n"], row["d"], itemsize=2)
            pairs = attention_multiply_adds(row["queries"], row["n"], row["d"], is_causal=row["is_causal"])
            points[row["variant"]] = (2 * pairs / num_bytes, 1e12 * row["tflops"])
    return points


def speed_up_table(measurement, lengths, **case):
    """Return a Markdown table: one row a variant, one column a length, how many times faster than naive it was."""
    lines = ["| variant | " + " | ".join(f"{n:,}" for n in lengths) + " |", "| --- |" + " --- |" * len(lengths)]
    for name, ratios in speed_ups(measurement, **case).items():
        cells = [f"{ratios[n]:.1f}" if n in ratios else "–" for n in lengths]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def longest_sequences(measurement):
    """Return by variant the longest sequence with which a training step of the book's encoder fitted."""
    fitted = [row for row in measurement["training"] if not row["refused"]]
    return {name: max(row["n"] for row in fitted if row["variant"] == name) for name in {r["variant"] for r in fitted}}

"""Exercises of chapter 15: a row of kernels under the roof, one program, split keys, and benchmarks that mislead."""

import functools

import numpy as np

from mha_lib.blockwise import merge_partials, partial_output
from mha_lib.diagnosis.broken import edit, rewrite
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.diagnosis.exposure import Exposure, misses
from mha_lib.gpu import SimulatedCard, combine_partials, least_time, median_seconds, run_program
from mha_lib.softmax import logsumexp, softmax

OVERLAP = "While one kernel computes, its data can already be on the way. Which of the two times is waited for?"
EACH = "A kernel that moves much and one that computes much: can the second lend the first its spare time?"
POWER = "Which power of 2 is e? What must a score be multiplied by before it goes into exp2?"
DIAGONAL = "Take two neighbouring rows of one tile. Do they see the same keys?"
YESTERDAY = "What happens to yesterday's sums when a bigger maximum arrives?"
LAST_SEES_ALL = "Three new tokens, ten keys: which keys does the last token see? And the first of the three?"
HEAVY = "One part holds a single faint key, another nearly all the weight. Should they count alike?"
QUEUE = "launch returns at once. What has the card done by then?"
FIRST = "What happens in the first launch that happens in no other?"
CACHE = "Where is an input that the kernel has read a moment ago?"
ZEROS = "Do the bits of your input flip as those of real data do?"


def least_time_by_loop(operations, num_bytes, peak, bandwidth, launch=0.0):
    """Return the same, a kernel at a time."""
    total = 0.0
    for computed, moved in zip(operations, num_bytes, strict=True):
        total += launch + max(computed / peak, moved / bandwidth)
    return total


def least_time_by_rates(operations, num_bytes, peak, bandwidth, launch=0.0):
    """Return the same by chapter 14's rate: the bytes moved, over how fast they can be worked on."""
    operations, num_bytes = np.asarray(operations, float), np.asarray(num_bytes, float)
    bytes_a_second = 1 / np.maximum(1 / bandwidth, operations / num_bytes / peak)
    return float((num_bytes / bytes_a_second).sum() + len(operations) * launch)


def least_time_probes(rng):
    """Return kernels: by hand, one alone, without launches, each on its own side of the ridge."""
    many = np.abs(draw(rng, 5, scale=40.0)) + 1, np.abs(draw(rng, 5, scale=9.0)) + 1
    return [
        Probe("the worked example", (np.array([8.0, 1.0]), np.array([1.0, 4.0]), 4.0, 1.0, 0.5)),
        Probe("a single kernel", (np.array([6.0]), np.array([3.0]), 2.0, 5.0, 0.25)),
        Probe("launches that cost nothing", (np.array([3.0, 9.0, 5.0]), np.array([2.0, 1.0, 8.0]), 4.0, 2.0)),
        Probe("five kernels", (*many, 7.0, 1.5, 0.75)),
        Probe(
            "kernels on both sides of the ridge",
            (np.array([90.0, 2.0, 4.0]), np.array([1.0, 30.0, 7.0]), 6.0, 2.5, 1.5),
        ),
    ]


BOTH = "np.maximum(operations / peak, num_bytes / bandwidth)"
LEAST_TIME = Exercise(
    reference=least_time,
    returns="seconds, one number for all kernels",
    probes=least_time_probes,
    mistakes=(
        edit("adds moving and computing", OVERLAP, (BOTH, "(operations / peak + num_bytes / bandwidth)")),
        edit("the faster of the two limits", OVERLAP, ("np.maximum", "np.minimum")),
        edit(
            "one roof over all kernels together",
            EACH,
            (
                f"np.sum({BOTH} + launch)",
                "np.maximum(operations.sum() / peak, num_bytes.sum() / bandwidth) + launch * len(operations)",
            ),
        ),
        edit("one launch for all", "How many kernels are started?", (f"{BOTH} + launch)", f"{BOTH}) + launch")),
        edit("forgets the launches", "What does it cost to start a kernel that does nothing?", (" + launch)", ")")),
        edit(
            "all kernels at once",
            "The second kernel reads what the first has written. When can it begin?",
            ("np.sum(", "np.max("),
        ),
        edit(
            "ignores the memory",
            "A kernel that only copies computes nothing. Does it take no time?",
            (BOTH, "(operations / peak)"),
        ),
    ),
    equivalents=(least_time_by_loop, least_time_by_rates),
    hints=(
        "Work out one kernel first. What are its two limits, in seconds?",
        "Seconds to compute: operations / peak. Seconds to move: bytes / bandwidth. The longer one counts, for each.",
        "np.sum(np.maximum(operations / peak, num_bytes / bandwidth) + launch)",
    ),
    properties=(
        Property(
            "it is no shorter than all the moving", lambda t, o, m, p, b, launch=0.0: bool(t >= m.sum() / b - 1e-9)
        ),
    ),
)


def rows_of_causal(number, q, k, v, block_q, block_k):
    """Return the same by the plain formula on the program's rows."""
    rows = np.arange(len(q))[number * block_q : (number + 1) * block_q]
    seen = np.arange(len(k)) <= rows[:, None] + len(k) - len(q)
    scores = np.where(seen, q[rows] @ k.T / q.shape[1] ** 0.5, -1e9)
    return np.where(seen.any(1, keepdims=True), softmax(scores) @ v, 0.0)


def program_in_base_e(number, q, k, v, block_q, block_k):
    """Return the same with exp, and every tile masked."""
    first, offset = number * block_q, len(k) - len(q)
    rows = np.arange(first, min(first + block_q, len(q)))
    maximum, normaliser, accumulator = np.full(len(rows), -1e38), np.zeros(len(rows)), np.zeros((len(rows), v.shape[1]))
    for start in range(0, len(k), block_k):
        tile = slice(start, start + block_k)
        scores = q[rows] @ k[tile].T / np.sqrt(q.shape[1])
        scores[np.arange(len(k))[tile] > rows[:, None] + offset] = -np.inf
        higher = np.maximum(maximum, scores.max(1))
        weights, kept = np.exp(scores - higher[:, None]), np.exp(maximum - higher)
        normaliser, accumulator = normaliser * kept + weights.sum(1), accumulator * kept[:, None] + weights @ v[tile]
        maximum = higher
    return accumulator / np.maximum(normaliser, 1e-300)[:, None]


def program_probes(rng):
    """Return programs: by hand, the first, a ragged last, maxima that rise, a cache, rows that see nothing."""
    q, k, v = draw(rng, 7, 3), draw(rng, 7, 3), draw(rng, 7, 2)
    rising = k * np.linspace(0.2, 4, 7)[:, None]
    cache = draw(rng, 3, 2), draw(rng, 10, 2), draw(rng, 10, 4)
    return [
        Probe("the worked example", (1, np.zeros((2, 1)), np.zeros((2, 1)), np.array([[10.0], [20.0]]), 1, 1)),
        Probe("the first of several programs", (0, q, k, v, 3, 2)),
        Probe("tiles of one size both ways", (1, draw(rng, 4, 2), draw(rng, 4, 2), draw(rng, 4, 3), 2, 2)),
        Probe("more queries than keys", (0, draw(rng, 5, 2), draw(rng, 3, 2), draw(rng, 3, 2), 4, 2)),
        Probe("wide tiles", (1, q, k, v, 3, 5)),
        Probe("scores far below zero", (1, draw(rng, 4, 3) + 40, draw(rng, 4, 3) - 40, draw(rng, 4, 2), 2, 3)),
        Probe("a maximum that rises", (2, q + 1, rising, v, 2, 2)),
        Probe("a ragged last program", (3, q, k, v, 2, 3)),
        Probe("three queries on a cache of ten keys", (0, *cache, 2, 4)),
    ]


RUN_PROGRAM = Exercise(
    reference=run_program,
    returns="the output rows of one program: (rows, e)",
    probes=program_probes,
    mistakes=(
        edit("takes exp2 for exp", POWER, ("np.log2(np.e) / np.sqrt", "1 / np.sqrt")),
        edit(
            "no 1/sqrt(d)",
            "What is the variance of a sum of d products of unit variance?",
            ("np.log2(np.e) / np.sqrt(q.shape[-1])", "np.log2(np.e)"),
        ),
        edit("aligned top-left", LAST_SEES_ALL, ("len(k) - len(q)", "0")),
        edit("no mask on the diagonal", DIAGONAL, ("columns[-1] > rows[0] + offset", "False")),
        edit("asks the last row whether to mask", DIAGONAL, ("columns[-1] > rows[0]", "columns[-1] > rows[-1]")),
        edit(
            "stops one key early",
            "May a token look at itself?",
            ("rows[-1] + offset + 1, block_k", "rows[-1] + offset, block_k"),
        ),
        edit(
            "every program counts its rows from 0",
            "Which query is the first row of program 1?",
            ("rows = first + np.arange", "rows = np.arange"),
        ),
        edit("accumulator not rescaled", YESTERDAY, ("accumulator * rescale[:, None]", "accumulator")),
        edit("normaliser not rescaled", YESTERDAY, ("normaliser * rescale", "normaliser")),
        edit(
            "never divides",
            "Do the weights of a row sum to 1 by the end?",
            (" / np.where(normaliser > 0, normaliser, 1)[:, None]", ""),
        ),
        edit(
            "the maximum starts at 0",
            "What if all scores lie far below 0?",
            ("np.full(len(q), -1e38)", "np.zeros(len(q))"),
        ),
    ),
    equivalents=(rows_of_causal, program_in_base_e),
    hints=(
        "Which rows are yours, and what is the last key that any of them sees? What comes after it is never read.",
        "Chapter 14's loop, with scores times log2(e), exp2 for exp, and a mask where a tile crosses the diagonal.",
        "columns <= rows[:, None] + offset, with rows = number * block_q + arange and offset = len(k) - len(q)",
    ),
    properties=(
        Property(
            "each output lies between the smallest and the largest value, or is 0",
            lambda o, n, q, k, v, *_: bool(np.all((o >= v.min(0) - 1e-9) & (o <= v.max(0) + 1e-9) | (o == 0))),
        ),
    ),
)


def combine_by_softmax(outputs, log_sum_exps):
    """Return the same: a softmax over the parts, and a weighted sum."""
    nothing = np.isneginf(log_sum_exps).all(axis=0)
    shares = softmax(np.moveaxis(np.where(nothing, 0.0, log_sum_exps), 0, -1))
    return np.einsum("...s,s...e->...e", shares * ~nothing[..., None], outputs)


def combine_two_by_two(outputs, log_sum_exps):
    """Return the same by chapter 14's merge, one part after another."""
    parts = [(level, np.where(level > -np.inf, 1.0, 0.0), o) for o, level in zip(outputs, log_sum_exps, strict=True)]
    parts = [(level, one, o * one[..., None]) for level, one, o in parts]
    return partial_output(functools.reduce(merge_partials, parts))


def heaviest_part(outputs, log_sum_exps):
    """Return the output of the part with the largest sum, which forgets all the others."""
    best = log_sum_exps.argmax(axis=0)
    return np.take_along_axis(outputs, best[None, ..., None], axis=0)[0]


def parts_of(rng, sizes, *lead, width=2, shift=0.0):
    """Return outputs and log-sum-exps of attention over parts of the keys with these sizes."""
    scores = [draw(rng, *lead, size, scale=2.0) + shift for size in sizes]
    outputs = [softmax(s) @ draw(rng, size, width) for s, size in zip(scores, sizes, strict=True)]
    return np.stack(outputs).round(2), np.stack([logsumexp(s) for s in scores]).round(2)


def combine_probes(rng):
    """Return parts: by hand, square, one alone, uneven, a part without keys, a row of nothing, sums beyond float64."""
    empty, rows_empty = parts_of(rng, (4, 3, 5), 4, width=3), parts_of(rng, (2, 3), 3)
    empty[1][1], empty[0][1] = -np.inf, 0.0
    rows_empty[1][:, 1], rows_empty[0][:, 1] = -np.inf, 0.0
    return [
        Probe("the worked example", (np.array([[[10.0]], [[20.0]]]), np.log([[1.0], [3.0]]))),
        Probe("a single part", parts_of(rng, (5,), 2)),
        Probe("three parts of three queries of width three", parts_of(rng, (2, 2, 2), 3, width=3)),
        Probe("four parts, two heads", parts_of(rng, (1, 7, 2, 9), 2, 3)),
        Probe("a query that no part has a key for", rows_empty),
        Probe("a part without a visible key", empty),
        Probe("log-sum-exps near 2,000", parts_of(rng, (3, 4), 3, shift=2000.0)),
    ]


LARGEST = "np.where(np.isneginf(largest), 0.0, largest)"
COMBINE_PARTIALS = Exercise(
    reference=combine_partials,
    returns="the output over all keys: (..., q, e)",
    probes=combine_probes,
    mistakes=(
        edit("averages the parts evenly", HEAVY, (f"np.exp(log_sum_exps - {LARGEST})", "np.ones_like(log_sum_exps)")),
        edit(
            "weighs by the logarithms",
            "A log-sum-exp may be negative. May a share?",
            (f"np.exp(log_sum_exps - {LARGEST})", "np.where(np.isneginf(log_sum_exps), 0.0, log_sum_exps)"),
        ),
        edit(
            "exponentials without the largest taken off",
            "What is exp(2000) in float64?",
            (f"np.exp(log_sum_exps - {LARGEST})", "np.exp(log_sum_exps)"),
        ),
        edit(
            "minus infinity less minus infinity",
            "What is the largest log-sum-exp of a query that sees nothing, and what is it minus itself?",
            (f"log_sum_exps - {LARGEST}", "log_sum_exps - largest"),
        ),
        edit(
            "never divides by the total",
            "Do the shares of the parts sum to 1?",
            (" / np.where(total > 0, total, 1)[..., None]", ""),
        ),
        rewrite("takes the heaviest part alone", "What about the keys of the other parts?", heaviest_part),
        edit("takes exp2 for exp", "In which base are these logarithms?", ("np.exp(", "np.exp2(")),
        edit(
            "one total for all queries",
            "Whose sum of exponentials is it: a query's, or the head's?",
            ("shares.sum(axis=0)", "shares.sum(axis=(0, -1))[..., None]"),
        ),
    ),
    equivalents=(combine_by_softmax, combine_two_by_two),
    hints=(
        "What was each output divided by? Undo it, add, and divide by the sum of all.",
        "A part's share is exp(its log-sum-exp) over the sum of all of them: a softmax over the first axis.",
        "shares = np.exp(log_sum_exps - largest); then (shares[..., None] * outputs).sum(0) / shares.sum(0)[..., None]",
    ),
    properties=(
        Property(
            "each output lies between the smallest and the largest of the parts",
            lambda o, x, _: bool(np.all((o >= x.min(0) - 1e-6) & (o <= x.max(0) + 1e-6))),
        ),
    ),
)


def median_by_sorting(card, inputs, repeats):
    """Return the same, sorted by hand."""
    card.launch(inputs[-1])
    card.synchronize()
    laps = sorted(one_lap(card, inputs[i % len(inputs)]) for i in range(repeats))
    return (laps[(repeats - 1) // 2] + laps[repeats // 2]) / 2


def one_lap(card, x):
    """Return the seconds of one launch."""
    card.synchronize()
    start = card.now()
    card.launch(x)
    card.synchronize()
    return card.now() - start


def card_probes(rng):
    """Return cards: by hand, slow to compile, short kernels, hiccups, few and many inputs."""
    few, many = list(draw(rng, 2, 3)), list(draw(rng, 5, 2, 2))
    return [
        Probe("the worked example", (SimulatedCard(2.0, 30.0), [np.array([1.0]), np.array([2.0])], 3)),
        Probe("one repeat", (SimulatedCard(0.5, 8.0), few, 1)),
        Probe("a short kernel", (SimulatedCard(0.0001, 5.0), few, 6)),
        Probe("two repeats", (SimulatedCard(0.75, 12.0), many, 2)),
        Probe("a card that slows as it warms", (SimulatedCard(0.5, 4.0, heat=0.1), few, 5)),
        Probe("five inputs and hiccups", (SimulatedCard(0.25, 3.0, hiccup=0.125), many, 9)),
        Probe("a card that hiccups", (SimulatedCard(0.002, 5.0, hiccup=0.05), few, 11)),
    ]


WARM_UP = "card.launch(inputs[-1])\n    card.synchronize()\n    seconds"
MEDIAN_SECONDS = Exercise(
    reference=median_seconds,
    returns="seconds, one number",
    probes=card_probes,
    mistakes=(
        edit(
            "does not wait for the card",
            QUEUE,
            ("        card.synchronize()\n        seconds", "        seconds"),
        ),
        edit("counts the compilation", FIRST, (WARM_UP, "seconds")),
        edit("times one input over and over", CACHE, ("inputs[i % len(inputs)]", "inputs[0]")),
        edit(
            "times zeros", ZEROS, ("card.launch(inputs[i % len(inputs)])", "card.launch(0 * inputs[i % len(inputs)])")
        ),
        edit(
            "takes the mean",
            "One lap in a hundred takes ten times as long. What should it do to your number?",
            ("np.median", "np.mean"),
        ),
        edit(
            "takes the fastest lap",
            "Would a reader who runs it once see your number, or better luck than that?",
            ("np.median", "np.min"),
        ),
        edit(
            "waits before the kernel instead of after it",
            QUEUE,
            (
                "card.launch(inputs[i % len(inputs)])\n        card.synchronize()",
                "card.synchronize()\n        card.launch(inputs[i % len(inputs)])",
            ),
        ),
        edit(
            "starts the clock once",
            "Where does the second lap begin?",
            ("    seconds = []", "    seconds = []\n    start = card.now()"),
            ("        start = card.now()\n", ""),
        ),
    ),
    equivalents=(median_by_sorting,),
    hints=(
        "Four things to do before you may believe a clock: warm up, wait, take fresh inputs, repeat.",
        "One launch and one wait outside of the loop. In the loop: read the clock, launch, wait, read the clock.",
        "Lap i launches inputs[i % len(inputs)], then waits with card.synchronize(), and then reads card.now() again.",
    ),
)


def expose_timers():
    """Return (card, inputs, repeats) on which every misleading benchmark gives itself away."""
    return SimulatedCard(seconds=1.0, compile_seconds=10.0), [np.array([1.0, 2.0]), np.array([3.0, 5.0])], 2


def expose_with_three():
    """Return another such setting."""
    return SimulatedCard(seconds=0.5, compile_seconds=99.0), [np.ones(2), 2 * np.ones(2), np.arange(3.0)], 2


def _instant():
    return SimulatedCard(seconds=0.0, compile_seconds=10.0, enqueue=1.0), [np.ones(2), 2 * np.ones(2)], 2


def _compiled():
    return SimulatedCard(seconds=1.0, compile_seconds=0.0), [np.ones(2), 2 * np.ones(2)], 2


def _one_lap():
    return SimulatedCard(seconds=1.0, compile_seconds=10.0), [np.ones(2), 2 * np.ones(2)], 1


def _zeros():
    return SimulatedCard(seconds=1.0, compile_seconds=10.0), [np.zeros(2)], 2


EXPOSE_TIMERS = Exposure(
    reference=expose_timers,
    returns="a card, inputs and a number of repeats",
    target=MEDIAN_SECONDS,
    mistakes=(
        misses("does not wait for the card", QUEUE, _instant),
        misses("counts the compilation", FIRST, _compiled),
        misses("times one input over and over", CACHE, _one_lap),
        misses("times zeros", ZEROS, _zeros),
    ),
    equivalents=(expose_with_three,),
    hints=(
        "Which property of the card does each benchmark get wrong? Make every one of them large.",
        "A median of many laps hides one slow lap. How many repeats let the compilation through?",
        "Two unlike inputs without a zero in them, two repeats, a kernel of a second and a compilation of ten.",
    ),
)

EXERCISES = (LEAST_TIME, RUN_PROGRAM, COMBINE_PARTIALS, MEDIAN_SECONDS, EXPOSE_TIMERS)

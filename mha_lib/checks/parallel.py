"""Exercises of chapter 19: bytes of an all-reduce, gradients of unequal shares, heads divided, one step of the ring."""

import numpy as np

from mha_lib.blockwise import merge_partials, partial_attention, partial_output
from mha_lib.checks.cost import MINUS_INFINITY, PARTIAL, YESTERDAY, partial_of
from mha_lib.collectives import all_reduce_bytes
from mha_lib.diagnosis.broken import edit, rewrite
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.diagnosis.exposure import Exposure, misses
from mha_lib.ring import ring_step
from mha_lib.sharding import shard_heads
from mha_lib.shares import average_gradients

COUNT_STEPS = "Draw three processes. After how many steps is the first piece finished, and after how many all over?"
RAGGED = "13 numbers, 3 processes, equal pieces. How long must a piece be, so that all 13 have a place?"
WHOSE = "One process has 3 examples, another 1. How many examples speak through each gradient?"
PACKED = "Which rows of the packed matrix make the queries of head 0? Its keys? Whose rows did you hand out?"
HEAD = "Which rows does one head own? May two processes share them?"
PLACE = "Where does the first key of this block stand in the whole sequence?"


def bytes_step_by_step(num_numbers, num_processes, itemsize=4):
    """Return the same, a message at a time."""
    piece, sent = (num_numbers + num_processes - 1) // num_processes, 0
    for _half in range(2):
        for _step in range(num_processes - 1):
            sent += piece * itemsize
    return sent


def bytes_probes(rng):
    """Return sizes of arrays: by hand, alone, square, many, fewer numbers than processes, ragged."""
    n = 7 * int(rng.integers(20, 40)) + 3
    return [
        Probe("the worked example", (12, 3, 4)),
        Probe("one process alone", (10, 1, 4)),
        Probe("4 numbers and 4 processes", (4, 4, 2)),
        Probe("1000 numbers of 2 bytes, 8 processes", (1000, 8, 2)),
        Probe("float32, unless told", (60, 5)),
        Probe("3 numbers, 8 processes", (3, 8, 4)),
        Probe(f"{n} numbers of 8 bytes, 7 processes", (n, 7, 8)),
    ]


STEPS = "2 * (num_processes - 1)"
PIECE = "-(-num_numbers // num_processes)"
SENT = f"{STEPS} * piece * itemsize"

ALL_REDUCE_BYTES = Exercise(
    reference=all_reduce_bytes,
    returns="how many bytes one process sends, an integer",
    probes=bytes_probes,
    mistakes=(
        edit("counts one half of the ring's work", COUNT_STEPS, (STEPS, "(num_processes - 1)")),
        edit("a step too many in each half", COUNT_STEPS, (STEPS, "2 * num_processes")),
        edit(
            "sends the whole array in every step",
            "What travels in one step: all numbers, or a piece of them?",
            (PIECE, "num_numbers"),
        ),
        edit("counts numbers, not bytes", "How many bytes has a number of float32?", (SENT, f"{STEPS} * piece")),
        edit(
            "counts all processes together",
            "How much does one process send?",
            (SENT, f"{SENT} * num_processes"),
        ),
        edit("pieces rounded down", RAGGED, (PIECE, "num_numbers // num_processes")),
        edit(
            "rounds at the end, not the piece",
            RAGGED,
            (SENT, f"{STEPS} * num_numbers * itemsize // num_processes"),
        ),
        edit(
            "the limit for many processes",
            "2 n is where it tends to. What does one process alone have to send?",
            (SENT, "2 * num_numbers * itemsize"),
        ),
        edit("counts bits", "Are 4 bytes a number, or 32?", (SENT, f"8 * {SENT}")),
    ),
    equivalents=(bytes_step_by_step,),
    hints=(
        "One piece is sent in each step. How long is a piece, and how many steps are there?",
        "p - 1 steps to add up and p - 1 to hand round; pieces are equal, so the length is rounded up.",
        "2 * (num_processes - 1) * -(-num_numbers // num_processes) * itemsize",
    ),
    properties=(
        Property("a process alone sends nothing", lambda sent, n, p, itemsize=4: p > 1 or sent == 0),
        Property("it is a multiple of the bytes of a number", lambda sent, n, p, itemsize=4: sent % itemsize == 0),
    ),
)


def written_average(gradients, counts):
    """Return the gradient of the whole batch."""
    total = counts.sum()
    whole = np.zeros(gradients.shape[1:])
    for gradient, count in zip(gradients, counts, strict=True):
        if count > 0:
            whole = whole + gradient * (count / total)
    return whole


def average_by_numpy(gradients, counts):
    """Return the same by NumPy's weighted average, empty shares left out."""
    kept = counts > 0
    return np.average(gradients[kept], axis=0, weights=counts[kept])


def average_example_by_example(gradients, counts):
    """Return the same, each share's gradient repeated once for each of its examples."""
    return np.repeat(gradients, counts, axis=0).mean(axis=0)


def average_along_the_numbers(gradients, counts):
    """Return sums along the wrong axis."""
    return (gradients * (counts / counts.sum())).sum(axis=-1)


def gradient_probes(rng):
    """Return gradients and counts: by hand, alone, square, equal, a matrix, an empty share with NaN, unequal."""
    empty = draw(rng, 3, 4)
    empty[1] = np.nan
    return [
        Probe("the worked example", (np.array([[4.0, 0.0], [8.0, 4.0]]), np.array([3, 1]))),
        Probe("one process alone", (draw(rng, 1, 3), np.array([5]))),
        Probe("4 processes, gradients of 4 numbers", (draw(rng, 4, 4), np.array([2, 7, 1, 4]))),
        Probe("equal shares", (draw(rng, 3, 2), np.array([6, 6, 6]))),
        Probe("gradients of a matrix", (draw(rng, 2, 3, 5), np.array([9, 2]))),
        Probe("a process without examples, its gradient NaN", (empty, np.array([3, 0, 8]))),
        Probe("5 unequal shares", (draw(rng, 5, 3), np.array([1, 12, 3, 7, 2]))),
    ]


def between_the_shares(whole, gradients, counts):
    """Return whether each number lies between the smallest and the largest of the shares that have examples."""
    kept = gradients[counts > 0]
    return bool(np.all((whole >= kept.min(axis=0) - 1e-9) & (whole <= kept.max(axis=0) + 1e-9)))


SHARE = "(count / total)"

AVERAGE_GRADIENTS = Exercise(
    reference=average_gradients,
    worked=written_average,
    returns="the gradient of the whole batch, shaped as that of one process",
    probes=gradient_probes,
    mistakes=(
        edit("takes the mean of the means", WHOSE, (SHARE, "(1 / len(counts))")),
        edit(
            "takes the mean of the means that are there",
            WHOSE,
            (SHARE, "(1 / np.count_nonzero(counts))"),
        ),
        edit(
            "adds up and does not divide",
            "With twice as many processes, should the step be twice as long?",
            (SHARE, "1.0"),
        ),
        edit("divides by nothing", "You weigh by counts. What must the weights sum to?", (SHARE, "count")),
        edit(
            "divides by the number of processes",
            "You weigh by counts. What must the weights sum to?",
            (SHARE, "(count / len(counts))"),
        ),
        edit("divides by the largest count", "What must the weights sum to?", (SHARE, "(count / counts.max())")),
        edit(
            "divides whole numbers",
            "What is 3 // 4?",
            (SHARE, "(count // total)"),
        ),
        edit("lets an empty share speak", "What is 0 times NaN?", ("if count > 0:", "if count >= 0:")),
        rewrite(
            "adds along the numbers, not over the processes",
            "Which axis are the processes?",
            average_along_the_numbers,
        ),
    ),
    equivalents=(average_by_numpy, average_example_by_example),
    hints=(
        "Each process's gradient is a mean. Which sum was it before it was divided?",
        "count * gradient is the sum over a share. Add the sums, divide by all examples. And 0 * NaN is NaN.",
        "sum of (count / counts.sum()) * gradient over the processes whose count is not 0.",
    ),
    properties=(Property("each number lies between the smallest and the largest of the shares", between_the_shares),),
)


def written_shards(packed, num_heads, num_processes):
    """Return each process's rows, packed as q, k, v."""
    q, k, v = np.split(packed, 3)
    own = len(q) // num_heads * (num_heads // num_processes)
    shards = []
    for rank in range(num_processes):
        rows = slice(rank * own, (rank + 1) * own)
        shards.append(np.concatenate([q[rows], k[rows], v[rows]]))
    return np.stack(shards)


def shards_by_rows(packed, num_heads, num_processes):
    """Return the same by the number of each row."""
    d_model = len(packed) // 3
    own = np.arange(d_model).reshape(num_processes, 1, -1)
    return packed[(own + d_model * np.arange(3)[:, None]).reshape(num_processes, -1)]


def cut_by_rows(packed, num_heads, num_processes):
    """Return equal blocks of packed rows: queries to the first, values to the last."""
    return packed.reshape(num_processes, -1, *packed.shape[1:])


def every_pth_head(packed, num_heads, num_processes):
    """Return heads dealt like cards: process 0 gets heads 0, p, 2 p and so on."""
    cut = packed.reshape(3, num_heads // num_processes, num_processes, -1)
    return np.moveaxis(cut, 2, 0).reshape(num_processes, -1, *packed.shape[1:])


def head_by_head(packed, num_heads, num_processes):
    """Return the right rows in another order: q, k and v of the first head, then of the second."""
    cut = packed.reshape(3, num_processes, num_heads // num_processes, -1)
    return np.moveaxis(cut, 0, 2).reshape(num_processes, -1, *packed.shape[1:])


def shard_probes(rng):
    """Return packed matrices: by hand, alone, a head each, square, biases, more heads than processes."""
    return [
        Probe("the worked example", (np.arange(24.0).reshape(12, 2), 4, 2)),
        Probe("one process alone", (draw(rng, 6, 2), 2, 1)),
        Probe("3 heads, one for each process", (draw(rng, 18, 6), 3, 3)),
        Probe("a square of 12 by 12", (draw(rng, 12, 12), 4, 2)),
        Probe("biases", (draw(rng, 24), 4, 2)),
        Probe("6 heads of 2 rows, 3 processes", (draw(rng, 36, 5), 6, 3)),
        Probe("4 heads of 3 rows, 2 processes", (draw(rng, 36, 12), 4, 2)),
    ]


def nothing_lost(shards, packed, num_heads, num_processes):
    """Return whether the processes together hold exactly the rows that there are."""
    return np.array_equal(np.sort(np.ravel(shards)), np.sort(np.ravel(packed)))


ROWS = "slice(rank * own, (rank + 1) * own)"
TOGETHER = "np.concatenate([q[rows], k[rows], v[rows]])"

SHARD_HEADS = Exercise(
    reference=shard_heads,
    worked=written_shards,
    returns="one packed matrix a process: (num_processes, 3 * d_model / num_processes, ...)",
    probes=shard_probes,
    mistakes=(
        rewrite("cuts the packed rows, not the heads", PACKED, cut_by_rows),
        rewrite(
            "deals the heads like cards",
            "Process 0 needs neighbouring columns of the output's matrix. Which heads are neighbours?",
            every_pth_head,
        ),
        edit("deals the rows like cards", HEAD, (ROWS, "slice(rank, None, num_processes)")),
        edit(
            "gives everybody the same heads",
            "Who computes the last head?",
            (ROWS, "slice(0, own)"),
        ),
        edit(
            "one head each",
            "6 heads, 3 processes: how many heads are nobody's?",
            ("len(q) // num_heads * (num_heads // num_processes)", "len(q) // num_heads"),
        ),
        rewrite(
            "packs q, k and v of a head together",
            "Which rows are next to each other in the whole layer: q of two heads, or q and k of one?",
            head_by_head,
        ),
        edit(
            "keys before queries",
            "In which order are the three packed?",
            (TOGETHER, TOGETHER.replace("q[rows], k[rows]", "k[rows], q[rows]")),
        ),
        edit(
            "cuts the columns",
            "Rows make heads. What are the columns?",
            (TOGETHER, TOGETHER.replace("[rows]", "[..., rows]")),
        ),
        edit(
            "shares the queries alone",
            "Does this head need the keys of others?",
            (TOGETHER, "np.concatenate([q[rows], k, v])"),
        ),
    ),
    equivalents=(shards_by_rows,),
    hints=(
        "First take the three apart. Then ask which rows of q belong to process r.",
        "d_model / num_processes rows of q, and the same rows of k and of v; put the three together again.",
        "np.concatenate([q[rows], k[rows], v[rows]]) with rows = slice(rank * own, (rank + 1) * own), then stack.",
    ),
    properties=(Property("nothing is lost and nothing doubled", nothing_lost),),
)


def expose_shard_heads():
    """Return an input on which every broken version differs: more heads than processes, no two rows alike."""
    return np.arange(72.0).reshape(24, 3), 4, 2


def expose_with_biases():
    """Return another: one number a row."""
    return np.arange(36.0) ** 2, 6, 3


def _alone():
    return expose_shard_heads()[0], 4, 1


def _a_head_each():
    return expose_shard_heads()[0], 4, 4


def _rows_alike():
    return np.ones((24, 3)), 4, 2


EXPOSE_SHARD_HEADS = Exposure(
    reference=expose_shard_heads,
    target=SHARD_HEADS,
    mistakes=(
        misses("cuts the packed rows, not the heads", "With how many processes is there nothing to cut?", _alone),
        misses("deals the heads like cards", "When does each process get one card?", _a_head_each),
        misses("deals the rows like cards", "When does it not matter which rows one gets?", _rows_alike),
        misses("gives everybody the same heads", "When are all heads the same?", _rows_alike),
        misses("one head each", "When is one head each right?", _a_head_each),
        misses(
            "packs q, k and v of a head together",
            "How many heads must a process own for their order to matter?",
            _a_head_each,
        ),
    ),
    hints=(
        "Each broken version is right on some inputs. Find out on which, and stay away from all of them.",
        "You need at least 2 processes, at least 2 heads for each, and rows that can be told apart.",
        "np.arange of a multiple of 12, with 4 heads and 2 processes.",
    ),
    equivalents=(expose_with_biases,),
    returns="a tuple (packed, num_heads, num_processes)",
)


def written_step(partial, q, k, v, query_positions, key_positions):
    """Return the partial result after one more block."""
    maximum, normaliser, accumulator = partial
    scores = q @ np.swapaxes(k, -1, -2) / np.sqrt(q.shape[-1])
    sees = key_positions <= query_positions[:, None]
    scores = np.where(sees, scores, -np.inf)
    higher = np.maximum(maximum, scores.max(axis=-1))
    level = np.where(np.isneginf(higher), 0.0, higher)
    weights, kept = np.exp(scores - level[..., None]), np.exp(maximum - level)
    normaliser = normaliser * kept + weights.sum(axis=-1)
    accumulator = accumulator * kept[..., None] + weights @ v
    return higher, normaliser, accumulator


def step_key_by_key(partial, q, k, v, query_positions, key_positions):
    """Return the same, merging one key at a time."""
    partial = tuple(partial)
    for key, place in enumerate(key_positions):
        score = (q * k[..., key, None, :]).sum(axis=-1) / np.sqrt(q.shape[-1])
        score = np.where(query_positions >= place, score, -np.inf)[..., None]
        partial = merge_partials(partial, partial_attention(score, v[..., key, None, :]))
    return tuple(partial)


def block_first(partial, q, k, v, query_positions, key_positions):
    """Return the same with the block as the first of the two parts."""
    hidden = np.greater.outer(key_positions, query_positions).T
    scores = q @ np.swapaxes(k, -1, -2) / q.shape[-1] ** 0.5 + np.where(hidden, -np.inf, 0.0)
    return tuple(merge_partials(partial_attention(scores, v), partial))


def block(rng, num_queries, num_keys, d, e, lead=()):
    """Return queries, keys and values of a block."""
    return draw(rng, *lead, num_queries, d), draw(rng, *lead, num_keys, d), draw(rng, *lead, num_keys, e)


def step_probes(rng):
    """Return steps: by hand, the own block, the past, the future, nothing yet, heads, far apart, scattered places."""
    by_hand = (np.array([np.log(2)]), np.array([1.5]), np.array([[9.0]]))
    nothing = (np.full(3, -np.inf), np.zeros(3), np.zeros((3, 2)))
    places = np.arange
    return [
        Probe(
            "the worked example",
            (
                by_hand,
                np.ones((1, 1)),
                np.log([[4.0], [8.0]]),
                np.array([[8.0], [99.0]]),
                np.array([2]),
                np.array([2, 3]),
            ),
        ),
        Probe("a block of the past", (partial_of(rng, 3, 4, 2), *block(rng, 3, 4, 5, 2), places(8, 11), places(4, 8))),
        Probe(
            "4 queries and their own 4 keys",
            (partial_of(rng, 4, 3, 4), *block(rng, 4, 4, 4, 4), places(4, 8), places(4, 8)),
        ),
        Probe("a block of the future", (partial_of(rng, 2, 4, 3), *block(rng, 2, 3, 4, 3), places(2), places(4, 7))),
        Probe("nothing yet, and nothing to see", (nothing, *block(rng, 3, 2, 4, 2), places(3), places(6, 8))),
        Probe(
            "2 sentences of 1 head",
            (partial_of(rng, 3, 2, 2, lead=(2, 1)), *block(rng, 3, 2, 4, 2, (2, 1)), places(3, 6), places(3, 5)),
        ),
        Probe(
            "what came before 1000 higher",
            (partial_of(rng, 2, 3, 2, shift=1000.0), *block(rng, 2, 3, 4, 2), places(5, 7), places(3, 6)),
        ),
        Probe(
            "what came before 1000 lower",
            (partial_of(rng, 2, 3, 2, shift=-1000.0), *block(rng, 2, 3, 4, 2), places(5, 7), places(4, 7)),
        ),
        Probe(
            "places that are scattered",
            (partial_of(rng, 4, 3, 2), *block(rng, 4, 4, 3, 2), np.array([2, 3, 8, 9]), np.array([0, 1, 10, 11])),
        ),
        Probe(
            "a first block, partly in the future",
            (nothing, *block(rng, 3, 4, 2, 2), np.array([4, 5, 6]), np.array([3, 5, 7, 9])),
        ),
    ]


def output_unchanged_by_the_future(value, partial, q, k, v, query_positions, key_positions):
    """Return whether a block that nobody may see leaves the output alone."""
    if min(key_positions) <= max(query_positions):
        return True
    return np.allclose(partial_output(tuple(value.values())), partial_output(partial), atol=1e-9)


SEES = "key_positions <= query_positions[:, None]"
KEPT_SUM, KEPT_ROWS = "normaliser * kept", "accumulator * kept[..., None]"
FUTURE = "Which keys may the token in place 4 see? May it see its own?"

RING_STEP = Exercise(
    reference=ring_step,
    worked=written_step,
    call=PARTIAL,
    returns="a tuple: maximum (..., q), normaliser (..., q), accumulator (..., q, e)",
    probes=step_probes,
    mistakes=(
        edit(
            "counts places from the start of the block",
            PLACE,
            (SEES, "np.arange(len(key_positions)) <= np.arange(len(query_positions))[:, None]"),
        ),
        edit("a query does not see itself", FUTURE, (SEES, SEES.replace("<=", "<"))),
        edit("sees the future, not the past", FUTURE, (SEES, SEES.replace("<=", ">="))),
        edit("no mask", FUTURE, (SEES, "np.ones(scores.shape, bool)")),
        edit(
            "takes or leaves a block as a whole",
            "May two queries of one process see different keys of one block?",
            (SEES, "key_positions[:1] <= query_positions[:1, None]"),
        ),
        edit(
            "0 for what is hidden",
            "What is exp(0)? What score makes a weight of 0?",
            ("np.where(sees, scores, -np.inf)", "np.where(sees, scores, 0.0)"),
        ),
        edit(
            "forgets what came before",
            "Where do the keys of earlier rounds count?",
            (KEPT_SUM, "0.0"),
            (KEPT_ROWS, "0.0"),
        ),
        edit("adds without rescaling", YESTERDAY, (KEPT_SUM, "normaliser"), (KEPT_ROWS, "accumulator")),
        edit("normaliser not rescaled", YESTERDAY, (KEPT_SUM, "normaliser")),
        edit("accumulator not rescaled", YESTERDAY, (KEPT_ROWS, "accumulator")),
        edit(
            "takes the block's maximum for the running one",
            "This block lies 1000 below the last. What is exp(old maximum - new maximum) then?",
            ("np.maximum(maximum, scores.max(axis=-1))", "scores.max(axis=-1)"),
        ),
        edit("-inf minus -inf", MINUS_INFINITY, ("np.where(np.isneginf(higher), 0.0, higher)", "higher")),
        edit(
            "divides in every round",
            "The normaliser of the whole row is known after the last round. How often may you divide by it?",
            (
                "return higher, normaliser, accumulator",
                "return higher, normaliser, accumulator / normaliser[..., None]",
            ),
        ),
        edit("no scale", "What divides a dot product of width d?", (" / np.sqrt(q.shape[-1])", "")),
    ),
    equivalents=(step_key_by_key, block_first),
    hints=(
        "Chapter 14 has all of it: scores, -inf for what is hidden, a partial result, merge.",
        "The mask compares places in the whole sequence: key_positions <= query_positions[:, None].",
        "mha.merge_partials(partial, mha.partial_attention(np.where(sees, mha.attention_scores(q, k), -np.inf), v))",
    ),
    properties=(Property("a block of the future leaves the output alone", output_unchanged_by_the_future),),
)

EXERCISES = (ALL_REDUCE_BYTES, AVERAGE_GRADIENTS, SHARD_HEADS, EXPOSE_SHARD_HEADS, RING_STEP)

"""Exercise shard_heads: shard the heads."""

import numpy as np

from mha_lib.diagnosis.broken import edit, rewrite
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.parallel.sharding import shard_heads

PACKED = "Which rows of the packed matrix make the queries of head 0? Its keys? Whose rows did you hand out?"
HEAD = "Which rows does one head own? May two processes share them?"


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


EXERCISE = Exercise(
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

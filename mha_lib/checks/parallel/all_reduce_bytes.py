"""Exercise all_reduce_bytes: the bytes of an all-reduce."""

from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.parallel.collectives import all_reduce_bytes

COUNT_STEPS = "Draw three processes. After how many steps is the first piece finished, and after how many all over?"
RAGGED = "13 numbers, 3 processes, equal pieces. How long must a piece be, so that all 13 have a place?"


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


EXERCISE = Exercise(
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

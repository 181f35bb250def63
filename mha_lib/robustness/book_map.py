"""Chapter 23. The map of the book: what each chapter builds, and which chapters it builds on."""

from typing import NamedTuple

PARTS = ("Attention by hand", "Many heads", "Transformers", "Fast and small", "Beyond text, and with care")


class Chapter(NamedTuple):
    """One chapter: its title, its part (0 is the first), what it builds, and the chapters that it builds on directly.

    What follows from the rest is left out: the encoder needs heads, and heads need masks, so the encoder does not name
    masks.
    """

    title: str
    part: int
    builds: str
    needs: tuple[int, ...] = ()


CHAPTERS = {
    1: Chapter("Similarity", 0, "dot product"),
    2: Chapter("Softmax", 0, "scores to weights", (1,)),
    3: Chapter("Attention", 0, "the soft lookup", (2,)),
    4: Chapter("Masks", 0, "who may look", (3,)),
    5: Chapter("Projections", 0, "self and cross", (3,)),
    6: Chapter("Heads", 1, "split and merge", (4, 5)),
    7: Chapter("Positions", 1, "rotary, ALiBi", (6,)),
    8: Chapter("Encoder", 1, "block and stack", (6,)),
    9: Chapter("Translation", 2, "decoder, beam", (8,)),
    10: Chapter("BERT", 2, "hidden tokens", (7, 8)),
    11: Chapter("Seeing", 2, "rollout, ablation", (10,)),
    12: Chapter("GPT", 2, "next token, cache", (9, 10)),
    13: Chapter("Text to text", 2, "T5, XLNet", (12,)),
    14: Chapter("Cost", 3, "tiles", (4,)),
    15: Chapter("GPU", 3, "fused kernels", (14,)),
    16: Chapter("Variants", 3, "shared heads", (12, 14)),
    17: Chapter("Compression", 3, "prune, distil", (11,)),
    18: Chapter("Generalisation", 3, "dropout, gates", (8,)),
    19: Chapter("Parallel", 3, "heads, rings", (8, 14)),
    20: Chapter("Vision", 4, "patches", (10,)),
    21: Chapter("Applications", 4, "tables, series", (8,)),
    22: Chapter("Fairness", 4, "tests, audit", (10,)),
    23: Chapter("Robustness", 4, "noise, calibration", (10,)),
}


def foundations(number, chapters=CHAPTERS):
    """Return all chapters that one builds on, near or far, in order.

    >>> chapters = {1: Chapter("One", 0, "a"), 2: Chapter("Two", 0, "b", (1,)), 3: Chapter("Three", 0, "c", (2,))}
    >>> foundations(3, chapters)
    [1, 2]
    """
    near = chapters[number].needs
    return sorted({*near, *(far for one in near for far in foundations(one, chapters))})

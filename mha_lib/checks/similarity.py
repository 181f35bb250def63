"""Exercises of chapter 1: the dot product by loop, shadow, cosine, all pairs, the nearest, and cosine's mutants."""

import math

import numpy as np

from mha_lib import similarity
from mha_lib.diagnosis.broken import edit, rewrite
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.diagnosis.exposure import Exposure, misses

ONE_PRODUCT = "How many products does the sum have? Follow your loop with the pencil, entry by entry."
LENGTHS = "Make one vector twice as long. The angle stays. Does your answer?"
WHOSE_ROWS = "Row is a vector of a, column is a vector of b. What should stand in row 0, column 1?"


def dot(a, b):
    """Return the sum of the products of the entries."""
    total = 0.0
    for x, y in zip(a, b, strict=True):
        total = total + x * y
    return total


def dot_by_position(a, b):
    """Return the same, the entries found by their position."""
    return math.fsum(a[i] * b[i] for i in range(len(a)))


def dot_without_loop(a, b):
    """Return the same, by the product of two arrays."""
    return (a * b).sum()


def dot_of_all_with_all(a, b):
    """Return every entry of a times every entry of b, added up."""
    return a.sum() * b.sum()


def shadow(a, b):
    """Return the multiple of b that lies nearest to a."""
    if not np.any(b):
        return np.zeros_like(b)
    return np.dot(a, b) / np.dot(b, b) * b


def shadow_along_a_direction(a, b):
    """Return the same: bring b to length 1 first."""
    length = np.sqrt(np.sum(b**2))
    direction = b / length if length > 0 else b
    return np.sum(a * direction) * direction


def shadow_by_matrix(a, b):
    """Return the same: one matrix throws every vector's shadow."""
    square = b @ b
    return np.outer(b, b) @ a / (square if square > 0 else 1.0)


def cosine(a, b):
    """Return the dot product, the lengths divided out."""
    lengths = np.sqrt(np.dot(a, a)) * np.sqrt(np.dot(b, b))
    if lengths == 0:
        return 0.0
    return np.dot(a, b) / lengths


def cosine_under_one_root(a, b):
    """Return the same, with one root for both lengths."""
    square = np.sum(a * a) * np.sum(b * b)
    return float(a @ b) / math.sqrt(square) if square else 0.0


def cosine_of_directions(a, b):
    """Return the same: both vectors to length 1, then a dot product, which rounding may carry past 1."""
    lengths = np.linalg.norm(a), np.linalg.norm(b)
    if 0 in lengths:
        return np.float64(0)
    return np.clip((a / lengths[0]) @ (b / lengths[1]), -1, 1)


def cosine_by_difference(a, b):
    """Return the same by the law of cosines: the difference of two directions has the squared length 2 - 2 cos."""
    if not (np.any(a) and np.any(b)):
        return 0.0
    difference = a / math.hypot(*a) - b / math.hypot(*b)
    return 1 - np.sum(difference**2) / 2


def pairwise_dot(a, b):
    """Return the dot product of every row of a with every row of b."""
    return a @ np.swapaxes(b, -1, -2)


def pairs_by_einsum(a, b):
    """Return the same, the axes named."""
    return np.einsum("...qd,...kd->...qk", a, b)


def pairs_by_broadcasting(a, b):
    """Return the same: all products laid out in one array, then the last axis added up."""
    return (a[..., :, None, :] * b[..., None, :, :]).sum(axis=-1)


def nearest(query, vectors, count):
    """Return the positions of the rows with the largest cosine, best first."""
    lengths = np.sqrt((vectors**2).sum(axis=1) * (query**2).sum())
    cosines = vectors @ query / np.where(lengths > 0, lengths, 1.0)
    return np.argsort(-cosines, kind="stable")[:count]


def nearest_leaving_out_one_length(query, vectors, count):
    """Return the same: the query's own length divides every row alike, so the order does not need it."""
    lengths = np.linalg.norm(vectors, axis=1)
    lengths[lengths == 0] = 1.0
    return np.argsort(-(vectors @ query) / lengths, kind="stable")[:count]


def nearest_by_sorting(query, vectors, count):
    """Return the same with Python's own sort, which keeps the order of equals."""
    cosines = [cosine(query, row) for row in vectors]
    return np.array(sorted(range(len(vectors)), key=lambda i: -cosines[i])[:count])


def nearest_by_distance(query, vectors, count):
    """Return the rows whose tips lie nearest to the query's."""
    return np.argsort(((vectors - query) ** 2).sum(axis=1), kind="stable")[:count]


def dot_probes(rng):
    """Return pairs of vectors: the worked example, one entry, many, a vector with itself, signs that cancel."""
    twice = draw(rng, 4)
    return [
        Probe("the worked example", (np.array([3.0, 1.0]), np.array([2.0, -1.0]))),
        Probe("vectors of 7 entries", (draw(rng, 7), draw(rng, 7))),
        Probe("a vector with itself", (twice, twice.copy())),
        Probe("vectors of 1 entry", (draw(rng, 1), draw(rng, 1))),
        Probe("vectors at right angles", (np.array([1.5, -2.0, 0.5]), np.array([2.0, 1.0, -2.0]))),
    ]


def shadow_probes(rng):
    """Return pairs of vectors, among them an obtuse angle and a vector of zeros."""
    return [
        Probe("the worked example", (np.array([2.0, -1.0]), np.array([3.0, 1.0]))),
        Probe("vectors of 5 entries", (draw(rng, 5), draw(rng, 5))),
        Probe("vectors at right angles", (np.array([1.5, -2.0, 0.5]), np.array([2.0, 1.0, -2.0]))),
        Probe("an angle of more than 90 degrees", (np.array([-3.0, 1.0]), np.array([2.0, 1.5]))),
        Probe("the shadow on a vector of zeros", (draw(rng, 3), np.zeros(3))),
    ]


def cosine_probes(rng):
    """Return pairs of vectors: the worked example, obtuse, parallel, tiny ones, and a vector of zeros."""
    return [
        Probe("the worked example", (np.array([3.0, 1.0]), np.array([2.0, -1.0]))),
        Probe("vectors of 5 entries", (draw(rng, 5), draw(rng, 5))),
        Probe("opposite directions", (np.array([1.0, 2.0, -2.0]), np.array([-2.0, -4.0, 4.0]))),
        Probe("vectors of tiny length", (draw(rng, 3) * 1e-5, draw(rng, 3) * 1e-4)),
        Probe("a vector of zeros", (np.zeros(4), draw(rng, 4))),
    ]


def pair_probes(rng):
    """Return two sets of vectors: the worked example, square, one row, ragged sizes, and a batch."""
    return [
        Probe(
            "the worked example",
            (np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([[2.0, 3.0], [4.0, 5.0], [6.0, 7.0]])),
        ),
        Probe("3 vectors of 3 entries, twice", (draw(rng, 3, 3), draw(rng, 3, 3))),
        Probe("a single pair", (draw(rng, 1, 4), draw(rng, 1, 4))),
        Probe("3 and 5 vectors of 2 entries", (draw(rng, 3, 2), draw(rng, 5, 2))),
        Probe("a batch of 2", (draw(rng, 2, 3, 4), draw(rng, 2, 5, 4))),
    ]


def nearest_probes(rng):
    """Return a query and rows: the worked example, many rows, all of them, equal cosines, a row of zeros."""
    ties = np.array([[0.0, 1.0], [2.0, 0.0], [-1.0, 0.0], [4.0, 0.0], [0.0, -3.0], [8.0, 0.0]])
    zeros = np.array([[-2.0, -1.0], [0.0, 0.0], [1.0, 1.0], [-1.0, 3.0], [3.0, 1.0]])
    return [
        Probe(
            "the worked example", (np.array([1.0, 0.0]), np.array([[0.0, 1.0], [5.0, 1.0], [2.0, 0.0], [1.0, 1.0]]), 2)
        ),
        Probe("12 vectors of 3 entries", (draw(rng, 3), draw(rng, 12, 3), 5)),
        Probe("as many as there are", (draw(rng, 2), draw(rng, 5, 2), 5)),
        Probe("rows of equal cosine", (np.array([3.0, 0.0]), ties, 4)),
        Probe("a row of zeros", (np.array([2.0, 1.0]), zeros, 4)),
    ]


def at_right_angles(value, a, b):
    """Return whether what the shadow leaves over stands at right angles to b."""
    return np.shape(value) == np.shape(b) and bool(np.isclose(np.dot(a - value, b), 0, atol=1e-6))


def along_b(value, a, b):
    """Return whether the shadow is a multiple of b."""
    return np.shape(value) == np.shape(b) and bool(np.isclose(np.dot(value, b) ** 2, np.dot(value, value) * (b @ b)))


def between_minus_one_and_one(value, a, b):
    """Return whether a number can be a cosine."""
    return bool(abs(value) <= 1 + 1e-9)


def unmoved_by_length(value, a, b):
    """Return whether the answer is the dot product over the product of the lengths, or 0 without a length."""
    return bool(np.isclose(value * np.linalg.norm(a) * np.linalg.norm(b), a @ b))


def no_position_twice(value, query, vectors, count):
    """Return whether all positions differ."""
    return len(np.unique(value)) == np.size(value)


def best_first(value, query, vectors, count):
    """Return whether the cosines fall from left to right."""
    cosines = similarity.cosine(query, vectors[np.asarray(value, dtype=int)])
    return bool(np.all(np.diff(cosines) <= 1e-12))


DOT = Exercise(
    reference=similarity.dot,
    worked=dot,
    returns="one number",
    probes=dot_probes,
    mistakes=(
        edit("adds the entries instead of multiplying them", ONE_PRODUCT, ("x * y", "(x + y)")),
        edit("keeps the last product alone", "What happens to the earlier products?", ("total + x * y", "x * y")),
        edit(
            "returns inside the loop",
            "How far is the return indented, and how often does the loop run before it?",
            ("\n    return", "\n        return"),
        ),
        edit("leaves out the first entry", "Where does counting start in Python?", ("zip(a, b", "zip(a[1:], b[1:]")),
        edit("multiplies a with itself", "Which vector does the second factor come from?", ("x * y", "x * x")),
        edit(
            "drops the signs",
            "Two vectors that pull in opposite directions: should their product count for or against?",
            ("x * y", "abs(x * y)"),
        ),
        edit(
            "divides by the number of entries",
            "This is a mean. Does a vector that says more have to say it more quietly?",
            ("return total", "return total / len(a)"),
        ),
        rewrite("multiplies every entry with every other", ONE_PRODUCT, dot_of_all_with_all),
    ),
    equivalents=(dot_by_position, dot_without_loop),
    hints=(
        "Walk along both vectors together. At each step there is one product to add.",
        "Start a total at 0.0 before the loop; return it after the loop, not in it.",
        "for x, y in zip(a, b): total = total + x * y",
    ),
)

SHADOW = Exercise(
    reference=similarity.shadow,
    worked=shadow,
    returns="the shadow, a vector along b: (d,)",
    probes=shadow_probes,
    mistakes=(
        edit(
            "divides by the length of b, not its square",
            "The dot product holds b's length, and so does the b you multiply by. How often must it be divided out?",
            ("/ np.dot(b, b)", "/ np.sqrt(np.dot(b, b))"),
        ),
        edit("no division", "Make b twice as long. Should its shadow grow?", (" / np.dot(b, b)", "")),
        edit(
            "casts b's shadow on a",
            "Who throws the shadow, and on whose line does it fall?",
            ("np.dot(b, b) * b", "np.dot(a, a) * a"),
        ),
        edit("points along a", "On whose line does the shadow lie?", ("np.dot(b, b) * b", "np.dot(b, b) * a")),
        edit(
            "returns how long the shadow is",
            "Asked for is the shadow itself, a vector. You know how long; which way does it point?",
            ("np.dot(b, b) * b", "np.sqrt(np.dot(b, b))"),
        ),
        edit(
            "returns what the shadow leaves over",
            "This stands at right angles to b. Which part of a lies along it?",
            ("return np.dot(a, b) / np.dot(b, b) * b", "return a - np.dot(a, b) / np.dot(b, b) * b"),
        ),
        edit(
            "scales b by the cosine",
            "The cosine has lost the length of a. A longer a throws a longer shadow.",
            ("/ np.dot(b, b)", "/ np.sqrt(np.dot(a, a) * np.dot(b, b))"),
        ),
        edit(
            "divides by zero where b is zeros",
            "A vector of zeros has no line. What did the statement agree on?",
            ("not np.any(b)", "b is None"),
        ),
    ),
    equivalents=(shadow_along_a_direction, shadow_by_matrix),
    hints=(
        "The shadow lies on b's line, so it is b times some number t. Only t is missing.",
        "What is left over, a - t b, stands at right angles to b: its dot product with b is 0. Solve for t.",
        "t = np.dot(a, b) / np.dot(b, b), and zeros where b is zeros.",
    ),
    properties=(
        Property("the shadow lies on b's line", along_b),
        Property("what it leaves over stands at right angles to b", at_right_angles),
    ),
)

COSINE = Exercise(
    reference=similarity.cosine,
    worked=cosine,
    returns="one number from -1 to 1",
    probes=cosine_probes,
    mistakes=(
        edit("no division", LENGTHS, (" / lengths", "")),
        edit("divides by the length of a alone", LENGTHS, (" * np.sqrt(np.dot(b, b))", "")),
        edit("divides by the length of b alone", LENGTHS, ("np.sqrt(np.dot(a, a)) * ", "")),
        edit(
            "divides by the squares of the lengths",
            "A vector (3, 4) has length 5, and 25 is something else. Which of the two did you divide by?",
            ("np.sqrt(np.dot(a, a)) * np.sqrt(np.dot(b, b))", "np.dot(a, a) * np.dot(b, b)"),
        ),
        edit(
            "divides by the sum of the lengths",
            "In |a| |b| cos, what stands between the two lengths?",
            ("np.sqrt(np.dot(a, a)) * ", "np.sqrt(np.dot(a, a)) + "),
        ),
        edit(
            "drops the sign",
            "Opposite directions: are they as alike as two vectors can be, or as unlike?",
            ("return np.dot(a, b)", "return np.abs(np.dot(a, b))"),
        ),
        edit(
            "returns the angle",
            "This is an angle in radians: large where the vectors are unlike. Its cosine was asked for.",
            ("return np.dot(a, b) / lengths", "return np.arccos(np.clip(np.dot(a, b) / lengths, -1, 1))"),
        ),
        edit(
            "a small number added to the lengths",
            "Is it small beside the lengths of every vector, tiny ones too? What can a test for zero do instead?",
            ("* np.sqrt(np.dot(b, b))", "* np.sqrt(np.dot(b, b)) + 1e-8"),
        ),
        edit(
            "divides by zero where a vector is zeros",
            "A vector of zeros has no direction. What did the statement agree on?",
            ("lengths == 0", "lengths < 0"),
        ),
    ),
    equivalents=(cosine_under_one_root, cosine_of_directions, cosine_by_difference),
    hints=(
        "The dot product is |a| |b| cos. What must you divide out so that the cosine is left?",
        "A length is the root of a vector's dot product with itself. Ask for zero before you divide.",
        "np.dot(a, b) / (np.sqrt(np.dot(a, a)) * np.sqrt(np.dot(b, b))), and 0.0 where a length is 0.",
    ),
    properties=(
        Property("the answer lies between -1 and 1", between_minus_one_and_one),
        Property("times both lengths it is the dot product", unmoved_by_length),
    ),
)

PAIRWISE_DOT = Exercise(
    reference=similarity.pairwise_dot,
    worked=pairwise_dot,
    returns="one number a pair, row from a and column from b: (..., q, k)",
    probes=pair_probes,
    mistakes=(
        edit(
            "no transpose",
            "To multiply two matrices, the columns of the first must be as many as the rows of the second.",
            ("np.swapaxes(b, -1, -2)", "b"),
        ),
        edit(
            ".T on a batch",
            "What does .T do to three axes? You want the last two swapped, np.swapaxes(b, -1, -2).",
            ("np.swapaxes(b, -1, -2)", "b.T"),
        ),
        edit("rows from b", WHOSE_ROWS, ("a @ np.swapaxes(b, -1, -2)", "b @ np.swapaxes(a, -1, -2)")),
        edit(
            "transposes the first",
            "Which axis should vanish: the width d, or the number of vectors?",
            ("a @ np.swapaxes(b, -1, -2)", "np.swapaxes(a, -1, -2) @ b"),
        ),
        edit("a with itself", "Does your answer know b?", ("np.swapaxes(b, -1, -2)", "np.swapaxes(a, -1, -2)")),
        edit(
            "first with first, second with second",
            "You compare a's row 0 with b's row 0 only. How many pairs are there?",
            ("a @ np.swapaxes(b, -1, -2)", "(a * b).sum(axis=-1)"),
        ),
        edit(
            "leaves the products unadded",
            "You have all the products. Which axis must be added up?",
            ("a @ np.swapaxes(b, -1, -2)", "a[..., :, None, :] * b[..., None, :, :]"),
        ),
    ),
    equivalents=(pairs_by_einsum, pairs_by_broadcasting),
    hints=(
        "Row i of a matrix product meets column j. How do the vectors of b become columns?",
        "(q, d) times (d, k) gives (q, k). On a batch, swap the last two axes of b and no others.",
        "a @ np.swapaxes(b, -1, -2)",
    ),
)

NEAREST = Exercise(
    reference=similarity.nearest,
    worked=nearest,
    returns="positions of rows, whole numbers, best first: (count,)",
    probes=nearest_probes,
    mistakes=(
        edit(
            "ranks by dot product",
            "A long vector scores high with everybody. What does the cosine do about length?",
            (" / np.where(lengths > 0, lengths, 1.0)", ""),
        ),
        edit(
            "the farthest first",
            "argsort puts the smallest first. Which end do you want?",
            ("argsort(-cosines", "argsort(cosines"),
        ),
        edit(
            "equal cosines in reverse order",
            "Turning a sorted list round also turns equals round. Can you sort something else instead?",
            ('np.argsort(-cosines, kind="stable")', 'np.argsort(cosines, kind="stable")[::-1]'),
        ),
        edit(
            "returns the cosines",
            "Asked for is where the rows are, not how near.",
            ('np.argsort(-cosines, kind="stable")', "-np.sort(-cosines)"),
        ),
        edit(
            "returns the rows",
            "Asked for are the positions of the rows.",
            ("return np", "return vectors[np"),
            ("[:count]", "][:count]"),
        ),
        edit("returns all of them", "How many were asked for?", ("[:count]", "")),
        edit(
            "divides by zero at a row of zeros",
            "A row of zeros has cosine 0: better than a negative one. Where does your sort put 0/0?",
            ("np.where(lengths > 0, lengths, 1.0)", "lengths"),
        ),
        rewrite(
            "ranks by distance",
            "A vector and its double point the same way. Are they near by your measure?",
            nearest_by_distance,
        ),
    ),
    equivalents=(nearest_leaving_out_one_length, nearest_by_sorting),
    hints=(
        "First a cosine for each row, then sort, then cut.",
        "np.argsort returns positions, smallest first: sort the cosines with their sign turned, kind='stable'.",
        "np.argsort(-mha.cosine(query, vectors), kind='stable')[:count]",
    ),
    properties=(
        Property("no position comes twice", no_position_twice),
        Property("the cosines fall from left to right", best_first),
    ),
)


def expose_cosine():
    """Return two vectors on which every broken version differs from cosine."""
    return np.array([3.0, 4.0]), np.array([-2.0, 1.0])


def expose_cosine_in_space():
    """Return two others, of three entries."""
    return np.array([-1.0, 2.0, 2.0]), np.array([4.0, 0.5, 1.0])


def _unit_lengths():
    return np.array([0.6, 0.8]), np.array([-1.0, 0.0])


def _b_of_length_one():
    return np.array([3.0, 4.0]), np.array([-1.0, 0.0])


def _a_of_length_one():
    return np.array([-1.0, 0.0]), np.array([3.0, 4.0])


def _lengths_of_two():
    return np.array([2.0, 0.0]), np.array([-1.2, 1.6])


def _acute():
    return np.array([3.0, 4.0]), np.array([2.0, 1.0])


EXPOSE_COSINE = Exposure(
    reference=expose_cosine,
    target=COSINE,
    mistakes=(
        misses("no division", "At which lengths does a division change nothing?", _unit_lengths),
        misses("divides by the length of a alone", "At which length may b be forgotten?", _b_of_length_one),
        misses("divides by the length of b alone", "At which length may a be forgotten?", _a_of_length_one),
        misses("divides by the squares of the lengths", "Which length is its own square?", _unit_lengths),
        misses("divides by the sum of the lengths", "For which numbers is 2 + 2 = 2 times 2?", _lengths_of_two),
        misses("drops the sign", "At which angles does a sign appear?", _acute),
    ),
    hints=(
        "A broken version survives where its mistake makes no difference. Where does dividing by 1 make none?",
        "Two vectors of different lengths, neither of length 1.",
        "And an angle of more than 90 degrees, so that there is a sign to lose: (3, 4) and (-2, 1).",
    ),
    equivalents=(expose_cosine_in_space,),
    returns="a tuple (a, b)",
)

EXERCISES = (DOT, SHADOW, COSINE, PAIRWISE_DOT, NEAREST, EXPOSE_COSINE)

"""Exercise rotate: rotate."""

import numpy as np

from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.positions import arrays as library


def rotate(x, positions, base=10000.0):
    """Return each token turned by its position, neighbouring columns together."""
    d = x.shape[-1]
    frequencies = base ** (-np.arange(0, d, 2) / d)
    angles = positions[..., None] * frequencies
    cos, sin = np.cos(angles), np.sin(angles)
    even, odd = x[..., 0::2], x[..., 1::2]
    turned = np.empty(x.shape)
    turned[..., 0::2] = even * cos - odd * sin
    turned[..., 1::2] = even * sin + odd * cos
    return turned


def rotate_by_complex_numbers(x, positions, base=10000.0):
    """Return the same: a pair is one complex number, and turning it is one product."""
    d = x.shape[-1]
    angles = positions[..., None] / base ** (np.arange(d // 2) * 2 / d)
    turned = (x[..., 0::2] + 1j * x[..., 1::2]) * np.exp(1j * angles)
    return np.stack([turned.real, turned.imag], axis=-1).reshape(x.shape)


def rotate_with_repeated_angles(x, positions, base=10000.0):
    """Return the same: every column times a cosine, plus its partner times a sine, one of the two negative."""
    d = x.shape[-1]
    angles = np.repeat(positions[..., None] * base ** (-np.arange(0, d, 2) / d), 2, axis=-1)
    partner = np.stack([-x[..., 1::2], x[..., 0::2]], axis=-1).reshape(x.shape)
    return x * np.cos(angles) + partner * np.sin(angles)


def turn_probes(rng):
    """Return tokens, positions that are no plain count, and a base."""
    quarter = np.array([np.pi / 2, np.pi / 2])
    return [
        Probe("the worked example", (np.array([[1.0, 0.0], [0.0, 1.0]]), quarter)),
        Probe("4 tokens of width 4 at positions 7, 3, 0 and 11", (draw(rng, 4, 4), np.array([7.0, 3.0, 0.0, 11.0]))),
        Probe("a batch of 1 sequence with 1 token", (draw(rng, 1, 1, 6), np.array([5.0]))),
        Probe("2 sequences and 3 positions", (draw(rng, 2, 3, 8), np.array([9.0, 4.0, 2.0]))),
        Probe("base 100", (draw(rng, 3, 6), np.array([4.0, 0.0, 6.0]), 100.0)),
        Probe(
            "2 sequences, each with positions of its own",
            (draw(rng, 2, 3, 6), np.array([[2.0, 0.0, 5.0], [7.0, 3.0, 1.0]])),
        ),
    ]


def keeps_lengths(turned, x, *args):
    """Return whether every token is as long as before."""
    return np.allclose(np.linalg.norm(turned, axis=-1), np.linalg.norm(x, axis=-1))


EXERCISE = Exercise(
    reference=library.rotate,
    worked=rotate,
    returns="the turned tokens, in the shape of x: (..., n, d)",
    probes=turn_probes,
    mistakes=(
        edit(
            "pairs halves, not neighbours",
            "Which two numbers turn together in this book?",
            ("x[..., 0::2], x[..., 1::2]", "x[..., : d // 2], x[..., d // 2 :]"),
            ("turned[..., 0::2]", "turned[..., : d // 2]"),
            ("turned[..., 1::2]", "turned[..., d // 2 :]"),
        ),
        edit(
            "takes neighbours and puts halves",
            "You read columns 0 and 1 as a pair. Where do you write them?",
            ("turned[..., 0::2]", "turned[..., : d // 2]"),
            ("turned[..., 1::2]", "turned[..., d // 2 :]"),
        ),
        edit(
            "turns clockwise",
            "Turn (1, 0) by a quarter. Is it (0, 1) or (0, -1)?",
            ("np.sin(angles)", "-np.sin(angles)"),
        ),
        edit(
            "a minus is missing",
            "Is a token as long as before? What is the matrix of a rotation?",
            ("even * cos - odd * sin", "even * cos + odd * sin"),
        ),
        edit(
            "ignores the positions",
            "Where do positions come from when one new token follows a hundred old ones?",
            ("positions[..., None]", "np.arange(x.shape[-2])[:, None]"),
        ),
        edit(
            "the first sequence's positions for all",
            "Each sequence may bring positions of its own. Whose do you use?",
            ("positions[..., None]", "positions.reshape(-1, x.shape[-2])[0, :, None]"),
        ),
        edit("ignores the base", "Which base did the caller ask for?", ("base **", "10000.0 **")),
        edit(
            "the exponent is doubled",
            "The exponent is -2i / d, where i counts the pairs. Does yours count pairs or columns?",
            ("np.arange(0, d, 2)", "2 * np.arange(0, d, 2)"),
        ),
        edit("one speed for all pairs", "Does the last pair turn as fast as the first?", (" * frequencies", "")),
        edit(
            "later pairs turn faster",
            "Should the last pair turn more slowly than the first, or faster?",
            ("base ** (-np", "base ** (np"),
        ),
    ),
    equivalents=(rotate_by_complex_numbers, rotate_with_repeated_angles),
    hints=(
        "Each pair of neighbours is a point of the plane. Turning it by an angle is a product with a 2 x 2 matrix.",
        "angles = positions[..., None] * base ** (-2i / d), one column a pair. Pairs are x[..., 0::2], x[..., 1::2].",
        "The new even column is even * cos - odd * sin, the new odd one is even * sin + odd * cos.",
    ),
    properties=(Property("every token keeps its length", keeps_lengths),),
)

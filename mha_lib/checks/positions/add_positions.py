"""Exercise add_positions: add the positions."""

import numpy as np

from mha_lib.diagnosis.broken import edit, rewrite
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe
from mha_lib.diagnosis.judge import MUTATES, MUTATES_HINT
from mha_lib.positions import arrays as library


def add_positions(x, codes):
    """Return the tokens, scaled up, plus the codes of their positions."""
    n, d_model = x.shape[-2:]
    return x * np.sqrt(d_model) + codes[:n]


def add_positions_by_token(x, codes):
    """Return the same, one token after the other."""
    scaled = [x[..., i, :] * x.shape[-1] ** 0.5 + codes[i] for i in range(x.shape[-2])]
    return np.stack(scaled, axis=-2)


def add_positions_in_place(x, codes):
    """Return the right sum, and leave the caller's tokens changed."""
    x *= np.sqrt(x.shape[-1])
    x += codes[: x.shape[-2]]
    return x


def token_probes(rng):
    """Return tokens and more codes than they need: one sequence, a batch, as many sequences as tokens."""
    return [
        Probe("the worked example", (np.array([[1.0, 2.0, 0.0, -1.0]]), library.sinusoidal_positions(2, 4))),
        Probe("3 tokens of width 5, 4 codes", (draw(rng, 3, 5), draw(rng, 4, 5))),
        Probe("a batch of 1 sequence", (draw(rng, 1, 4, 3), draw(rng, 7, 3))),
        Probe("as many sequences as tokens", (draw(rng, 3, 3, 6), draw(rng, 8, 6))),
        Probe("a batch of 2 sequences of 4 tokens", (draw(rng, 2, 4, 6), draw(rng, 9, 6))),
    ]


EXERCISE = Exercise(
    reference=add_positions,
    returns="tokens with their positions, in the shape of x: (..., n, d_model)",
    probes=token_probes,
    mistakes=(
        edit(
            "the tokens are not scaled",
            "Compare the sizes of the two things that you add. What does section 3.4 of the paper multiply by?",
            (" * np.sqrt(d_model)", ""),
        ),
        edit(
            "the codes are scaled too",
            "Which of the two is to grow, the token or its position?",
            ("x * np.sqrt(d_model) + codes[:n]", "(x + codes[:n]) * np.sqrt(d_model)"),
        ),
        edit(
            "divides by the root",
            "The entries of a fresh embedding are small. Should they become smaller?",
            ("x * np.sqrt", "x / np.sqrt"),
        ),
        edit(
            "the root of the number of tokens",
            "What should the scale depend on: the width, or the length?",
            ("np.sqrt(d_model)", "np.sqrt(n)"),
        ),
        edit(
            "added along the batch axis",
            "Swap two tokens of one sequence. Does your output change by more than their order?",
            ("codes[:n]", "codes[: len(x), None]"),
        ),
        edit("every token gets the first code", "Do two tokens of one sequence differ?", ("codes[:n]", "codes[0]")),
        edit("takes the last codes", "At which position does the first token stand?", ("codes[:n]", "codes[-n:]")),
        edit("adds all codes", "There are more codes than tokens. How many do you need?", ("codes[:n]", "codes")),
        rewrite(MUTATES, MUTATES_HINT, add_positions_in_place),
    ),
    equivalents=(add_positions_by_token,),
    hints=(
        "The first token gets the first code, the second the second, in every sequence of the batch.",
        "How many tokens are there? x.shape[-2]. How wide are they? x.shape[-1]. Take as many codes as tokens.",
        "x * np.sqrt(d_model) + codes[:n]: NumPy repeats the codes for every sequence.",
    ),
)

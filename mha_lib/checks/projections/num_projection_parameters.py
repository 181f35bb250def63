"""Exercise num_projection_parameters: count them."""

import numpy as np

from mha_lib import projections as library
from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.exercise import Exercise, Probe


def count_by_making_them(d_model, d_head, d_value, bias=False):
    """Return the same, by counting matrices that have one more row for a bias."""
    return sum(np.zeros((d_model + int(bias), width)).size for width in (d_head, d_head, d_value))


def parameter_probes(rng):
    """Return widths, no two alike and all alike, with and without biases."""
    few = [int(width) for width in rng.permutation(np.arange(5, 12))[:3]]
    return [
        Probe("the worked example", (4, 2, 3)),
        Probe("the worked example with biases", (4, 2, 3, True)),
        Probe("three widths of 5", (5, 5, 5)),
        Probe("widths of 1 with biases", (1, 1, 1, True)),
        Probe("no two widths alike", (*few, True)),
        Probe("the base model of Vaswani et al., one head", (512, 64, 64)),
    ]


PLAIN = "d_model * columns + (columns if bias else 0)"


EXERCISE = Exercise(
    reference=library.num_projection_parameters,
    returns="one whole number",
    probes=parameter_probes,
    mistakes=(
        edit("forgets w_v", "How many matrices does one head have?", ("2 * d_head + d_value", "2 * d_head")),
        edit("counts w_q and w_k once", "Is w_k the same matrix as w_q?", ("2 * d_head", "d_head")),
        edit(
            "gives w_v the width of a key",
            "Must a value be as wide as a key? Which argument says how wide it is?",
            ("2 * d_head + d_value", "3 * d_head"),
        ),
        edit(
            "makes every matrix d_model by d_model",
            "How many columns has w_q? As many as a query has numbers.",
            ("2 * d_head + d_value", "3 * d_model"),
        ),
        edit(
            "multiplies what should be added",
            "Three matrices side by side: do their columns add up, or multiply?",
            ("2 * d_head + d_value", "2 * d_head * d_value"),
        ),
        edit(
            "adds the sides of each matrix",
            "A matrix of 3 rows and 4 columns holds how many numbers?",
            ("d_model * columns", "3 * d_model + columns"),
        ),
        edit(
            "one bias a row",
            "A bias is added to what comes out. How wide is that?",
            ("(columns if bias", "(3 * d_model if bias"),
        ),
        edit(
            "a single bias number for each matrix", "A bias is a vector. How long?", ("(columns if bias", "(3 if bias")
        ),
        edit("only the queries have a bias", "Which projections have a bias?", ("(columns if bias", "(d_head if bias")),
        edit("biases forgotten", "What does bias=True add?", (PLAIN, "d_model * columns")),
        edit("always counts biases", "And without a bias?", (PLAIN, "d_model * columns + columns")),
        edit(
            "counts an output projection as well",
            "That matrix comes in the next chapter. Which three are here?",
            ("d_model * columns", "d_model * (columns + d_value)"),
        ),
    ),
    equivalents=(count_by_making_them,),
    hints=(
        "Write down the shape of each matrix. How many numbers does a matrix of that shape hold?",
        "w_q and w_k are (d_model, d_head), w_v is (d_model, d_value). A bias is as long as its matrix has columns.",
        "columns = 2 * d_head + d_value; each column has d_model numbers, and with biases one more.",
    ),
)

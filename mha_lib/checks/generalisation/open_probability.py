"""Exercise open_probability: the gate's penalty."""

import math

import numpy as np
import torch

from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.diagnosis.tensors import tensor_call
from mha_lib.generalisation import gates

EDGE = "Which squeezed number is stretched to exactly 0? The gate is open for all draws above it."
SIGN = "A larger log_alpha should open the gate. Does your probability rise?"


def open_probability(log_alpha, beta, low, high):
    """Return the probability that a gate is not 0."""
    edge = math.log(-low / high)
    return torch.sigmoid(log_alpha - beta * edge)


def open_by_powers(log_alpha, beta, low, high):
    """Return the same: one minus the share of draws up to the edge, from odds."""
    shut = (-low / high) ** beta
    return 1 - shut / (shut + torch.exp(log_alpha))


def open_by_the_draw(log_alpha, beta, low, high):
    """Return the same: which draw makes a gate of exactly 0, and how many lie above it."""
    squeezed = torch.as_tensor(-low / (high - low), dtype=log_alpha.dtype)
    return 1 - torch.sigmoid(beta * torch.logit(squeezed) - log_alpha)


def open_probes(rng):
    """Return log_alpha and the constants: the worked example, the usual ones, a matrix, one gate, wide stretches."""
    return [
        Probe("the worked example", (np.array([0.0]), 0.5, -1.0, 4.0)),
        Probe("1 gate", (draw(rng, 1), 0.4, -0.3, 1.2)),
        Probe("2 layers of 2 gates", (draw(rng, 2, 2), 0.9, -0.5, 1.3)),
        Probe("5 gates, the usual constants", (draw(rng, 5), 2 / 3, -0.1, 1.1)),
        Probe("3 gates, stretched far above", (np.array([-1.0, 0.2, 1.5]), 0.5, -0.25, 3.0)),
    ]


def is_a_share(parts, *args):
    """Return whether all numbers lie in (0, 1)."""
    return bool(np.all((parts["output"] > 0) & (parts["output"] < 1)))


EXERCISE = Exercise(
    reference=gates.open_probability,
    worked=open_probability,
    returns="a probability for each gate, of the shape of log_alpha",
    probes=open_probes,
    call=tensor_call("log_alpha"),
    mistakes=(
        edit(
            "the probability that the gate is shut",
            SIGN,
            ("torch.sigmoid(log_alpha - beta * edge)", "torch.sigmoid(beta * edge - log_alpha)"),
        ),
        edit("forgets the stretch", EDGE, ("log_alpha - beta * edge", "log_alpha")),
        edit("the edge on the wrong side", EDGE, ("- beta * edge", "+ beta * edge")),
        edit("forgets beta", "A small beta hardens the gate. Where has it gone?", ("beta * edge", "edge")),
        edit(
            "divides by beta",
            "The squeezed number was divided by beta. What undoes that?",
            ("beta * edge", "edge / beta"),
        ),
        edit(
            "the probability that the gate is below 1",
            "Is it 0 that must be avoided, or 1?",
            ("math.log(-low / high)", "-math.log((1 - low) / (high - 1))"),
            ("log_alpha - beta * edge", "-log_alpha - beta * edge"),
        ),
        edit(
            "the probability that the gate is 1",
            "May an open gate be half open?",
            ("math.log(-low / high)", "math.log((1 - low) / (high - 1))"),
        ),
        edit("the edge in the wrong units", EDGE, ("math.log(-low / high)", "-low / (high - low)")),
        edit(
            "counts gates as open or shut",
            "How would training know which way to go?",
            ("torch.sigmoid(log_alpha - beta * edge)", "(log_alpha > beta * edge).to(log_alpha.dtype)"),
        ),
        edit(
            "adds the gates up",
            "One probability for each gate. Who adds them up?",
            ("torch.sigmoid(log_alpha - beta * edge)", "torch.sigmoid(log_alpha - beta * edge).sum()"),
        ),
    ),
    equivalents=(open_by_powers, open_by_the_draw),
    hints=(
        "The gate is open if the stretched number is above 0. What must the squeezed number be above?",
        "Above -low / (high - low). Its log odds are log(-low / high). The noise is logistic.",
        "torch.sigmoid(log_alpha - beta * math.log(-low / high)).",
    ),
    properties=(Property("every probability lies between 0 and 1", is_a_share),),
)

"""Exercise hard_concrete: draw a gate."""

import numpy as np
import torch
import torch.nn.functional as F

from mha_lib.diagnosis.broken import edit
from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Exercise, Probe, Property
from mha_lib.diagnosis.tensors import tensor_call
from mha_lib.generalisation import gates

LOGISTIC = "A uniform draw u becomes log u - log(1 - u). What do you add log_alpha to?"


COOLER = "A small beta should push the gate towards 0 and 1. Does yours multiply or divide by it?"
STRETCHED = "Before it is clipped the gate runs from low to high. Check with a squeezed number of 0, and of 1."
CLIPPED = "Can a head be read with a negative gate, or with more than all of it?"


def hard_concrete(draws, log_alpha, beta, low, high):
    """Return gates in [0, 1]: a logistic number squeezed, stretched and clipped."""
    logistic = torch.log(draws) - torch.log(1 - draws)
    squeezed = torch.sigmoid((logistic + log_alpha) / beta)
    return (squeezed * (high - low) + low).clamp(0, 1)


def hard_concrete_by_powers(draws, log_alpha, beta, low, high):
    """Return the same from odds and powers, and a clip made of two bends."""
    odds = (draws / (1 - draws) * torch.exp(log_alpha)) ** (1 / beta)
    stretched = low + (high - low) * odds / (1 + odds)
    return F.relu(stretched) - F.relu(stretched - 1)


def gate_probes(rng):
    """Return draws and log_alpha with their constants: the worked example, several gates, a square, one gate."""
    apart = np.array([0.04, 0.3, 0.46, 0.52, 0.58, 0.93])
    one = draw(rng, 1)
    return [
        Probe("the worked example", (np.array([0.4]), np.array([0.0]), 0.5, -1.0, 4.0)),
        Probe("1 gate", (np.array([0.45]), one, 0.5, -0.3, 1.2)),
        Probe("the usual constants", (apart, np.zeros(6), 2 / 3, -0.1, 1.1)),
        Probe("a batch of 1, 3 gates", (np.array([[0.2, 0.5, 0.7]]), np.array([0.4, -0.3, 0.1]), 0.8, -0.2, 1.3)),
        Probe("2 draws of 2 gates", (np.array([[0.31, 0.62], [0.55, 0.44]]), np.array([0.5, -0.4]), 0.75, -0.2, 1.3)),
        Probe("4 draws of 3 gates", (rng.uniform(0.05, 0.95, (4, 3)).round(2), draw(rng, 3), 0.6, -0.25, 1.4)),
    ]


def is_a_gate(parts, *args):
    """Return whether all gates lie in [0, 1]."""
    return bool(np.all((parts["output"] >= 0) & (parts["output"] <= 1)))


EXERCISE = Exercise(
    reference=gates.hard_concrete,
    worked=hard_concrete,
    returns="gates in [0, 1]: the broadcast shape of draws and log_alpha",
    probes=gate_probes,
    call=tensor_call("draws", "log_alpha"),
    mistakes=(
        edit("adds log_alpha to the draw itself", LOGISTIC, ("(logistic + log_alpha)", "(draws + log_alpha)")),
        edit(
            "the logistic number upside down",
            LOGISTIC,
            ("torch.log(draws) - torch.log(1 - draws)", "torch.log(1 - draws) - torch.log(draws)"),
        ),
        edit(
            "forgets log_alpha",
            "What is it that training can move?",
            ("logistic + log_alpha", "logistic + 0 * log_alpha"),
        ),
        edit("multiplies by beta", COOLER, (") / beta", ") * beta")),
        edit(
            "divides the noise alone by beta", COOLER, ("(logistic + log_alpha) / beta", "logistic / beta + log_alpha")
        ),
        edit("no stretch", STRETCHED, ("(squeezed * (high - low) + low)", "squeezed")),
        edit("stretches by high alone", STRETCHED, ("squeezed * (high - low) + low", "squeezed * high + low")),
        edit("no clip", CLIPPED, (".clamp(0, 1)", "")),
        edit("clips below alone", CLIPPED, (".clamp(0, 1)", ".clamp(min=0)")),
        edit("rounds the gate", "Does a rounded gate pass a gradient on?", (".clamp(0, 1)", ".clamp(0, 1).round()")),
        edit(
            "loses the gradient",
            "Which tensor did training want to move?",
            ("log_alpha) / beta", "log_alpha.detach()) / beta"),
        ),
    ),
    equivalents=(hard_concrete_by_powers,),
    hints=(
        "Three steps: squeeze a noisy log_alpha into (0, 1), stretch it beyond both ends, clip it back.",
        "The noise is log u - log(1 - u). It is added to log_alpha before the division by beta.",
        "torch.sigmoid((logistic + log_alpha) / beta), times (high - low), plus low, then .clamp(0, 1).",
    ),
    properties=(Property("every gate lies in [0, 1]", is_a_gate),),
)

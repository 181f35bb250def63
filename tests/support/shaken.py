"""Modules as tests need them: fresh ones have biases and shifts of 0 and gains of 1, which hide mistakes."""

import torch
from torch import nn


def shaken(module):
    """Return the module in float64 with every parameter random."""
    torch.manual_seed(1)
    for parameter in module.double().parameters():
        nn.init.normal_(parameter, 0.2, 0.5)
    return module

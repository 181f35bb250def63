"""Chapter 18. Head gates: each head gets a gate that training may shut for good, at a price for each open one."""

import math

import torch
from torch import nn

from mha_lib.heads.layers import MultiHeadAttention

BETA, LOW, HIGH = 2 / 3, -0.1, 1.1  # the temperature, and how far a gate is stretched below 0 and above 1


def hard_concrete(draws, log_alpha, beta=BETA, low=LOW, high=HIGH):
    """Return gates in [0, 1], often exactly 0 or 1, and yet with a gradient for `log_alpha`.

    draws: uniform in (0, 1)   log_alpha: learned numbers, one a gate; the two broadcast  ->  one gate each

    A logistic number is squeezed into (0, 1), stretched to (low, high), and clipped.
    Source: Louizos et al., 2018, eqs. 10 and 11.

    >>> hard_concrete(torch.tensor([0.01, 0.5, 0.99]), torch.tensor(0.0)).tolist()
    [0.0, 0.5, 1.0]
    """
    squeezed = torch.sigmoid((torch.logit(draws) + log_alpha) / beta)
    return (squeezed * (high - low) + low).clamp(0.0, 1.0)


def open_probability(log_alpha, beta=BETA, low=LOW, high=HIGH):
    """Return the probability that a gate is not 0: the sum over all gates is the expected number of open ones.

    Source: Louizos et al., 2018, eq. 12.

    >>> round(open_probability(torch.tensor(0.0), beta=0.5, low=-1.0, high=4.0).item(), 4)
    0.6667
    """
    return torch.sigmoid(log_alpha - beta * math.log(-low / high))


class HeadGates(nn.Module):
    """One gate a head: what the heads have read passes through, each head's times its gate.

    heads: (b, h, q, d)  ->  the same shape

    In training mode the gates are drawn anew at each call, one draw for the whole batch. At rest they are those of the
    mean draw, without chance, and most are 0 or 1. `start` is `log_alpha` before training: large means open.
    Source: Louizos et al., 2018, eq. 13 for the gates at rest; Voita et al., 2019, section 6.1 for gates on heads.

    >>> HeadGates(num_heads=3, start=9.0).eval()(torch.ones(1, 3, 1, 2)).tolist()
    [[[[1.0, 1.0]], [[1.0, 1.0]], [[1.0, 1.0]]]]
    """

    def __init__(self, num_heads, start=1.0):
        super().__init__()
        self.log_alpha = nn.Parameter(torch.full((num_heads,), float(start)))

    def forward(self, heads):
        """Return what the heads have read, each times its gate."""
        return heads * self.gates()[:, None, None]

    def gates(self):
        """Return the gates, (h,): drawn in training mode, the mean draw's at rest."""
        return hard_concrete(torch.rand_like(self.log_alpha), self.log_alpha) if self.training else self.at_rest()

    def at_rest(self):
        """Return the gates without chance, (h,): `log_alpha` squeezed, stretched and clipped."""
        return (torch.sigmoid(self.log_alpha) * (HIGH - LOW) + LOW).clamp(0.0, 1.0)

    def closed(self):
        """Return the heads whose gate at rest is 0, as a list of numbers."""
        return torch.nonzero(self.at_rest() == 0.0).flatten().tolist()


def gate_heads(model, start=1.0):
    """Return a list of HeadGates, one for each `MultiHeadAttention` of the model, which are in force from now on.

    They become parts of the model, as `layer.gates`, so an optimiser made afterwards trains them too.
    Raises ValueError if the model has no such layer, or has gates already.

    >>> layer = MultiHeadAttention(d_model=12, num_heads=3)
    >>> [gates.log_alpha.shape for gates in gate_heads(layer)]
    [torch.Size([3])]
    """
    layers = [module for module in model.modules() if isinstance(module, MultiHeadAttention)]
    if not layers or any(hasattr(layer, "gates") for layer in layers):
        raise ValueError(f"the model must have attention layers ({len(layers)} found) and no gates yet")
    for layer in layers:
        layer.gates = HeadGates(layer.num_heads, start)
        layer.project_out.register_forward_pre_hook(_gate(layer))
    return [layer.gates for layer in layers]


def expected_open(gates):
    """Return the expected number of open gates, a tensor: times a price it is the penalty.

    gates: a list of HeadGates
    """
    return sum(open_probability(own.log_alpha).sum() for own in gates)


def _gate(layer):
    """Return a hook that multiplies each head's columns by its gate before they are mixed."""

    def gate(module, args):
        heads = args[0].unflatten(-1, (layer.num_heads, -1)).transpose(1, 2)  # (b, h, q, d)
        return layer.gates(heads).transpose(1, 2).flatten(2)

    return gate

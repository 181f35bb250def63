"""Chapter 17. Sharing: one block of parameters used as every layer of an encoder."""

import copy

from torch import nn


def share_layers(encoder, num_layers):
    """Return a copy of an `Encoder` whose `num_layers` layers are all its first block: the parameters of one.

    The work stays that of `num_layers` layers, and `parameters()` gives each shared one once; `state_dict()` lists it
    under every layer's name. Raises ValueError below 1 layer.
    Source: Lan et al., 2020, section 3.1.

    >>> from mha_lib.encoder.blocks import Encoder
    >>> small, shared = Encoder(4, 2, 8, num_layers=1), share_layers(Encoder(4, 2, 8, num_layers=3), 5)
    >>> sum(p.numel() for p in small.parameters()) == sum(p.numel() for p in shared.parameters())
    True
    """
    if num_layers < 1:
        raise ValueError(f"an encoder needs a layer at least, got num_layers {num_layers}")
    shared = copy.deepcopy(encoder)
    shared.blocks = nn.ModuleList([shared.blocks[0]] * num_layers)
    return shared

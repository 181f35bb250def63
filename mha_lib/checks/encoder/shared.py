"""What several exercises of this chapter share."""

import numpy as np

from mha_lib.diagnosis.draw import draw
from mha_lib.diagnosis.exercise import Probe

NEARLY_ONE = 1 - 1e-12  # a rate of dropout that leaves nothing, so that dropout at the wrong time always shows


def module_probe(rng, label, cls, sizes, shape, mask=None):
    """Return a probe of a module, every parameter drawn, gains and shifts too."""
    config = dict(zip(("d_model", "num_heads", "d_ff", "num_layers", "dropout"), sizes, strict=False))
    shapes = {name: tuple(parameter.shape) for name, parameter in cls(**config).named_parameters()}
    parameters = {name: draw(rng, *size, scale=0.8) for name, size in sorted(shapes.items())}
    inputs = {"x": draw(rng, *shape, sizes[0]) + 0.5} | ({} if mask is None else {"mask": mask})
    return Probe(label, (config, parameters, inputs))


def padding_mask(lengths, longest):
    """Return which keys are words: (b, 1, 1, k)."""
    return (np.arange(longest) < np.array(lengths)[:, None])[:, None, None, :]

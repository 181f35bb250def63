"""What several exercises of this chapter share."""

import numpy as np


def codes(rng, *shape, kind=np.int8):
    """Return codes large enough for their products to run over in eight bits."""
    lowest, highest = (-127, 128) if kind is np.int8 else (0, 256)
    return rng.integers(lowest, highest, shape).astype(kind)

"""Numbers for probes: large enough to tell mistakes apart, short enough to read."""


def draw(rng, *shape, scale=1.5):
    """Return normal numbers of the given shape with two decimals. Near-zero scales would hide a missing 1/sqrt(d)."""
    return rng.normal(0.0, scale, shape).round(2)

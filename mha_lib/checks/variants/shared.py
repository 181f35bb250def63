"""What several exercises of this chapter share."""

from mha_lib.diagnosis.draw import draw

ONE_OWNER = "Do two groups read the same? Change the last head of keys: which outputs should move?"


def heads(rng, h, g, num_queries, num_keys, d, e, *lead):
    """Return queries of h heads, and keys and values of g heads."""
    return draw(rng, *lead, h, num_queries, d), draw(rng, *lead, g, num_keys, d), draw(rng, *lead, g, num_keys, e)

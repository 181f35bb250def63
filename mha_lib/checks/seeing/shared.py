"""What several exercises of this chapter share."""

from mha_lib.diagnosis.draw import draw
from mha_lib.softmax import masked_softmax


def maps(rng, *shape, keep=None):
    """Return weights of the given shape, each row summing to 1, or to 0 where `keep` is False throughout."""
    return masked_softmax(draw(rng, *shape), keep)


def table(rng, *shape, share=0.3):
    """Return a table of wanted pairs in which a row may be empty, the first row never, and the second always."""
    wanted = rng.random(shape) < share
    wanted[:, 0, 1:3] = True
    wanted[:, 1] = False
    return wanted

"""What several exercises of this chapter share."""

import numpy as np

from mha_lib.diagnosis.exercise import Property

FOLLOW = "Follow the first number of head 1, token 0 back to x. Which token did it belong to?"
NEIGHBOURS = "Which columns belong to head 0: the first d, or every h-th?"
BESIDE = "In memory, what stands next to the end of head 0's first token: head 1 of that token, or head 0's next token?"
ONE_EXAMPLE = "What if there is one sentence, or one head? Is an axis of length 1 no axis?"


def merge_by_reshape(x):
    """Return the wrong merge that no shape gives away."""
    *lead, num_heads, n, d_head = x.shape
    return x.reshape(*lead, n, num_heads * d_head)


def split_interleaved(x, num_heads):
    """Return heads that own every h-th column."""
    *lead, n, d_model = x.shape
    return np.moveaxis(x.reshape(*lead, n, d_model // num_heads, num_heads), -1, -3)


def merge_interleaved(x):
    """Return the heads' columns dealt out in turn."""
    *lead, num_heads, n, d_head = x.shape
    return np.moveaxis(x, -3, -1).reshape(*lead, n, d_head * num_heads)


def same_numbers(output, x, *args):
    """Return whether an array holds the numbers of x, in whatever order."""
    return np.size(output) == np.size(x) and np.array_equal(np.sort(output, axis=None), np.sort(x, axis=None))


KEPT = Property("every number of x is there once", same_numbers)

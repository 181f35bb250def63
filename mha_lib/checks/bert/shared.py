"""What several exercises of this chapter share."""

import numpy as np


def letters(num_asked, num_told, start):
    """Return the arguments of `token_span` where every letter is a token and the answer has three."""
    spans = [(0, 0), *[(i, i + 1) for i in range(num_asked)], (0, 0), *[(i, i + 1) for i in range(num_told)], (0, 0)]
    allowed = np.zeros(len(spans), dtype=bool)
    allowed[num_asked + 2 : -1] = True
    return np.array(spans), allowed, start % (num_told - 3), start % (num_told - 3) + 3


def is_forward(span, *args):
    """Return whether the span does not end before it begins."""
    return bool(span[0] <= span[1])

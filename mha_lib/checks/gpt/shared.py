"""What several exercises of this chapter share."""

import numpy as np

SUM_TO_ONE = "What do the probabilities of a row sum to?"
WHERE = "You have sorted. Does place 0 still mean token 0?"
OWN_PLACE = "At which position of the text does the first new token stand?"
ON_THE_WAY_IN = "How often has a key been turned when a query meets it, and by whose position?"


def sums_to_one(probs, *args):
    """Return whether every row is a distribution."""
    return bool(np.allclose(np.sum(probs, axis=-1), 1) and np.min(probs) >= 0)


KEPT = "return kept / kept.sum(axis=-1, keepdims=True)"

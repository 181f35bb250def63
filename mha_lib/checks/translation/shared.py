"""What several exercises of this chapter share."""

import numpy as np

from mha_lib.diagnosis.draw import draw

ANSWER = "At place t the decoder must say label t. Is that label among what it is shown there?"
RULE = "Put a length of 1 into the rule. What must come out? And a length of 7?"


def scorer(log_probs):
    """Return a function that scores prefixes by their length and last token: (n, t) -> (n, v), from (t, v, v)."""

    def score(prefixes):
        """Return the log-probability of every next token."""
        prefixes = np.asarray(prefixes)
        return log_probs[(prefixes.shape[1] - 1) % len(log_probs), prefixes[:, -1]]

    return score


def random_scorer(rng, length, num_tokens, end=None, lift=0.0):
    """Return a scorer of random probabilities, those of the end lifted or lowered."""
    scores = draw(rng, length, num_tokens, num_tokens)
    if end is not None:
        scores[..., end] += lift
    return scorer(scores - np.log(np.exp(scores).sum(-1, keepdims=True)))


def example():
    """Return the scorer of the worked example: 0 is ".", the end and the start, 1 is "a", 2 is "b"."""
    return scorer(np.log(np.array([[[0.1, 0.5, 0.4], [0.4, 0.3, 0.3], [0.8, 0.1, 0.1]]])))

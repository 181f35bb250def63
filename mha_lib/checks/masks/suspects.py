"""Functions from tokens to outputs, some of which read the future: what `leaks_future` is tried on.

Each takes x of shape (n, d), for any n, and returns one row a token.
"""

import numpy as np

from mha_lib.attention import attention, attention_scores
from mha_lib.masks import causal_mask
from mha_lib.softmax import softmax


def no_mask(x):
    """Return attention over all tokens: every output reads the future."""
    return attention(x, x, x)


def causal(x):
    """Return causal attention: no output reads the future."""
    return attention(x, x, x, causal_mask(len(x)))


def one_step_ahead(x):
    """Return attention whose mask leaks the next token."""
    return attention(x, x, x, np.tri(len(x), k=1, dtype=bool))


def two_steps_ahead(x):
    """Return attention whose mask hides the next token, but not the one after it."""
    n = len(x)
    return attention(x, x, x, causal_mask(n) | np.eye(n, k=2, dtype=bool))


def one_hole(x):
    """Return causal attention with one hole in its mask: token 1 sees token 3."""
    return _causal_with_a_hole(x, 1, 3)


def hole_at_the_end(x):
    """Return causal attention with another hole: token 3 sees token 4."""
    return _causal_with_a_hole(x, 3, 4)


def zeroed_weights(x):
    """Return causal attention done wrong: the weights of the future set to 0 after the softmax, and left at that."""
    return softmax(attention_scores(x, x)) * causal_mask(len(x)) @ x


def centred_first(x):
    """Return causal attention over tokens from which the mean of all tokens, later ones too, was subtracted."""
    return causal(x - x.mean(axis=0))


def nearly_causal(x):
    """Return causal attention with a thousandth of the mean of all tokens mixed in."""
    return 0.999 * causal(x) + 0.001 * x.mean(axis=0)


def last_number_leaks(x):
    """Return causal attention to which the mean of all tokens' last number is added."""
    return causal(x) + x[:, -1].mean()


def only_itself(x):
    """Return each token squared: it reads nobody else."""
    return x**2


def the_token_before(x):
    """Return for each token the one before it, and zeros for the first."""
    return np.concatenate([np.zeros_like(x[:1]), x[:-1]])


def the_first_token(x):
    """Return the first token, once for each token."""
    return np.broadcast_to(x[0], x.shape)


def causal_but_for_rounding(x):
    """Return causal attention, rounded otherwise when a later token changes: no leak, only the last digits move."""
    total = x.sum()
    return causal(x) + total - total


def _causal_with_a_hole(x, query, key):
    mask = causal_mask(len(x))
    mask[query : query + 1, key : key + 1] = True
    return attention(x, x, x, mask)

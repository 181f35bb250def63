"""Chapter 18. Regularisation: dropout on attention weights, and a step of AdamW, whose decay stands apart."""

import numpy as np


def drop_weights(weights, draws, rate):
    """Return attention weights of which some are dropped: 0 where the draw is below `rate`, the others over 1 - rate.

    weights, draws: (..., q, k), draws uniform in [0, 1)   rate: at least 0 and below 1  ->  (..., q, k)

    Each weight keeps its expectation; a row need not sum to 1 any more. At rest the rate is 0, and nothing changes.
    Raises ValueError for another rate, or if the shapes differ.
    Source: Srivastava et al., 2014, section 4; the scaling while it trains is that of section 10.

    >>> drop_weights(np.array([[0.75, 0.25]]), np.array([[0.9, 0.2]]), 0.5).tolist()
    [[1.5, 0.0]]
    """
    weights, draws = np.asarray(weights), np.asarray(draws)
    if not 0.0 <= rate < 1.0:
        raise ValueError(f"the rate of dropout must be at least 0 and below 1, got {rate}")
    if weights.shape != draws.shape:
        raise ValueError(f"every weight needs a draw: weights have shape {weights.shape}, draws {draws.shape}")
    return np.where(draws < rate, 0.0, weights / (1.0 - rate))


def adamw_step(w, gradient, first, second, step, rate, decay, beta_1=0.9, beta_2=0.999, eps=1e-8):
    """Return (w, first, second) after one step of AdamW: the decay shrinks the weights and never meets the gradient.

    w, gradient, first, second: arrays of one shape, the last two zeros at the start   step: 1, 2, 3, ...
    rate: the learning rate   decay: the share of itself, times `rate`, that a weight loses in a step

    With `decay` 0 it is Adam. Raises ValueError if steps are not counted from 1.
    Source: Loshchilov and Hutter, 2019, algorithm 2; Kingma and Ba, 2015, algorithm 1.

    >>> w, first, second = adamw_step(np.array([2.0]), np.array([5.0]), 0.0, 0.0, step=1, rate=0.1, decay=0.5)
    >>> w.round(6).tolist()
    [1.8]
    """
    if step < 1:
        raise ValueError(f"steps are counted from 1, since the correction of step 0 divides by 0; got step {step}")
    first = beta_1 * first + (1 - beta_1) * gradient
    second = beta_2 * second + (1 - beta_2) * gradient**2
    mean, square = first / (1 - beta_1**step), second / (1 - beta_2**step)
    return w - rate * (mean / (np.sqrt(square) + eps) + decay * w), first, second

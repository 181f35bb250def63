"""Chapter 19. Shares: a batch divided among processes, its gradient put together again, its memory counted."""

import numpy as np

from mha_lib.parallel.collectives import all_reduce_seconds


def average_gradients(gradients, counts):
    """Return the gradient of a whole batch from those of its shares.

    gradients: (p, ...), of each process's mean loss   counts: (p,), how many examples, or tokens, that is a mean over
    ->  (...)

    A mean of means is the mean only where all counts are equal. A process with a count of 0 has nothing to say, and
    what its gradient holds, NaN too, is not read.
    Raises ValueError if there is not one count for each gradient, or no example at all.
    Source: Goyal et al., 2017, section 2.3.

    >>> average_gradients([[4.0, 0.0], [8.0, 4.0]], [3, 1]).tolist()
    [5.0, 1.0]
    """
    gradients, counts = np.asarray(gradients, dtype=float), np.asarray(counts, dtype=float)
    if counts.shape != gradients.shape[:1]:
        raise ValueError(f"each gradient needs one count, got {len(gradients)} gradients and {counts.size} counts")
    if not counts.sum() > 0:
        raise ValueError(f"at least one process must have an example, got counts {counts.tolist()}")
    has = counts > 0
    return np.tensordot(counts[has], gradients[has], axes=1) / counts.sum()


def training_bytes(num_parameters, num_processes=1):
    """Return how many bytes a process holds in a training with Adam in mixed precision, by what is sharded.

    ->  a dict of name -> bytes: nothing, then the optimizer's states, the gradients as well, the weights as well

    A parameter takes 2 bytes as a weight, 2 as a gradient, and 12 in the optimizer: a weight, a mean and a mean square
    in float32. Activations come on top.
    Source: Rajbhandari et al., 2020, section 3.1 and figure 1 (P_os, P_os+g, P_os+g+p).

    >>> training_bytes(100, 4)
    {'nothing': 1600.0, 'optimizer': 700.0, 'and gradients': 550.0, 'and weights': 400.0}
    """
    whole = {"nothing": 16, "optimizer": 4, "and gradients": 2, "and weights": 0}
    return {name: num_parameters * (kept + (16 - kept) / num_processes) for name, kept in whole.items()}


def step_seconds(num_parameters, num_tokens, num_processes, rate, bandwidth, latency=0.0):
    """Return how long one process computes, and how long it sends, in one step of data-parallel training.

    num_tokens: in the whole batch   rate: operations a second   bandwidth: bytes a second   latency: of a message
    ->  (seconds of computing, seconds of the all-reduce), of which nothing need overlap

    A token costs about 6 operations a parameter: a multiply-add forward and two back. Gradients are float32.

    >>> step_seconds(num_parameters=10, num_tokens=8, num_processes=2, rate=60.0, bandwidth=20.0)
    (4.0, 2.0)
    """
    computing = 6 * num_parameters * num_tokens / num_processes / rate
    return computing, all_reduce_seconds(num_parameters, num_processes, bandwidth, latency)

"""Chapter 19. The pipeline: each process holds some layers, and micro-batches run through them like cars."""

import numpy as np

IDLE = -1


def pipeline_schedule(num_stages, num_micro_batches):
    """Return who does what when in GPipe's schedule, each pass through a stage taking one unit of time.

    ->  (stages, 2 * (num_micro_batches + num_stages - 1)): the number m of a micro-batch on its way forward,
    num_micro_batches + m on its way back, and -1 for a stage that waits

    All go forward before the first goes back.
    Raises ValueError for no stage or no micro-batch.
    Source: Huang et al., 2019, section 2.3 and figure 2.

    >>> pipeline_schedule(2, 1).tolist()
    [[0, -1, -1, 1], [-1, 0, 1, -1]]
    """
    if num_stages < 1 or num_micro_batches < 1:
        raise ValueError(f"need at least 1 stage and 1 micro-batch, got {num_stages} and {num_micro_batches}")
    length = num_micro_batches + num_stages - 1
    turns = np.arange(length) - np.arange(num_stages)[:, None]
    forward = np.where((turns >= 0) & (turns < num_micro_batches), turns, IDLE)
    back = np.where(forward[::-1] == IDLE, IDLE, forward[::-1] + num_micro_batches)
    return np.concatenate([forward, back], axis=1)


def bubble_share(num_stages, num_micro_batches):
    """Return which share of its time a stage waits: (p - 1) / (m + p - 1).

    Source: Huang et al., 2019, section 2.3.

    >>> bubble_share(4, 12)
    0.2
    """
    return (num_stages - 1) / (num_micro_batches + num_stages - 1)

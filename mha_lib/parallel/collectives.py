"""Chapter 19. Collectives: what processes say to each other, played by one process with a list of arrays.

Entry r of a list is what process r holds. `mha_lib.parallel.layers` does the same between real processes.
"""

import numpy as np


def broadcast(arrays, source=0):
    """Return what all processes hold after process `source` has sent its array to everybody.

    >>> broadcast([[1.0, 2.0], [0.0, 0.0]])
    [[1.0, 2.0], [1.0, 2.0]]
    """
    return [arrays[source] for _ in arrays]


def all_reduce(arrays):
    """Return what all processes hold after an all-reduce: the sum of all arrays, everywhere.

    >>> [x.tolist() for x in all_reduce([[1.0, 2.0], [10.0, 20.0]])]
    [[11.0, 22.0], [11.0, 22.0]]
    """
    return [np.sum(arrays, axis=0) for _ in arrays]


def all_gather(arrays):
    """Return what all processes hold after an all-gather: the arrays of all, one after another, everywhere.

    >>> [x.tolist() for x in all_gather([[1.0], [10.0]])]
    [[1.0, 10.0], [1.0, 10.0]]
    """
    return [np.concatenate(arrays) for _ in arrays]


def reduce_scatter(arrays):
    """Return what each process holds after a reduce-scatter: its own piece of the sum.

    Raises ValueError if the arrays cannot be cut into as many equal pieces as there are processes.

    >>> [x.tolist() for x in reduce_scatter([[1.0, 2.0], [10.0, 20.0]])]
    [[11.0], [22.0]]
    """
    return list(pieces(np.sum(arrays, axis=0), len(arrays)))


def pass_on(arrays):
    """Return what each process holds after all have sent their array to the next one, the last one to the first.

    >>> pass_on(["a", "b", "c"])
    ['c', 'a', 'b']
    """
    return [arrays[rank - 1] for rank in range(len(arrays))]


def ring_all_reduce(arrays):
    """Return what an all-reduce gives, done by sending pieces round a ring, and all states on the way.

    arrays: one of shape (n,) from each of p processes, n a multiple of p
    ->  the sums (p, n), and the states (2 p - 1, p, p, n / p): before and after each step, process, piece

    In step s of the first half, process r sends piece r - s to process r + 1, which adds it: after p - 1 steps each
    process holds one finished piece. The second half sends the finished pieces once round.
    Raises ValueError if the arrays cannot be cut into p equal pieces.
    Source: Patarasuk and Yuan, 2009, "the ring-based algorithm".

    >>> ring_all_reduce([[1.0, 2.0], [10.0, 20.0]])[0].tolist()
    [[11.0, 22.0], [11.0, 22.0]]
    """
    p = len(arrays)
    states = [np.stack([pieces(array, p) for array in arrays])]
    ranks = np.arange(p)
    for step in range(2 * (p - 1)):
        held, piece = states[-1].copy(), (ranks - step) % p
        if step < p - 1:
            held[(ranks + 1) % p, piece] += states[-1][ranks, piece]
        else:
            held[(ranks + 1) % p, piece] = states[-1][ranks, piece]
        states.append(held)
    return states[-1].reshape(p, -1), np.stack(states)


def pieces(array, count):
    """Return an array cut into equal pieces along its first axis, stacked, or raise ValueError if that is impossible.

    >>> pieces([1.0, 2.0, 3.0, 4.0], 2).tolist()
    [[1.0, 2.0], [3.0, 4.0]]
    """
    array = np.asarray(array, dtype=float)
    if len(array) % count:
        raise ValueError(f"{len(array)} numbers cannot be cut into {count} equal pieces; fill up with zeros")
    return np.stack(np.split(array, count))


def all_reduce_bytes(num_numbers, num_processes, itemsize=4):
    """Return how many bytes each process sends in a ring all-reduce.

    num_numbers: in the array of one process   itemsize: bytes of a number, 4 for float32   ->  an integer

    The array is cut into as many pieces as there are processes, filled up so that all are equal. One piece is sent in
    each of 2 (p - 1) steps: p - 1 to add up, p - 1 to hand round. It receives as many.
    Source: Patarasuk and Yuan, 2009, "the ring-based algorithm".

    >>> all_reduce_bytes(12, 3), all_reduce_bytes(13, 3), all_reduce_bytes(12, 1)
    (64, 80, 0)
    """
    piece = -(-num_numbers // num_processes)
    return 2 * (num_processes - 1) * piece * itemsize


def all_reduce_seconds(num_numbers, num_processes, bandwidth, latency, itemsize=4):
    """Return how long a ring all-reduce takes if each step costs a latency and its bytes at a bandwidth.

    bandwidth: bytes a second that a process can send while it receives   latency: seconds before the first byte

    >>> all_reduce_seconds(12, 3, bandwidth=16.0, latency=0.5)
    6.0
    """
    steps = 2 * (num_processes - 1)
    return steps * latency + all_reduce_bytes(num_numbers, num_processes, itemsize) / bandwidth

"""Chapter 19. The ring: each process keeps its queries, and keys and values are passed around."""

import numpy as np

from mha_lib.attention import attention_scores
from mha_lib.cost.blockwise import Partial, merge_partials, partial_attention, partial_output
from mha_lib.parallel.collectives import pass_on


def nothing_yet(q, v):
    """Return the partial result of queries that have met no key.

    q: (..., q, d)   v: (..., k, e)  ->  Partial

    >>> nothing_yet(np.ones((1, 2)), np.ones((3, 1))).accumulator.tolist()
    [[0.0]]
    """
    q, v = np.asarray(q, dtype=float), np.asarray(v, dtype=float)
    return Partial(np.full(q.shape[:-1], -np.inf), np.zeros(q.shape[:-1]), np.zeros((*q.shape[:-1], v.shape[-1])))


def ring_step(partial, q, k, v, query_positions, key_positions):
    """Return the partial result of causal attention after one more block of keys and values has come by.

    partial: Partial, or its three arrays, of these queries   q: (..., q, d)   k: (..., k, d)   v: (..., k, e)
    query_positions: (q,)   key_positions: (k,), places in the whole sequence  ->  Partial

    A query sees the keys at its own place and before. Blocks may come in any order.
    Source: Liu et al., 2023, section 3, with the merging of Milakov and Gimelshein, 2018, section 3.1.

    >>> q, k, v = np.zeros((1, 1)), np.zeros((2, 1)), np.array([[10.0], [20.0]])
    >>> partial_output(ring_step(nothing_yet(q, v), q, k, v, [0], [0, 1])).tolist()
    [[10.0]]
    """
    sees = np.asarray(key_positions) <= np.asarray(query_positions)[:, None]
    scores = np.where(sees, attention_scores(q, k), -np.inf)
    return merge_partials(partial, partial_attention(scores, v))


def ring_attention(q, k, v, places):
    """Return what causal attention gives each process's queries, played by one process.

    q, k, v: lists of p blocks (..., n / p, d), one from each process   places: (p, n / p), where their tokens stand
    ->  a list of p outputs (..., n / p, e)

    p rounds: everybody attends to the block at hand, then hands it on.

    >>> x = np.ones((2, 1, 1))
    >>> [output.tolist() for output in ring_attention(x, x, x, contiguous_places(2, 2))]
    [[[1.0]], [[1.0]]]
    """
    partials = [nothing_yet(*pair) for pair in zip(q, v, strict=True)]
    at_hand = list(zip(k, v, places, strict=True))
    for _ in places:
        blocks = zip(partials, q, at_hand, places, strict=True)
        partials = [ring_step(part, own, k, v, here, there) for part, own, (k, v, there), here in blocks]
        at_hand = pass_on(at_hand)
    return [partial_output(part) for part in partials]


def contiguous_places(num_tokens, num_processes):
    """Return which tokens each process holds if a sequence is cut into equal blocks: (p, n / p).

    Raises ValueError if that is impossible.

    >>> contiguous_places(8, 2).tolist()
    [[0, 1, 2, 3], [4, 5, 6, 7]]
    """
    if num_processes < 1 or num_tokens % num_processes:
        raise ValueError(f"{num_tokens} tokens cannot be shared evenly by {num_processes} processes")
    return np.arange(num_tokens).reshape(num_processes, -1)


def zigzag_places(num_tokens, num_processes):
    """Return which tokens each process holds if it takes one block of 2 p from the front and one from the back.

    Early queries have little to see and late ones much, so each process gets some of both: (p, n / p).
    Raises ValueError if 2 p does not divide the number of tokens.
    Source: Grattafiori et al., 2024, section 3.3.2; Brandon et al., 2023, for the imbalance and another cure.

    >>> zigzag_places(8, 2).tolist()
    [[0, 1, 6, 7], [2, 3, 4, 5]]
    """
    halves = contiguous_places(num_tokens, 2 * num_processes)
    return np.concatenate([halves[:num_processes], halves[: num_processes - 1 : -1]], axis=1)


def ring_work(places):
    """Return how many pairs of query and key each process really has to score in each round of a causal ring.

    places: (p, n / p)  ->  (rounds, processes)

    In round s, process r has the block of process r - s at hand. A round lasts as long as its busiest process.

    >>> ring_work(contiguous_places(4, 2)).tolist()
    [[3, 3], [0, 4]]
    """
    places = np.asarray(places)
    pairs = (places[None, :, None, :] <= places[:, None, :, None]).sum(axis=(-2, -1))  # queries of r, keys of s
    ranks = np.arange(len(places))
    return np.stack([pairs[ranks, ranks - step] for step in ranks])

"""parallel.collectives against plain sums, and the ring's messages counted one by one."""

from itertools import pairwise

import numpy as np
import pytest

from mha_lib.parallel import collectives


def arrays(p, n=12):
    """Return an array of n numbers for each of p processes."""
    return list(np.random.default_rng(19).normal(size=(p, n)))


@pytest.mark.parametrize("p", [1, 2, 3, 4, 6])
def test_a_ring_leaves_the_sum_everywhere(p):
    given = arrays(p)
    sums, states = collectives.ring_all_reduce(given)
    np.testing.assert_allclose(sums, [sum(given)] * p, rtol=0, atol=1e-12)
    assert states.shape == (2 * p - 1, p, p, 12 // p)


@pytest.mark.parametrize("p", [2, 3, 4, 6])
def test_one_process_changes_one_piece_in_each_step_of_the_ring(p):
    _, states = collectives.ring_all_reduce(arrays(p))
    for before, after in pairwise(states):
        changed = (before != after).any(axis=-1)
        assert changed.sum(axis=1).tolist() == [1] * p


@pytest.mark.parametrize("p", [2, 3, 6])
def test_after_half_of_the_ring_each_process_holds_one_finished_piece(p):
    given = arrays(p)
    state = collectives.ring_all_reduce(given)[1][p - 1]
    finished = np.isclose(state, collectives.pieces(sum(given), p)).all(axis=-1)
    assert finished.sum(axis=0).tolist() == finished.sum(axis=1).tolist() == [1] * p


@pytest.mark.parametrize("p", [1, 2, 3, 4, 6])
def test_the_bytes_of_an_all_reduce_are_those_of_the_rings_messages(p):
    _, states = collectives.ring_all_reduce(arrays(p))
    steps, piece = len(states) - 1, states.shape[-1]
    assert collectives.all_reduce_bytes(12, p, itemsize=8) == steps * piece * 8


def test_a_piece_has_room_for_every_number():
    for n in range(1, 30):
        for p in range(2, 9):
            piece = collectives.all_reduce_bytes(n, p, itemsize=1) / (2 * (p - 1))
            assert n <= piece * p < n + p


def test_seconds_are_steps_times_latency_and_bytes_over_bandwidth():
    assert collectives.all_reduce_seconds(100, 5, bandwidth=8.0, latency=0.25) == 8 * 0.25 + 8 * 20 * 4 / 8
    assert collectives.all_reduce_seconds(100, 1, bandwidth=8.0, latency=0.25) == 0


def test_reduce_scatter_and_then_all_gather_is_all_reduce():
    given = arrays(3)
    got = collectives.all_gather(collectives.reduce_scatter(given))
    np.testing.assert_allclose(got, collectives.all_reduce(given), rtol=0, atol=1e-12)


def test_nothing_of_the_callers_changes():
    given = arrays(3)
    before = [array.copy() for array in given]
    collectives.ring_all_reduce(given)
    np.testing.assert_array_equal(given, before)


def test_an_array_that_cannot_be_cut_evenly_is_refused():
    with pytest.raises(ValueError, match="7 numbers cannot be cut into 2 equal pieces"):
        collectives.ring_all_reduce([np.ones(7), np.ones(7)])

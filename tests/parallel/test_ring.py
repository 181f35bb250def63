"""parallel.ring: blocks that come by one after another give causal attention, in any order, and its work is counted."""

import numpy as np
import pytest

import mha_lib as mha
from mha_lib.cost.blockwise import partial_output
from mha_lib.parallel import ring

PLACES = {"contiguous": ring.contiguous_places, "zigzag": ring.zigzag_places}


def inputs(lead=(), n=12):
    """Return q, k and v of widths 4 and 3."""
    rng = np.random.default_rng(19)
    return [rng.normal(0, 1.5, (*lead, n, width)) for width in (4, 4, 3)]


@pytest.mark.parametrize("p", [1, 2, 3, 6])
@pytest.mark.parametrize("kind", PLACES)
def test_a_ring_gives_causal_attention(kind, p):
    q, k, v = inputs(lead=(2,))
    places = PLACES[kind](12, p)
    outputs = ring.ring_attention(*([x[:, own] for own in places] for x in (q, k, v)), places)
    whole = mha.attention(q, k, v, mha.causal_mask(12))
    for output, own in zip(outputs, places, strict=True):
        np.testing.assert_allclose(output, whole[:, own], rtol=0, atol=1e-12)


def test_blocks_may_come_in_any_order():
    q, k, v = inputs()
    whole = mha.attention(q, k, v, mha.causal_mask(12))
    blocks = np.arange(12).reshape(4, 3)
    for order in ([0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]):
        part = ring.nothing_yet(q, v)
        for block in blocks[order]:
            part = mha.ring_step(part, q, k[block], v[block], np.arange(12), block)
        np.testing.assert_allclose(partial_output(part), whole, rtol=0, atol=1e-12)


@pytest.mark.parametrize("kind", PLACES)
def test_the_work_of_a_ring_is_that_of_a_loop_over_pairs(kind):
    places = PLACES[kind](12, 3)
    counted = np.zeros((3, 3), int)
    for rank in range(3):
        for step in range(3):
            counted[step, rank] = sum(key <= query for query in places[rank] for key in places[rank - step])
    assert mha.ring_work(places).tolist() == counted.tolist()


@pytest.mark.parametrize("p", [2, 4, 8])
def test_zigzag_gives_every_process_the_same_work_in_every_round(p):
    work = mha.ring_work(ring.zigzag_places(48, p))
    assert (work == work[:, :1]).all()
    assert work.sum() == 48 * 49 // 2


@pytest.mark.parametrize("p", [2, 4, 8])
def test_contiguous_blocks_leave_some_process_idle_and_some_fully_busy_in_every_later_round(p):
    work = mha.ring_work(ring.contiguous_places(48, p))
    assert (work[1:].min(axis=1) == 0).all()
    assert (work[1:].max(axis=1) == (48 // p) ** 2).all()


@pytest.mark.parametrize("kind", PLACES)
def test_every_token_is_at_home_once(kind):
    assert sorted(PLACES[kind](24, 3).ravel().tolist()) == list(range(24))


def test_a_sequence_that_cannot_be_cut_evenly_is_refused():
    with pytest.raises(ValueError, match="10 tokens cannot be shared evenly by 4"):
        ring.contiguous_places(10, 4)
    with pytest.raises(ValueError, match="10 tokens cannot be shared evenly by 4"):
        ring.zigzag_places(10, 2)

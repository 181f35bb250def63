"""Divided layers and divided batches are the whole ones, in NumPy."""

import numpy as np
import pytest

import mha_lib as mha
from mha_lib.parallel.sharding import attend_shard

RNG = np.random.default_rng(19)


def layer(d_model):
    """Return the packed projection and the output's matrix of a layer, as PyTorch stores them."""
    return RNG.normal(size=(3 * d_model, d_model)), RNG.normal(size=(d_model, d_model))


@pytest.mark.parametrize("num_processes", [1, 2, 3, 6])
def test_the_shards_of_a_layer_add_up_to_it(num_processes):
    packed, w_out = layer(12)
    x, mask = RNG.normal(size=(2, 5, 12)), mha.causal_mask(5)
    shards = mha.shard_heads(packed, 6, num_processes)
    columns = np.split(w_out, num_processes, axis=1)
    parts = [attend_shard(x, *pair, 6 // num_processes, mask) for pair in zip(shards, columns, strict=True)]
    matrices = [*(w.T for w in np.split(packed, 3)), w_out.T]
    whole = mha.multi_head_attention(x, x, *matrices, 6, mask)
    np.testing.assert_allclose(sum(parts), whole, rtol=0, atol=1e-12)


def test_a_shard_holds_the_rows_of_its_heads_of_q_then_k_then_v():
    packed = np.array([[f"{part}{head}.{row}" for part in "qkv" for head in range(4) for row in range(3)]]).T
    shards = mha.shard_heads(packed, 4, 2)
    own = [
        [f"{part}{head}.{row}" for part in "qkv" for head in heads for row in range(3)] for heads in ((0, 1), (2, 3))
    ]
    assert shards[..., 0].tolist() == own


@pytest.mark.parametrize(("num_heads", "p", "message"), [(5, 1, "3 blocks of 5"), (4, 3, "4 heads cannot be shared")])
def test_heads_that_cannot_be_shared_are_refused(num_heads, p, message):
    with pytest.raises(ValueError, match=message):
        mha.shard_heads(np.ones((24, 8)), num_heads, p)


def test_the_average_of_gradients_is_the_gradient_of_the_mean():
    x, y, w = RNG.normal(size=(11, 3)), RNG.normal(size=11), RNG.normal(size=3)
    slopes = 2 * (x @ w - y)[:, None] * x
    shares = np.split(slopes, [1, 8])
    means = np.stack([share.mean(axis=0) for share in shares])
    whole = mha.average_gradients(means, [len(share) for share in shares])
    np.testing.assert_allclose(whole, slopes.mean(axis=0), rtol=0, atol=1e-12)


def test_what_an_empty_share_says_is_not_read():
    assert mha.average_gradients([[np.nan], [3.0]], [0, 2]).tolist() == [3.0]


@pytest.mark.parametrize(("counts", "message"), [([1, 2, 3], "2 gradients and 3 counts"), ([0, 0], "at least one")])
def test_counts_that_make_no_average_are_refused(counts, message):
    with pytest.raises(ValueError, match=message):
        mha.average_gradients([[1.0], [2.0]], counts)


def test_sharding_takes_sixteen_bytes_a_parameter_down_towards_what_is_kept():
    alone, many = mha.training_bytes(10, 1), mha.training_bytes(10, 10**9)
    assert set(alone.values()) == {160}
    assert [round(value, 3) for value in many.values()] == [160, 40, 20, 0]


def test_all_processes_together_hold_each_sharded_byte_once():
    bytes_each = mha.training_bytes(7, 5)
    assert bytes_each["and weights"] * 5 == pytest.approx(16 * 7)


def test_twice_the_parameters_take_twice_the_computing_and_twice_the_sending():
    small, large = (np.array(mha.step_seconds(n, 1024, 4, rate=1e9, bandwidth=1e8)) for n in (10**6, 2 * 10**6))
    np.testing.assert_allclose(large, 2 * small)

"""Two and three real processes compute what one does, forward and back; failures are shown and end in time."""

import time

import numpy as np
import pytest
import torch
import torch.distributed as dist
import torch.nn.functional as F

from mha_lib.heads.layers import FeedForward, MultiHeadAttention
from mha_lib.parallel import collectives
from mha_lib.parallel import runs as parallel_runs
from mha_lib.parallel.layers import ShardedAttention, ShardedFeedForward, average_gradients
from mha_lib.parallel.ring_parallel import ring_attention
from mha_lib.parallel.starting import in_processes
from mha_lib.positions.layers import Rotary
from mha_lib.training import processes

RNG = np.random.default_rng(19)


@pytest.fixture
def alone():
    """Be a group of one for the time of a test."""
    with processes.group():
        yield


def fail_in_the_last():
    if dist.get_rank() == dist.get_world_size() - 1:
        raise RuntimeError("this process has had enough")
    dist.barrier()


def wait_for_somebody_who_does_not_come():
    if dist.get_rank() == 0:
        dist.barrier()
    time.sleep(60)


def nothing_for_the_first(x, labels):
    """Return the averaged gradient where process 0 has no examples and NaN, and process 1 has all."""
    model, count = parallel_runs.classifier(), dist.get_rank() * len(x)
    loss = F.cross_entropy(model(torch.from_numpy(x)), torch.from_numpy(labels))
    (loss if count else loss * torch.nan).backward()
    average_gradients(model, count)
    return parallel_runs.flat(model).numpy()


def everything(x, labels, cuts, tokens, q, k, v):
    """Return what several of the chapter's runs return: one start for many tests."""
    return (
        parallel_runs.say_hello(),
        parallel_runs.gradient_of_share(x, labels, cuts),
        parallel_runs.run_block(tokens, num_heads=4, d_ff=20),
        parallel_runs.run_ring(q, k, v),
        torch.get_num_threads(),
        nothing_for_the_first(x, labels),
    )


@pytest.fixture(scope="module")
def given():
    """Return what the processes are given."""
    batch = RNG.normal(size=(9, 4)), RNG.integers(0, 3, 9), [0, 2, 9]
    return *batch, RNG.normal(size=(2, 5, 12)), *(RNG.normal(size=(2, 3, 8, width)) for width in (4, 4, 5))


@pytest.fixture(scope="module")
def returned(given):
    """Return what two processes made of it, each run apart."""
    return list(zip(*in_processes(everything, 2, *given), strict=True))


def test_the_collectives_do_what_the_lists_of_arrays_do(returned):
    before = [np.array(held["before"]) for held in returned[0]]
    for name in ("broadcast", "all_reduce", "all_gather", "reduce_scatter"):
        expected = [array.tolist() for array in getattr(collectives, name)(before)]
        assert [held[name.replace("_", "-")] for held in returned[0]] == expected


def test_shares_weighed_by_their_examples_give_the_gradient_of_the_batch(given, returned):
    model = parallel_runs.classifier()
    F.cross_entropy(model(torch.from_numpy(given[0])), torch.from_numpy(given[1])).backward()
    whole = parallel_runs.flat(model).numpy()
    for alone, mean_of_means, right in returned[1]:
        np.testing.assert_allclose(right, whole, rtol=0, atol=1e-14)
        assert np.abs(mean_of_means - whole).max() > 1e-3
        assert np.abs(alone - whole).max() > 1e-3


def test_a_share_without_examples_leaves_no_trace_even_if_its_gradient_is_nan(returned):
    for right, (_, _, expected) in zip(returned[5], returned[1], strict=True):
        np.testing.assert_allclose(right, expected, rtol=0, atol=1e-14)


def test_sharded_layers_compute_what_the_whole_ones_do_forward_and_back(given, returned):
    attention, feed_forward = parallel_runs.whole_layers(12, 4, 20)
    x = torch.from_numpy(given[3]).requires_grad_()
    read = x + attention(x, is_causal=True)
    output = read + feed_forward(read)
    output.square().sum().backward()
    for sharded, gradient, _ in returned[2]:
        np.testing.assert_allclose(sharded, output.detach(), rtol=0, atol=1e-12)
        np.testing.assert_allclose(gradient, x.grad, rtol=0, atol=1e-12)


def test_two_processes_hold_the_parameters_once_and_the_output_biases_twice(returned):
    whole = sum(p.numel() for p in parallel_runs.whole_layers(12, 4, 20).parameters())
    assert [number for _, _, number in returned[2]] == [(whole + 2 * 12) // 2] * 2


def test_a_ring_of_two_computes_causal_attention_forward_and_back(given, returned):
    check_ring(given[4:], returned[3])


def test_a_process_computes_on_one_thread(returned):
    assert returned[4] == (1, 1)


def test_a_ring_of_three_computes_causal_attention_forward_and_back():
    arrays = [RNG.normal(size=(1, 9, width)) for width in (4, 4, 2)]
    check_ring(arrays, in_processes(parallel_runs.run_ring, 3, *arrays))


def check_ring(arrays, returned):
    """Compare a ring's blocks, put together, with PyTorch's own attention."""
    tensors = [torch.from_numpy(array).requires_grad_() for array in arrays]
    output = F.scaled_dot_product_attention(*tensors, is_causal=True)
    output.square().sum().backward()
    expected = [output.detach(), *(tensor.grad for tensor in tensors)]
    for number, whole in enumerate(expected):
        blocks = np.concatenate([parts[number] for parts in returned], axis=-2)
        np.testing.assert_allclose(blocks, whole, rtol=0, atol=1e-12)


def test_an_error_in_a_process_comes_home_with_its_traceback():
    with pytest.raises(RuntimeError, match=r"(?s)process 1 failed:.*fail_in_the_last.*this process has had enough"):
        in_processes(fail_in_the_last, 2)


def test_processes_that_wait_for_ever_are_ended():
    start = time.monotonic()
    with pytest.raises(TimeoutError, match="wait_for_somebody_who_does_not_come was not done in 1 second"):
        in_processes(wait_for_somebody_who_does_not_come, 2, timeout=1)
    assert time.monotonic() - start < 30


def test_no_process_at_all_is_refused():
    with pytest.raises(ValueError, match="at least 1 process, got 0"):
        in_processes(parallel_runs.say_hello, 0)


@pytest.mark.parametrize("bias", [True, False])
def test_alone_a_sharded_layer_is_the_layer(alone, bias):
    layer, x, memory = MultiHeadAttention(12, 3, bias), torch.randn(2, 5, 12), torch.randn(2, 7, 12)
    sharded = ShardedAttention(layer)
    for given in ({}, {"memory": memory}, {"is_causal": True}, {"mask": torch.rand(2, 3, 5, 5) > 0.3}):
        torch.testing.assert_close(sharded(x, **given), layer(x, **given))


def test_each_process_takes_its_own_heads_of_a_mask(alone, monkeypatch):
    sharded = ShardedAttention(MultiHeadAttention(12, 2))
    monkeypatch.setattr(dist, "get_world_size", lambda: 2)
    monkeypatch.setattr(dist, "get_rank", lambda: 1)
    sharded.num_heads = 1
    mask = torch.rand(2, 2, 5, 5) > 0.5
    assert torch.equal(sharded.own_heads(mask), mask[:, 1:])
    assert torch.equal(sharded.own_heads(mask[:, :1]), mask[:, :1])


def test_layers_that_cannot_be_shared_are_refused(alone, monkeypatch):
    with pytest.raises(ValueError, match="no place for positions"):
        ShardedAttention(MultiHeadAttention(12, 3, positions=Rotary(4)))
    monkeypatch.setattr(dist, "get_world_size", lambda: 2)
    with pytest.raises(ValueError, match="3 heads cannot be shared evenly by 2"):
        ShardedAttention(MultiHeadAttention(12, 3))
    with pytest.raises(ValueError, match="7 neurons cannot be shared evenly by 2"):
        ShardedFeedForward(FeedForward(4, 7))


def test_a_ring_without_a_causal_mask_sees_everything(alone):
    q, k, v = torch.randn(3, 1, 6, 4, dtype=torch.float64)
    torch.testing.assert_close(ring_attention(q, k, v), F.scaled_dot_product_attention(q, k, v))


def test_a_ring_stands_scores_a_thousand_apart(alone):
    q, k, v = torch.randn(3, 1, 6, 4, dtype=torch.float64)
    expected = F.scaled_dot_product_attention(1000 * q, k, v, is_causal=True)
    torch.testing.assert_close(ring_attention(1000 * q, k, v, is_causal=True), expected)


def test_alone_the_average_of_gradients_is_the_gradient(alone):
    model = torch.nn.Linear(3, 2)
    model(torch.ones(1, 3)).square().sum().backward()
    before = [p.grad.clone() for p in model.parameters()]
    average_gradients(model, count=5)
    torch.testing.assert_close([p.grad for p in model.parameters()], before)
